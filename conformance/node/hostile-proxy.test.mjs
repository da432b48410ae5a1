// Our client through every hostility: it always gets through, soon, and can say what happened.

import assert from "node:assert/strict";
import { test } from "node:test";
import WebSocket from "ws";
import { event, freshClient, PROXY, proxyMode, Sockets } from "./harness.mjs";

const orders = {
  "WebSocket first": ["websocket", "polling"],
  "polling first": ["polling", "websocket"],
};

// For each mode and order: the milliseconds for the first message, what carries in the end, and what is told about
// WebSocket. The bounds leave room for a busy machine; a good one needs a tenth, or the second of the proof of life.
const rows = [
  ["pass", "WebSocket first", 3_000, "websocket", ["carrying", "opened"]],
  ["pass", "polling first", 3_000, "websocket", ["carrying", "upgraded"]],
  ["reject", "WebSocket first", 3_000, "polling", ["failed", "refused"]],
  ["reject", "polling first", 3_000, "polling", ["failed", "refused"]],
  ["hang", "WebSocket first", 4_000, "polling", ["failed", "silent"]],
  ["hang", "polling first", 3_000, "polling", ["failed", "silent"]],
  ["mute", "WebSocket first", 4_000, "polling", ["failed", "silent"]],
  ["mute", "polling first", 3_000, "polling", ["failed", "silent"]],
  ["cut", "WebSocket first", 3_000, "polling", ["ended", "cut"]],
  ["cut", "polling first", 3_000, "polling", ["ended", "cut"]],
];

for (const [mode, order, bound, transport, [outcome, reason]] of rows) {
  test(`${mode}, ${order}: the first message comes within ${bound} ms, and all come`, { timeout: 40_000 }, async () => {
    await proxyMode(mode);
    const sockets = new Sockets(freshClient());
    try {
      const socket = sockets.open(PROXY, { transports: orders[order], upgradeTimeout: 1_000, WebSocket });
      await event(socket, "hello", bound);
      const told = () =>
        socket.io.engine
          .explain()
          .find(
            (attempt) => attempt.transport === "websocket" && attempt.outcome === outcome && attempt.reason === reason,
          );
      // Answers come while a transport is tried, fails or is replaced, and long after: lost questions are asked again.
      for (let n = 0, quiet = 0; quiet < 20; n++) {
        try {
          assert.equal(await socket.timeout(5_000).emitWithAck("echo", n), n);
        } catch (error) {
          assert.match(error.message, /disconnected/);
          continue;
        }
        const atRest = told() && socket.io.engine.transport.name === transport;
        quiet = atRest ? quiet + 1 : 0;
      }
      assert.equal(socket.io.engine.transport.name, transport);
      const record = told();
      assert.ok(record, `no record of WebSocket ${outcome} ${reason} in ${JSON.stringify(socket.io.engine.explain())}`);
      assert.ok(record.ms >= 0 && record.at <= Date.now());
    } finally {
      sockets.close();
      await proxyMode("pass");
    }
  });
}
