// Connection state recovery: a client loses its connection, and misses nothing. The official one, or ours with OWN=yes.

import assert from "node:assert/strict";
import { test } from "node:test";
import { io as official } from "socket.io-client";
import msgpack from "socket.io-msgpack-parser";
import WebSocket from "ws";
import { event, first, freshClient, PROXY, proxyMode, SERVER, Sockets, until } from "./harness.mjs";

const own = process.env.OWN === "yes";
const io = own ? freshClient() : official;
const parser = process.env.PARSER === "msgpack" ? { parser: msgpack } : {};
/** Our sessions outlive their transports, unless they are not to. */
const common = own ? { WebSocket, resume: false } : parser;
/** Long enough to miss something. */
const patient = { reconnectionDelay: 300, reconnectionDelayMax: 300, randomizationFactor: 0 };

function check(name, run) {
  for (const transport of ["polling", "websocket"]) {
    test(`${transport}: ${name}`, { timeout: 30_000 }, async () => {
      await proxyMode("pass");
      const sockets = new Sockets(io);
      try {
        await run({
          /** A client that can be cut off. */
          lossy: () => sockets.connect(PROXY, { ...common, ...patient, transports: [transport] }),
          /** Cuts it off; the proxy does so with WebSockets only. */
          cut: (socket) => (transport === "polling" ? socket.io.engine.close() : proxyMode("cut")),
          /** A client on a good network. */
          steady: () => sockets.connect(SERVER, common),
        });
      } finally {
        sockets.close();
        await proxyMode("pass");
      }
    });
  }
}

check("a lost client comes back as the same socket, with all it has missed, once and in order", async (clients) => {
  const [lossy, steady] = await Promise.all([clients.lossy(), clients.steady()]);
  const { id } = lossy;
  const heard = [];
  let next = 0;
  const connected = [];
  lossy.on("told", (text) => heard.push(text));
  lossy.on("connect", () => connected.push([lossy.recovered, lossy.id, heard.length]));
  const tell = async (count) => {
    for (let i = 0; i < count; i++) steady.emit("tell all", "red", `${next++}`);
    await steady.emitWithAck("echo");
  };
  await lossy.emitWithAck("join", "red");
  assert.equal(lossy.recovered, false);
  await tell(1);
  await until(lossy, ["told"], () => heard.length === next, "the first message");

  for (let round = 1; round <= 3; round++) {
    const lost = event(lossy, "disconnect");
    await clients.cut(lossy);
    await tell(5);
    await lost;
    await tell(20);
    steady.emit("tell all", "blue", "not for this room");
    await steady.emitWithAck("echo");
    const back = event(lossy, "connect");
    await proxyMode("pass");
    if (!lossy.connected) await back;
    await until(lossy, ["told", "connect"], () => heard.length >= next, `round ${round}`);
    assert.equal(lossy.recovered, true);
    assert.equal(lossy.id, id);
    await tell(2);
    await until(lossy, ["told"], () => heard.length >= next, "live messages");
    assert.equal(await lossy.emitWithAck("echo", "here"), "here");
  }
  assert.deepEqual(
    heard,
    [...Array(next).keys()].map((n) => `${n}`),
  );
  assert.ok(connected.length >= 3);
  assert.ok(connected.every(([recovered, connectedId]) => recovered && connectedId === id));
});

check("binary events are kept too", async (clients) => {
  const [lossy, steady] = await Promise.all([clients.lossy(), clients.steady()]);
  const heard = [];
  lossy.on("told", (data) => heard.push(data));
  await lossy.emitWithAck("join", "red");
  steady.emit("tell all bytes", "red", Buffer.of(1));
  await until(lossy, ["told"], () => heard.length === 1, "the first message");
  const lost = event(lossy, "disconnect");
  await clients.cut(lossy);
  await lost;
  steady.emit("tell all bytes", "red", Buffer.of(2, 3));
  await steady.emitWithAck("echo");
  await proxyMode("pass");
  await until(lossy, ["told", "connect"], () => heard.length === 2, "the missed message");
  assert.equal(lossy.recovered, true);
  assert.deepEqual([...new Uint8Array(heard[1])], [2, 3]);
});

check("a client that leaves comes back as a new one", async (clients) => {
  const [lossy, steady] = await Promise.all([clients.lossy(), clients.steady()]);
  const { id } = lossy;
  const told = first(lossy, "told");
  steady.emit("tell others", "something");
  await told;
  lossy.disconnect();
  lossy.connect();
  await event(lossy, "connect");
  assert.equal(lossy.recovered, false);
  assert.notEqual(lossy.id, id);
});
