import WebSocket from "ws";
import { freshClient } from "./harness.mjs";
import { table } from "./table.mjs";

table("polling only", freshClient(), { transports: ["polling"] }, "polling");
table("WebSocket only", freshClient(), { transports: ["websocket"], WebSocket }, "websocket");
table("polling upgraded", freshClient(), { transports: ["polling", "websocket"], WebSocket }, "websocket");
table("WebSocket first", freshClient(), { WebSocket }, "websocket");
