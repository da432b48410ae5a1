// Our client with the WebSocket that Node has itself: from version 22 on, and in version 20 with the option
// --experimental-websocket, which the build sets. No other is given to it.

import assert from "node:assert/strict";
import { test } from "node:test";
import { freshClient } from "./harness.mjs";
import { table } from "./table.mjs";

test("Node has a WebSocket of its own here", () => assert.equal(typeof globalThis.WebSocket, "function"));

table("Node's own WebSocket only", freshClient(), { transports: ["websocket"] }, "websocket");
table("polling upgraded to Node's own WebSocket", freshClient(), { transports: ["polling", "websocket"] }, "websocket");
table("Node's own WebSocket first", freshClient(), {}, "websocket");
