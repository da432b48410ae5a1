// What Autobahn's sections 12 and 13 ask, which the suite of the build does not have: compressed messages of all sizes, in
// one frame and in fragments, after every kind of negotiation. The client is npm's ws, whose inflater is given the window that
// was agreed on and refuses what reaches further back.

import assert from "node:assert/strict";
import { test } from "node:test";
import WebSocket from "ws";

/** Two echoes: one that lets no message refer to earlier ones, and one that compresses all and lets them. */
const ECHOES = { "each message alone": process.env.ECHO_URL, "context kept": process.env.ECHO_TAKEOVER_URL };
/** How many messages of each size; Autobahn sends 1,000. */
const MESSAGES = Number(process.env.DEFLATE_MESSAGES ?? 12);

const SIZES = [0, 16, 64, 256, 1024, 4096, 8192, 16_384, 32_768, 65_536, 131_072];
const FRAGMENTED = [
  [8192, 256],
  [16_384, 256],
  [32_768, 256],
  [65_536, 256],
  [131_072, 256],
  [131_072, 1024],
  [131_072, 4096],
  [131_072, 32_768],
];

// What the client asks for; what the answer must then hold, and must not.
const NEGOTIATIONS = [
  ["13.1 nothing in particular", {}, []],
  ["13.2 server_no_context_takeover", { serverNoContextTakeover: true }, ["server_no_context_takeover"]],
  ["server_max_window_bits=8", { serverMaxWindowBits: 8 }, ["server_max_window_bits=8"]],
  ["13.3 server_max_window_bits=9", { serverMaxWindowBits: 9 }, ["server_max_window_bits=9"]],
  ["13.4 server_max_window_bits=15", { serverMaxWindowBits: 15 }, ["server_max_window_bits=15"]],
  [
    "13.5 server_no_context_takeover and server_max_window_bits=9",
    { serverNoContextTakeover: true, serverMaxWindowBits: 9 },
    ["server_no_context_takeover", "server_max_window_bits=9"],
  ],
  [
    "13.6 server_no_context_takeover and server_max_window_bits=15",
    { serverNoContextTakeover: true, serverMaxWindowBits: 15 },
    ["server_no_context_takeover", "server_max_window_bits=15"],
  ],
  ["client_no_context_takeover", { clientNoContextTakeover: true }, ["client_no_context_takeover"]],
  ["client_max_window_bits=9", { clientMaxWindowBits: 9 }, []],
  [
    "everything at once",
    { serverNoContextTakeover: true, clientNoContextTakeover: true, serverMaxWindowBits: 10, clientMaxWindowBits: 10 },
    ["server_no_context_takeover", "client_no_context_takeover", "server_max_window_bits=10"],
  ],
];

/** Numbers that look like chance and are the same in every run. */
function* chance(seed) {
  for (let x = seed; ; ) {
    x ^= x << 13;
    x ^= x >>> 17;
    x ^= x << 5;
    yield x >>> 0;
  }
}

/** Kinds of messages: text that compresses well, text of three bytes a letter, bytes that do not compress at all. */
const KINDS = {
  json: (size, random) => {
    let text = "";
    while (text.length < size) text += `{"id":${random.next().value % 1000},"name":"towpath","open":true},`;
    return text.slice(0, size);
  },
  letters: (size, random) => {
    let text = "";
    while (text.length * 3 < size - 2) text += String.fromCharCode(0x4e00 + (random.next().value % 200));
    return text;
  },
  noise: (size, random) => Uint8Array.from({ length: size }, () => random.next().value >>> 7),
};

async function open(url, offer) {
  const socket = new WebSocket(url, { perMessageDeflate: { threshold: 0, ...offer }, maxPayload: 1 << 20 });
  const answer = new Promise((resolve) => socket.once("upgrade", (r) => resolve(r.headers["sec-websocket-extensions"])));
  await new Promise((resolve, reject) => socket.once("open", resolve).once("error", reject));
  return [socket, await answer];
}

/** Sends messages, ten ahead of their echoes, and compares each. */
async function converse(socket, messages, send) {
  let at = 0;
  let sent = 0;
  const ahead = () => {
    while (sent < messages.length && sent < at + 10) send(messages[sent++]);
  };
  await new Promise((resolve, reject) => {
    socket.on("close", (code, reason) => reject(new Error(`closed with ${code} ${reason} at message ${at}`)));
    socket.on("error", reject);
    socket.on("message", (data, binary) => {
      const expected = Buffer.from(messages[at]);
      if (binary !== (typeof messages[at] !== "string") || !expected.equals(data)) {
        reject(new Error(`message ${at} of ${expected.length} bytes came back otherwise, with ${data.length}`));
      }
      if (++at === messages.length) resolve();
      else ahead();
    });
    ahead();
  });
  socket.removeAllListeners("close");
}

async function close(socket) {
  const code = new Promise((resolve) => socket.once("close", resolve));
  socket.close(1000);
  assert.equal(await code, 1000);
}

for (const [echo, url] of Object.entries(ECHOES)) {
  for (const [name, offer, expected] of NEGOTIATIONS) {
    test(`${echo}, ${name}: messages of all sizes come back`, { timeout: 600_000 }, async () => {
      const [socket, answer] = await open(url, offer);
      const parts = answer.split(/; */);
      assert.equal(parts[0], "permessage-deflate");
      for (const parameter of expected) assert.ok(parts.includes(parameter), answer);
      // Never more than was offered, and no window unless asked for.
      if (!("serverMaxWindowBits" in offer)) assert.doesNotMatch(answer, /server_max_window_bits/);
      const random = chance(2026);
      const messages = [];
      for (const size of SIZES) {
        for (const make of Object.values(KINDS)) {
          for (let i = 0; i < MESSAGES / 3; i++) messages.push(make(size, random));
        }
      }
      await converse(socket, messages, (message) => socket.send(message));
      await close(socket);
    });

    test(`${echo}, ${name}: fragmented messages come back`, { timeout: 600_000 }, async () => {
      const [socket] = await open(url, offer);
      const random = chance(1976);
      const messages = [];
      const pieces = new Map();
      for (const [size, piece] of FRAGMENTED) {
        for (const make of Object.values(KINDS)) {
          for (let i = 0; i < MESSAGES / 6; i++) {
            const message = make(size, random);
            pieces.set(messages.push(message) - 1, piece);
          }
        }
      }
      let at = 0;
      await converse(socket, messages, (message) => {
        const piece = pieces.get(at++);
        const bytes = Buffer.from(message);
        const binary = typeof message !== "string";
        for (let from = 0; from < bytes.length; from += piece) {
          socket.send(bytes.subarray(from, from + piece), { binary, fin: from + piece >= bytes.length });
        }
      });
      await close(socket);
    });
  }
}

test("what compresses well crosses the network compressed", { timeout: 60_000 }, async () => {
  for (const [, offer] of NEGOTIATIONS) {
    const [socket] = await open(ECHOES["each message alone"], offer);
    const messages = Array.from({ length: 20 }, () => KINDS.json(32_768, chance(7)));
    const before = socket._socket.bytesRead;
    await converse(socket, messages, (message) => socket.send(message));
    const crossed = socket._socket.bytesRead - before;
    assert.ok(crossed < (20 * 32_768) / 2, `${crossed} bytes`);
    await close(socket);
  }
});
