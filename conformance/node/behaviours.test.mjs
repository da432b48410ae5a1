// What docs/client-behaviours.md says of our client, seen from outside: the same with our server and the npm server.
// What needs a clock that stands still, or a server that misbehaves, is in the tests of client-js.

import assert from "node:assert/strict";
import { createServer } from "node:net";
import { test } from "node:test";
import WebSocket from "ws";
import { event, first, freshClient, SERVER, serverReason, Sockets, until } from "./harness.mjs";

const MODES = {
  "WebSocket first": {},
  "polling upgraded": { transports: ["polling", "websocket"] },
};

const sleep = (ms) => new Promise((resolve) => setTimeout(resolve, ms));
const ask = (socket, ...args) => new Promise((done) => socket.emit(...args, done));
const INSIDE = { auth: { token: "open sesame" } };

/** Writes down the events of an emitter. */
function record(emitter, ...names) {
  const calls = [];
  for (const name of names) emitter.on(name, (...args) => calls.push([name, ...args]));
  return calls;
}

/** A port that nobody listens at. */
async function deadPort() {
  const server = createServer();
  await new Promise((resolve) => server.listen(0, "127.0.0.1", resolve));
  const { port } = server.address();
  await new Promise((resolve) => server.close(resolve));
  return `http://127.0.0.1:${port}`;
}

function check(name, run) {
  for (const [mode, options] of Object.entries(MODES)) {
    test(`${mode}: ${name}`, { timeout: 20_000 }, async () => {
      const io = freshClient();
      const sockets = new Sockets(io);
      const connections = [];
      const openTo = (url, more) => {
        const socket = sockets.open(url, { WebSocket, ...options, ...more });
        connections.push(socket.io);
        return socket;
      };
      const open = (path = "", more) => openTo(SERVER + path, more);
      const connect = async (path, more) => {
        const socket = open(path, more);
        await event(socket, "connect");
        return socket;
      };
      try {
        await run({ open, openTo, connect });
      } finally {
        // With the sockets of other namespaces.
        for (const connection of connections) connection.close();
      }
    });
  }
}

// --- connecting ---

check("its id is the one that the server knows, and not that of the session below", async ({ open }) => {
  const socket = open();
  assert.equal(socket.id, undefined);
  const id = await first(socket, "hello");
  await ask(socket, "echo");
  assert.equal(socket.id, id);
  assert.notEqual(id, socket.io.engine.id);
});

check("its id is gone when it is disconnected, and another one after a reconnection", async ({ connect }) => {
  const socket = await connect();
  const { id } = socket;
  const back = event(socket, "connect");
  const attempt = event(socket.io, "reconnect_attempt");
  const gone = event(socket, "disconnect").then(() => socket.id);
  socket.io.engine.close();
  assert.equal(await gone, undefined);
  assert.deepEqual(await attempt, [1]);
  assert.equal(socket.id, undefined);
  await back;
  assert.notEqual(socket.id, id);
});

check("without autoConnect it does nothing until it is told to", async ({ open }) => {
  const socket = open("", { autoConnect: false });
  await sleep(30);
  assert.equal(socket.io.engine, undefined);
  assert.equal(socket.active, false);
  const answer = ask(socket, "echo", "kept");
  socket.connect();
  assert.equal(await answer, "kept");
});

check("a namespace may join a connection that is open, and one that was closed", async ({ connect }) => {
  const socket = await connect();
  const { io } = socket;
  const secret = io.socket("/secret", INSIDE);
  await event(secret, "connect");
  secret.disconnect();
  socket.disconnect();
  const again = io.socket("/secret", INSIDE);
  assert.equal(again, secret);
  await event(again, "connect");
});

check("a namespace may be joined while another one is left", async ({ connect }) => {
  const socket = await connect();
  const secret = socket.io.socket("/secret", INSIDE);
  socket.disconnect();
  await event(secret, "connect");
  assert.equal(socket.connected, false);
});

