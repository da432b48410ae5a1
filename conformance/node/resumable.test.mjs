// Our client and our server on bad networks: numbers go up and come back, and not one is lost, doubled or out of order.
// `MODES` names the modes of the proxy; how often it cuts is its own affair.

import assert from "node:assert/strict";
import { test } from "node:test";
import WebSocket from "ws";
import { event, freshClient, PROXY, proxyMode, Sockets, until } from "./harness.mjs";

const ORDERS = {
  "WebSocket first": ["websocket", "stream", "polling"],
  "polling first": ["polling", "stream", "websocket"],
  "HTTP only": ["polling", "stream"],
  "long-polling only": ["polling"],
  "WebSocket only": ["websocket"],
};
/** A WebSocket that never passes is no way to connect. */
const HOPELESS = { "WebSocket only": ["reject", "hang", "mute", "buffer"] };
/** Modes in which plain requests pass at once. */
const SWIFT = ["reject", "hang", "mute", "cut"];
/** Between two numbers, in milliseconds, and how long they go out. */
const PAUSE = 5;
const SPAN = 4_000;

const sleep = (ms) => new Promise((resolve) => setTimeout(resolve, ms));

for (const mode of process.env.MODES.split(",")) {
  for (const [order, transports] of Object.entries(ORDERS)) {
    if (HOPELESS[order]?.includes(mode)) continue;
    test(
      `${mode}, ${order}: nothing is lost, doubled or disordered, and nobody notices`,
      { timeout: 120_000 },
      async () => {
        await proxyMode(mode);
        const sockets = new Sockets(freshClient());
        try {
          const began = Date.now();
          const socket = sockets.open(PROXY, { transports, WebSocket });
          const noticed = [];
          socket.on("disconnect", (reason, details) => noticed.push(`${reason}: ${details?.description}`));
          let sent = 0;
          let back = 0;
          const wrong = [];
          socket.on("echo", (n) => {
            if (n !== back + 1) wrong.push([back, n]);
            back = n;
          });
          await event(socket, "hello", 10_000);
          const first = Date.now() - began;
          const { id } = socket;
          for (const end = Date.now() + SPAN; Date.now() < end; await sleep(PAUSE)) socket.emit("echo", ++sent);
          await proxyMode("pass");
          await until(socket, ["echo"], () => back >= sent, `${sent} numbers back`, 60_000);
          const explain = JSON.stringify(socket.io.engine.explain());
          assert.deepEqual(noticed, [], explain);
          assert.deepEqual(wrong, [], explain);
          assert.equal(socket.id, id);
          // The goal is one second where only WebSocket suffers; this leaves room for a busy machine.
          const bound = SWIFT.includes(mode) ? 4_000 : 10_000;
          assert.ok(first < bound, `the first message came after ${first} ms: ${explain}`);
          // By itself, and soon, the best transport carries again.
          if (transports.includes("websocket")) {
            const carries = () =>
              socket.io.engine.transport.name === "websocket" && socket.io.engine.transport.writable;
            for (const end = Date.now() + 60_000; !carries() && Date.now() < end;) await sleep(100);
            assert.ok(carries(), `not back on WebSocket: ${JSON.stringify(socket.io.engine.explain())}`);
          }
          assert.equal(await socket.timeout(5_000).emitWithAck("echo", "end"), "end");
          assert.deepEqual(noticed, []);
        } finally {
          sockets.close();
          await proxyMode("pass");
        }
      },
    );
  }
}
