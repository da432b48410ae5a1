// What every client must be able to do with every server, whatever carries it.

import assert from "node:assert/strict";
import { test } from "node:test";
import {
  event,
  first,
  IMPATIENT_PROXY,
  impatientProxyMode,
  PROXY,
  proxyMode,
  restartServer,
  SERVER,
  serverReason,
  Sockets,
  until,
} from "./harness.mjs";

const sequence = (length, start = 0) => Uint8Array.from({ length }, (_, i) => (i + start) % 256);
const plain = (data) => [...new Uint8Array(data.buffer ?? data, data.byteOffset ?? 0, data.byteLength)];

/** Emits and waits for the first argument of the answer, in a way that every version knows. */
const ask = (socket, ...args) => new Promise((done) => socket.emit(...args, done));

/** Sessions of our client outlive their transports (resumable.test.mjs) unless they are not to. Others do not know it. */
const CLASSIC = { resume: false };

/** Waits until the connection has come to rest on the transport that the row expects. */
async function settled(socket, transport) {
  const { engine } = socket.io;
  if (engine.transport.name !== transport) await event(engine, "upgrade");
  assert.equal(engine.transport.name, transport);
}

/**
 * Registers the tests of one row.
 *
 * @param {string} row - what is tested
 * @param {Function} io - the client's function
 * @param {object} options - its options, and in `huge` the largest number that its parser knows
 * @param {"polling" | "websocket"} transport - what carries the connection in the end
 * @param {2 | 3 | 4} version - the client's major version: what an old one does not know is left out
 */