check("the last one to leave closes the connection, and not the first", async ({ connect }) => {
  const socket = await connect();
  const secret = socket.io.socket("/secret", INSIDE);
  await event(secret, "connect");
  const calls = record(socket.io, "close");
  const lost = record(secret, "disconnect");
  socket.disconnect();
  assert.equal(await ask(secret, "echo", 1), 1);
  assert.deepEqual([calls.length, lost.length], [0, 0]);
  secret.disconnect();
  assert.deepEqual(calls[0].slice(0, 2), ["close", "forced close"]);
});

check("it asks to be let in once, however often it is asked for", async ({ open }) => {
  const { io } = open("", { autoConnect: false });
  io.connect();
  const sent = [];
  io.engine.on("packetCreate", ({ type, data }) => type === "message" && sent.push(data));
  const socket = io.socket("/");
  socket.connect();
  await event(io, "open");
  assert.equal(io.socket("/"), socket);
  socket.connect();
  await event(socket, "connect");
  socket.disconnect();
  assert.deepEqual(sent, ["0", "1"]);
});

check("parameters come from an object or the address, and are encoded", async ({ connect }) => {
  const byObject = await connect("", { query: { a: "b", "&c": "&=?d" } });
  const { query } = await ask(byObject, "what came");
  assert.equal(query.a, "b");
  assert.equal(query["&c"], "&=?d");
  assert.equal(query.EIO, "4");
  const byAddress = await connect("/?e=f&g=h%20i");
  const other = (await ask(byAddress, "what came")).query;
  assert.deepEqual([other.e, other.g], ["f", "h i"]);
  const byText = await connect("", { query: "k=l=m" });
  assert.equal((await ask(byText, "what came")).query.k, "l=m");
});

check("what is sent to be let in is no parameter", async ({ open }) => {
  const socket = open("/secret", INSIDE);
  assert.deepEqual(await first(socket, "let in"), INSIDE.auth);
  const other = socket.io.socket("/");
  assert.equal((await ask(other, "what came")).query.token, undefined);
});

check("headers go along, for one transport if that is wanted", async ({ connect }) => {
  const socket = await connect("", { extraHeaders: { "x-test": "all" } });
  assert.equal((await ask(socket, "what came")).header, "all");
  const one = await connect("", {
    transports: ["polling"],
    transportOptions: { polling: { extraHeaders: { "x-test": "one" } } },
  });
  assert.equal((await ask(one, "what came")).header, "one");
});

check("options that are changed count from the next attempt on", async ({ connect }) => {
  const socket = await connect("", { query: { n: 1 } });
  socket.io.opts.query = { n: 2 };
  socket.disconnect().connect();
  await event(socket, "connect");
  assert.equal((await ask(socket, "what came")).query.n, "2");
});

// --- failing to connect, and connecting again ---

check("it says that nobody is there", async ({ openTo }) => {
  const socket = openTo(await deadPort());
  const order = record(socket, "connect_error");
  const manager = record(socket.io, "error");
  await event(socket.io, "error");
  assert.ok(order[0][1] instanceof Error);
  assert.equal(manager[0][1], order[0][1]);
  assert.equal(socket.active, true);
});

check("it says that an attempt took too long", async ({ openTo }) => {
  // It reads, so that it notices when it is left.
  const mute = createServer((connection) => connection.on("error", () => {}).resume());
  await new Promise((resolve) => mute.listen(0, "127.0.0.1", resolve));
  try {
    for (const transports of [["polling"], ["websocket"]]) {
      const options = { transports, timeout: 20, reconnection: false };
      const socket = openTo(`http://127.0.0.1:${mute.address().port}`, options);
      assert.equal((await first(socket, "connect_error")).message, "timeout");
    }
  } finally {
    mute.close();
  }
});

check("left while it connects it says nothing", async ({ open }) => {
  const socket = open("", { timeout: 50 });
  const calls = record(socket, "connect", "connect_error", "disconnect");
  const manager = record(socket.io, "error");
  socket.disconnect();
  await sleep(100);
  assert.deepEqual([...calls, ...manager], []);
});

check("it comes back after it was left and connected by hand", async ({ connect }) => {
  const socket = await connect();
  socket.disconnect();
  socket.connect();
  await event(socket, "connect");
  const back = event(socket.io, "reconnect");
  socket.io.engine.close();
  assert.deepEqual(await back, [1]);
});

check("left and connected in one breath it is disconnected once", async ({ connect }) => {
  const socket = await connect();
  const { id } = socket;
  const calls = record(socket, "disconnect", "connect");
  socket.disconnect().connect();
  await event(socket, "connect");
  assert.deepEqual(
    calls.map(([name, reason]) => [name, reason]),
    [
      ["disconnect", "io client disconnect"],
      ["connect", undefined],
    ],
  );
  assert.equal(await serverReason(id), "client namespace disconnect");
});

check("it tries as often as it may, says so, and does it all again when it is told to", async ({ openTo }) => {
  const socket = openTo(await deadPort(), { reconnectionAttempts: 2, reconnectionDelay: 10 });
  for (let round = 0; round < 2; round++) {
    const calls = record(socket.io, "reconnect_attempt", "reconnect_error", "reconnect_failed");
    await event(socket.io, "reconnect_failed");
    assert.deepEqual(
      calls.filter(([name]) => name === "reconnect_attempt").map(([, n]) => n),
      [1, 2],
    );
    assert.equal(socket.active, true);
    socket.io.off();
    socket.connect();
  }
});

check("it waits longer each time", async ({ openTo }) => {
  const options = {
    reconnectionAttempts: 3,
    reconnectionDelay: 60,
    reconnectionDelayMax: 5_000,
    randomizationFactor: 0.2,
  };
  const { io } = openTo(await deadPort(), options);
  let failed = 0;
  const pauses = [];
  io.on("error", () => (failed = performance.now()));
  io.on("reconnect_attempt", () => pauses.push(performance.now() - failed));
  await event(io, "reconnect_failed");
  // A fifth more or less, and a timer that may be early by a millisecond.
  assert.ok(
    pauses.every((pause, n) => pause >= 60 * 2 ** n * 0.8 - 2),
    `${pauses}`,
  );
});

check("an attempt that is due does not come after it was left", async ({ openTo }) => {
  const socket = openTo(await deadPort(), { reconnectionDelay: 20 });
  await event(socket, "connect_error");
  socket.disconnect();
  const calls = record(socket.io, "reconnect_attempt");
  await sleep(80);
  assert.deepEqual(calls, []);
  socket.connect();
  await event(socket.io, "reconnect_attempt");
});

check("left in an attempt it stops, and may be connected at once", async ({ openTo }) => {
  const socket = openTo(await deadPort(), { reconnectionDelay: 10 });
  await event(socket.io, "reconnect_attempt");
  socket.disconnect();
  const calls = record(socket.io, "reconnect_attempt");
  await sleep(60);
  assert.deepEqual(calls, []);
  socket.connect();
  await event(socket.io, "reconnect_attempt");
});

check("one that left does not come back with the others", async ({ connect }) => {
  const socket = await connect();
  const secret = socket.io.socket("/secret", INSIDE);
  await event(secret, "connect");
  socket.io.once("reconnect_attempt", () => socket.disconnect());
  socket.io.engine.close();
  await event(secret, "connect");
  await ask(secret, "echo");
  assert.equal(socket.connected, false);
});

check("reconnecting may be switched off while it goes on", async ({ openTo }) => {
  const { io } = openTo(await deadPort(), { reconnectionDelay: 10 });
  await event(io, "reconnect_error");
  io.reconnection(false);
  const calls = record(io, "reconnect_attempt");
  await sleep(60);
  assert.deepEqual(calls, []);
});

check("a connection that stands does not reconnect", async ({ connect }) => {
  const socket = await connect("", { reconnectionDelay: 10 });
  const calls = record(socket.io, "reconnect_attempt", "error");
  await sleep(80);
  assert.deepEqual(calls, []);
});

check("a refusal is an error, and nobody tries again, also when the connection ends", async ({ open }) => {
  const socket = open("/secret", { reconnectionDelay: 10 });
  const calls = record(socket, "connect_error");
  const error = await first(socket, "connect_error");
  assert.ok(error instanceof Error);
  socket.io.engine.close();
  await sleep(80);
  assert.equal(calls.length, 1);
  assert.equal(socket.active, false);
});

// --- events ---