export function table(row, io, { huge = 1e21, ...options }, transport, version = 4) {
  // Version 2 takes typed arrays for objects, sends a query in place of auth, and has another event for refusals.
  const bytes = (...args) => (version === 2 ? Buffer.from(sequence(...args).buffer) : sequence(...args));
  const authorised = (auth) => (version === 2 ? { query: auth } : { auth });
  const refusal = version === 2 ? "error" : "connect_error";
  const check = (name, run) =>
    test(`${row}: ${name}`, { timeout: 30_000 }, async () => {
      const sockets = new Sockets(io);
      try {
        await run({
          open: (path = "", more) => sockets.open(SERVER + path, { ...options, ...more }),
          connect: (path = "", more) => sockets.connect(SERVER + path, { ...options, ...more }),
          connectTo: (url, more) => sockets.connect(url, { ...options, ...more }),
        });
      } finally {
        sockets.close();
      }
    });

  check("connects, and comes to rest on the right transport", async ({ open }) => {
    const socket = open();
    const hello = event(socket, "hello");
    await event(socket, "connect");
    assert.equal(socket.connected, true);
    assert.deepEqual(await hello, [socket.id]);
    await settled(socket, transport);
  });

  check("events carry any arguments, both ways", async ({ connect }) => {
    const socket = await connect();
    const args = [
      'text ☀ \u{1f6f6} \u2028 "\\',
      0,
      -1.5,
      huge,
      true,
      false,
      null,
      [],
      {},
      [[1, [2]], { deep: { deeper: [null] } }],
    ];
    socket.emit("echo", ...args);
    assert.deepEqual(await event(socket, "echo"), args);
    socket.emit("echo");
    assert.deepEqual(await event(socket, "echo"), []);
  });

  check("the server answers events, with any number of arguments", async ({ connect }) => {
    const socket = await connect();
    assert.deepEqual(await new Promise((done) => socket.emit("echo", 1, "b", (...args) => done(args))), [1, "b"]);
    assert.deepEqual(await new Promise((done) => socket.emit("echo", (...args) => done(args))), []);
    const answers = await Promise.all([..."abcdef"].map((letter) => ask(socket, "echo", letter)));
    assert.deepEqual(answers, [..."abcdef"]);
  });

  check("the client answers events, with any number of arguments", async ({ connect }) => {
    const socket = await connect();
    socket.on("question", (question, answer) => answer(question * 2, { asked: question }, bytes(3)));
    socket.emit("ask", 21);
    const [number, object, binary] = await event(socket, "answered");
    assert.deepEqual([number, object, plain(binary)], [42, { asked: 21 }, [0, 1, 2]]);
  });

  check("an answer that does not come in time is an error on either side", async ({ connect }) => {
    const socket = await connect();
    if (version === 4) {
      await assert.rejects(socket.timeout(60).emitWithAck("never answer"), /operation has timed out/);
      assert.equal(await socket.timeout(8_000).emitWithAck("echo", "in time"), "in time");
    }
    socket.on("question", () => {});
    socket.emit("ask in vain");
    await event(socket, "unanswered");
  });

  check("binary data goes both ways, nested and in several attachments", async ({ connect }) => {
    const socket = await connect();
    const sent = { a: bytes(5), list: [bytes(0), "between", { b: bytes(300, 7) }], c: bytes(2).buffer };
    socket.emit("echo", bytes(1, 200), sent, "end");
    const [one, back, end] = await event(socket, "echo");
    assert.deepEqual(plain(one), [200]);
    assert.deepEqual(plain(back.a), [0, 1, 2, 3, 4]);
    assert.deepEqual(plain(back.list[0]), []);
    assert.equal(back.list[1], "between");
    assert.deepEqual(plain(back.list[2].b), plain(bytes(300, 7)));
    assert.deepEqual(plain(back.c), [0, 1]);
    assert.equal(end, "end");
  });

  check("binary data arrives in a type of the application, and comes back in an answer", async ({ connect }) => {
    const socket = await connect();
    const answer = await ask(socket, "measure", { name: "m", main: bytes(4), parts: [bytes(1), bytes(2)] });
    assert.deepEqual(
      { ...answer, back: plain(answer.back) },
      { name: "m", bytes: 4, parts: [1, 2], back: [0, 1, 2, 3] },
    );
  });

  check("half a megabyte goes through in one piece, as text and as bytes", async ({ connect }) => {
    const socket = await connect();
    const text = "☀".repeat(160_000);
    assert.equal(await ask(socket, "echo", text), text);
    const large = bytes(500_000, 3);
    assert.deepEqual(Buffer.from(await ask(socket, "echo", large)), Buffer.from(large));
  });

  check("five hundred messages keep their order, bytes among them", async ({ connect }) => {
    const socket = await connect();
    const seen = [];
    socket.on("echo", (n) => seen.push(typeof n === "number" ? n : plain(n)[0] + plain(n)[1] * 256));
    for (let n = 0; n < 500; n++)
      socket.emit(
        "echo",
        n % 10
          ? n
          : bytes(2)
              .fill(n % 256, 0, 1)
              .fill(n >> 8, 1, 2),
      );
    await until(socket, ["echo"], () => seen.length === 500, "500 echoes", 15_000);
    assert.deepEqual(seen, [...Array(500).keys()]);
  });

  check("what is emitted before the connection waits for it", async ({ open }) => {
    const socket = open();
    const answers = Promise.all([ask(socket, "echo", 1), ask(socket, "echo", 2)]);
    assert.deepEqual(await answers, [1, 2]);
  });

  check("a namespace lets in who is authorised", async ({ connect }) => {
    const socket = await connect("/secret", authorised({ token: "open sesame", name: "Ada" }));
    assert.equal(await ask(socket, "echo", "inside"), "inside");
    if (version === 2) return;
    const asked = await connect("/secret", { auth: (send) => send({ token: "open sesame" }) });
    assert.equal(await ask(asked, "echo", "too"), "too");
  });

  check("a namespace sees what was sent for authorisation", async ({ open }) => {
    const auth = { token: "open sesame", ...(version === 2 ? { name: "Ada & Zoë" } : { nested: { list: [1, "b"] } }) };
    assert.deepEqual(await first(open("/secret", authorised(auth)), "let in"), auth);
  });

  check("a namespace refuses with message and data, and the client does not try again", async ({ open }) => {
    const socket = open("/secret", authorised({ token: "wrong" }));
    const error = await first(socket, refusal);
    if (version === 2) {
      // Version 2 is told one of the two.
      assert.deepEqual(error, { code: 401, hint: "token" });
      assert.equal(socket.connected, false);
      return;
    }
    assert.equal(error.message, "not allowed");
    assert.deepEqual(error.data, { code: 401, hint: "token" });
    if (version === 4) assert.equal(socket.active, false);
    socket.auth = { token: "open sesame" };
    socket.connect();
    await event(socket, "connect");
  });

  check("a namespace that does not exist is an error", async ({ open }) => {
    assert.equal((await first(open("/nowhere"), refusal)).message, "Invalid namespace");
  });

  check("namespaces share a connection and end one by one", async ({ connect }) => {
    const socket = await connect();
    const secret = socket.io.socket("/secret", authorised({ token: "open sesame" }));
    await event(secret, "connect");
    const id = secret.id;
    secret.disconnect();
    assert.equal(await serverReason(id), "client namespace disconnect");
    assert.equal(await ask(socket, "echo", "still here"), "still here");
  });

  check("rooms: to others, to all, and not after leaving", async ({ connect }) => {
    const [a, b, c] = await Promise.all([connect(), connect(), connect()]);
    const heard = { a: [], b: [], c: [] };
    for (const [name, socket] of Object.entries({ a, b, c })) socket.on("told", (text) => heard[name].push(text));
    await Promise.all([ask(a, "join", "red"), ask(b, "join", "red"), ask(c, "join", "blue")]);
    a.emit("tell", "red", "to b");
    a.emit("tell all", "red", "to a and b");
    await ask(a, "echo");
    await ask(b, "leave", "red");
    a.emit("tell all", "red", "to a");
    a.emit("tell others", "to b and c");
    await ask(a, "echo");
    await Promise.all([ask(b, "echo"), ask(c, "echo")]);
    assert.deepEqual(heard, { a: ["to a and b", "to a"], b: ["to b", "to a and b", "to b and c"], c: ["to b and c"] });
  });

  check("the server makes a socket leave, and the client does not come back", async ({ connect }) => {
    const socket = await connect();
    const { id } = socket;
    socket.emit("kick");
    assert.equal(await first(socket, "disconnect"), "io server disconnect");
    assert.equal(await serverReason(id), "server namespace disconnect");
    if (version === 4) assert.equal(socket.active, false);
  });

  check("the server ends the whole connection", async ({ connect }) => {
    const socket = await connect();
    const { id } = socket;
    const closed = event(socket.io, "close");
    socket.emit("kick out");
    assert.equal(await first(socket, "disconnect"), "io server disconnect");
    assert.equal(await serverReason(id), "server namespace disconnect");
    await closed;
  });

  check("the client leaves", async ({ connect }) => {
    const socket = await connect();
    const { id } = socket;
    const reason = first(socket, "disconnect");
    socket.disconnect();
    assert.equal(await reason, "io client disconnect");
    assert.equal(await serverReason(id), "client namespace disconnect");
    socket.connect();
    await event(socket, "connect");
    assert.notEqual(socket.id, id);
  });

  check("the client loses its connection below the socket, and comes back by itself", async ({ connect }) => {
    const socket = await connect();
    const { id } = socket;
    const reason = first(socket, "disconnect");
    const back = event(socket, "connect");
    socket.io.engine.close();
    assert.equal(await reason, "forced close");
    assert.equal(await serverReason(id), "transport close");
    await back;
    assert.notEqual(socket.id, id);
    assert.equal(await ask(socket, "echo", "back"), "back");
  });

  check("the server restarts, and the client comes back with what it kept", async ({ connect }) => {
    const socket = await connect();
    await settled(socket, transport);
    const { id } = socket;
    const reason = first(socket, "disconnect");
    const restarted = restartServer();
    // A poll under way may be answered in good order, or cut off with the server.
    const expected = transport === "polling" ? /^transport (close|error)$/ : /^transport close$/;
    assert.match(await reason, expected);
    const kept = ask(socket, "echo", "kept");
    assert.equal(await serverReason(id), "server shutting down");
    await restarted;
    assert.equal(await kept, "kept");
  });

  check("a message beyond the server's limit costs the connection, and the client comes back", async ({ connect }) => {
    const socket = await connect();
    await settled(socket, transport);
    const { id } = socket;
    const reason = first(socket, "disconnect");
    const back = event(socket, "connect");
    socket.emit("echo", "x".repeat(1_000_001));
    assert.match(await reason, /^transport (close|error)$/);
    // Over long-polling the reference only notices when no more polls come.
    if (transport === "websocket") assert.equal(await serverReason(id), "transport error");
    await back;
    assert.equal(await ask(socket, "echo", "back"), "back");
  });

  if (transport !== "websocket") return;

  check("the network cuts the WebSocket, and the client comes back by itself", async ({ connectTo }) => {
    await proxyMode("pass");
    const socket = await connectTo(PROXY, CLASSIC);
    await settled(socket, transport);
    const { id } = socket;
    const reason = first(socket, "disconnect");
    await proxyMode("cut");
    assert.equal(await reason, "transport close");
    await proxyMode("pass");
    assert.equal(await serverReason(id), "transport close");
    assert.equal(await ask(socket, "echo", "back"), "back");
  });

  check("the network goes silent, and both sides notice", async ({ connectTo }) => {
    await impatientProxyMode("pass");
    const socket = await connectTo(IMPATIENT_PROXY, { ...CLASSIC, reconnection: false });
    await settled(socket, transport);
    const { id } = socket;
    const reason = first(socket, "disconnect");
    // To version 2 the reference listens after an upgrade only from the client's first ping on.
    if (version === 2) await event(socket, "pong");
    await impatientProxyMode("mute");
    assert.equal(await reason, "ping timeout");
    assert.equal(await serverReason(id), "ping timeout");
    await impatientProxyMode("pass");
  });
}