check("what is kept leaves before what is emitted on connecting", async ({ open }) => {
  const socket = open("", { autoConnect: false });
  const order = [];
  socket.on("connect", () => socket.emit("echo", "second", (text) => order.push(text)));
  socket.emit("echo", "first", (text) => order.push(text));
  socket.connect();
  await event(socket, "connect");
  await ask(socket, "echo");
  assert.deepEqual(order, ["first", "second"]);
});

check("dates become text, nested too", async ({ connect }) => {
  const socket = await connect();
  const date = new Date(1_700_000_000_123);
  assert.equal(await ask(socket, "echo", date), date.toISOString());
  assert.deepEqual(await ask(socket, "echo", { date }), { date: date.toISOString() });
});

check("texts of any script arrive as they are", async ({ connect }) => {
  const socket = await connect();
  for (const text of ["日本語", "Ω≈ç√", "Größe", "\u2014", "\u{1f6f6}\ud800\udc00\udbff\udfff\ue000\uf8ff"]) {
    assert.equal(await ask(socket, "echo", text), text);
  }
});

check("binary data arrives as ArrayBuffer, in order with texts", async ({ connect }) => {
  const socket = await connect();
  const order = [];
  socket.on("echo", (data) => order.push(data));
  socket.emit("echo", Uint8Array.of(1, 2).buffer);
  socket.emit("echo", "between");
  socket.emit("echo", new Blob(["abc"]));
  socket.emit("echo", Buffer.of(3));
  await until(socket, ["echo"], () => order.length === 4, "four echoes");
  assert.equal(order[1], "between");
  for (const [at, bytes] of [
    [0, [1, 2]],
    [2, [97, 98, 99]],
    [3, [3]],
  ]) {
    assert.ok(order[at] instanceof ArrayBuffer);
    assert.deepEqual([...new Uint8Array(order[at])], bytes);
  }
});

check("binary data goes as text if that is wanted", async ({ connect }) => {
  for (const transports of [["polling"], ["websocket"]]) {
    const socket = await connect("", { forceBase64: true, transports });
    assert.deepEqual([...new Uint8Array(await ask(socket, "echo", Uint8Array.of(5, 6)))], [5, 6]);
    if (transports[0] === "websocket") assert.equal((await ask(socket, "what came")).query.b64, "1");
  }
});

check(
  "volatile events are dropped while disconnected and while others are written, and sent else",
  async ({ open }) => {
    const socket = open("", { autoConnect: false });
    const answered = [];
    socket.volatile.emit("echo", "early", (text) => answered.push(text));
    socket.connect();
    await event(socket, "connect");
    await ask(socket, "echo");
    await sleep(100);
    socket.emit("echo", "steady", (text) => answered.push(text));
    socket.volatile.emit("echo", "crowded", (text) => answered.push(text));
    await ask(socket, "echo");
    assert.deepEqual(answered, ["steady"]);
    const { engine } = socket.io;
    for (const end = Date.now() + 5_000; !engine.transport.writable && Date.now() < end;) await sleep(5);
    assert.equal(await ask(socket.volatile, "echo", "alone"), "alone");
  },
);

check("those who listen to all events hear them first, in their order, until they are removed", async ({ connect }) => {
  const socket = await connect();
  await ask(socket, "echo");
  const heard = [];
  const removed = () => heard.push("removed");
  socket.onAny((...args) => heard.push(["second", ...args]));
  socket.prependAny((...args) => heard.push(["first", ...args]));
  socket.onAny(removed).offAny(removed);
  socket.on("echo", () => heard.push("listener"));
  assert.equal(socket.listenersAny().length, 2);
  socket.emit("echo", 1);
  await event(socket, "echo");
  assert.deepEqual(heard, [["first", "echo", 1], ["second", "echo", 1], "listener"]);
  assert.deepEqual(socket.offAny().listenersAny(), []);
});

check("those who listen to all that is sent see it when it is written, binary data too", async ({ open }) => {
  const socket = open("", { autoConnect: false });
  const seen = [];
  const removed = () => seen.push("removed");
  socket.onAnyOutgoing((...args) => seen.push(["second", ...args]));
  socket.prependAnyOutgoing((...args) => seen.push(["first", ...args]));
  socket.onAnyOutgoing(removed).offAnyOutgoing(removed);
  assert.equal(socket.listenersAnyOutgoing().length, 2);
  const bytes = Uint8Array.of(1);
  socket.emit("echo", bytes);
  assert.deepEqual(seen, []);
  socket.connect();
  await event(socket, "echo");
  assert.deepEqual(seen, [
    ["first", "echo", bytes],
    ["second", "echo", bytes],
  ]);
});

check("compression is nobody's concern", async ({ connect }) => {
  const socket = await connect();
  assert.equal(await ask(socket.compress(false), "echo", 1), 1);
});

// --- answers ---

check("an answer in time follows an error that is null", async ({ connect }) => {
  const socket = await connect();
  const answer = await new Promise((done) => socket.timeout(5_000).emit("echo", 42, (...args) => done(args)));
  assert.deepEqual(answer, [null, 42]);
});

check("all events may have a time for their answers", async ({ connect }) => {
  const socket = await connect("", { ackTimeout: 40 });
  assert.ok((await ask(socket, "never answer")) instanceof Error);
  await assert.rejects(socket.emitWithAck("never answer"), /timed out/);
});

check("an event that waits and times out is never sent", async ({ open }) => {
  const socket = open("", { autoConnect: false });
  const error = await new Promise((done) => socket.timeout(20).emit("echo", 1, done));
  assert.ok(error instanceof Error);
  assert.deepEqual(socket.sendBuffer, []);
});

check("who is disconnected before the answer hears of it if errors are welcome, else never", async ({ connect }) => {
  const socket = await connect();
  let called = 0;
  socket.emit("never answer", () => called++);
  const timed = new Promise((done) => socket.timeout(10_000).emit("never answer", done));
  const promised = assert.rejects(socket.emitWithAck("never answer"), /disconnected/);
  const both = assert.rejects(socket.timeout(10_000).emitWithAck("never answer"), /disconnected/);
  socket.disconnect();
  assert.match((await timed).message, /disconnected/);
  await promised;
  await both;
  const withTime = await connect("", { ackTimeout: 10_000 });
  const error = ask(withTime, "never answer");
  withTime.disconnect();
  assert.match((await error).message, /disconnected/);
  assert.equal(called, 0);
});

check("the answer to what was emitted while disconnected still comes", async ({ connect }) => {
  const socket = await connect();
  socket.disconnect();
  const answer = ask(socket, "echo", "a");
  await sleep(20);
  socket.connect();
  assert.equal(await answer, "a");
});

// --- retries ---

check("with retries, events leave one by one, each when the one before is answered", async ({ open }) => {
  const socket = open("", { retries: 1, ackTimeout: 5_000 });
  const sent = [];
  socket.io.engine.on("packetCreate", ({ type, data }) => type === "message" && sent.push(data));
  const answers = [];
  for (const n of [1, 2, 3]) socket.emit("echo", n, (...args) => answers.push([sent.length, ...args]));
  await until(socket, ["hello"], () => sent.length > 1, "the first event");
  while (answers.length < 3) await sleep(5);
  assert.deepEqual(
    answers.map(([, ...args]) => args),
    [
      [null, 1],
      [null, 2],
      [null, 3],
    ],
  );
  assert.deepEqual(sent, ["0", '20["echo",1]', '21["echo",2]', '22["echo",3]']);
});

check("with retries, an event that is never answered is sent again and again, then given up", async ({ connect }) => {
  const socket = await connect("", { retries: 3, ackTimeout: 40 });
  const sent = [];
  socket.onAnyOutgoing((...args) => sent.push(args));
  const error = await ask(socket, "never answer", 1);
  assert.ok(error instanceof Error);
  assert.deepEqual(sent, Array(4).fill(["never answer", 1]));
});

check("with retries, events wait for the connection and survive it", async ({ open }) => {
  const socket = open("", { autoConnect: false, retries: 3, ackTimeout: 5_000 });
  const waited = new Promise((done) => socket.emit("echo", 1, (...args) => done(args)));
  await sleep(30);
  socket.connect();
  assert.deepEqual(await waited, [null, 1]);
  const lost = new Promise((done) => socket.emit("echo", 2, (...args) => done(args)));
  socket.io.engine.close();
  assert.deepEqual(await lost, [null, 2]);
});

// --- the engine below ---

check("the page hears of the upgrade, before and after", async ({ open }) => {
  const socket = open("", { transports: ["polling", "websocket"], resume: false });
  const calls = record(socket.io.engine, "upgrading", "upgrade");
  await event(socket.io.engine, "upgrade");
  assert.deepEqual(
    calls.map(([name, transport]) => [name, transport.name]),
    [
      ["upgrading", "websocket"],
      ["upgrade", "websocket"],
    ],
  );
  assert.equal(await ask(socket, "echo", "over WebSocket"), "over WebSocket");
});

check("closed while it upgrades, it writes what waits, completes the upgrade, and takes no more", async ({ open }) => {
  const socket = open("", { transports: ["polling", "websocket"], resume: false, reconnection: false });
  const { engine } = socket.io;
  const calls = record(engine, "upgrade", "close");
  const created = [];
  await event(socket, "connect");
  const { id } = socket;
  if (!calls.length) {
    const upgrading = event(engine, "upgrading");
    await Promise.race([upgrading, event(engine, "upgrade")]);
  }
  socket.emit("never answer", "last");
  engine.close();
  engine.on("packetCreate", (packet) => created.push(packet));
  engine.send("too late");
  if (engine.readyState !== "closed") await event(engine, "close");
  assert.deepEqual(
    calls.map(([name]) => name),
    ["upgrade", "close"],
  );
  assert.deepEqual(created, []);
  assert.equal(await serverReason(id), "transport close");
});

check("another transport is tried if the first is refused, when that is wanted", async ({ open }) => {
  const unknown = { query: { sid: "abc" } };
  const order = { transports: ["polling", "websocket"], reconnection: false };
  const options = { ...order, transportOptions: { polling: unknown } };
  const socket = open("", { ...options, tryAllTransports: true });
  await event(socket, "connect");
  assert.equal(socket.io.engine.transport.name, "websocket");
  const error = await first(open("", options), "connect_error");
  assert.equal(error.message, "fetch read error");
  const back = open("", { transports: ["websocket", "polling"], transportOptions: { websocket: unknown } });
  await event(back, "connect");
  assert.equal(back.io.engine.explain()[0].outcome, "failed");
});

check("WebSocket is remembered if that is wanted", async ({ connect, open }) => {
  const order = { transports: ["polling", "websocket"] };
  const socket = await connect("", { ...order, resume: false });
  if (socket.io.engine.transport.name === "polling") await event(socket.io.engine, "upgrade");
  assert.equal(open("", { ...order, rememberUpgrade: true }).io.engine.transport.name, "websocket");
  assert.equal(open("", order).io.engine.transport.name, "polling");
});

check("an error says what the server answered", async ({ open }) => {
  const options = { query: { sid: "abc" }, reconnection: false };
  const polling = await first(open("", { ...options, transports: ["polling"] }), "connect_error");
  assert.equal(polling.type, "TransportError");
  assert.equal(polling.description, 400);
  assert.equal(polling.message, "fetch read error");
  assert.equal(polling.context.status, 400);
  const webSocket = await first(open("", { ...options, transports: ["websocket"] }), "connect_error");
  assert.equal(webSocket.type, "TransportError");
  assert.equal(webSocket.message, "websocket error");
  assert.equal(webSocket.description.type, "error");
});

check("the end of a WebSocket says how it was closed", async ({ connect }) => {
  const socket = await connect("", { transports: ["websocket"], reconnection: false, resume: false });
  socket.emit("echo", "x".repeat(1_000_001));
  const [reason, details] = await event(socket, "disconnect");
  assert.equal(reason, "transport close");
  assert.equal(details.description, "websocket connection closed");
  assert.equal(details.context.code, 1009);
});

check("a message that a POST cannot take is an error with its status", async ({ connect }) => {
  const socket = await connect("", { transports: ["polling"], reconnection: false, resume: false });
  socket.emit("echo", "x".repeat(1_000_001));
  const [reason, details] = await event(socket, "disconnect");
  assert.equal(reason, "transport error");
  assert.equal(details.message, "fetch write error");
  assert.equal(details.description, 413);
});
