// What a page's program holds after many reconnections and many messages, counted in snapshots of its heap. The heap as a
// whole grows for reasons that are the browser's: machine code for what runs often, and records of requests for its
// devtools (docs/performance.md has the figures of both).

import assert from "node:assert/strict";
import { test } from "node:test";
import { setTimeout as pass } from "node:timers/promises";
import { startBrowser } from "./browser.mjs";

const { SITE } = process.env;
const RECONNECTS = Number(process.env.RECONNECTS || 100);
const MESSAGES = Number(process.env.MESSAGES || 10_000);
/** Measured that many times, each after an equal share of the work. */
const STEPS = 5;
/** Bytes that may come in the last two of them: names and numbers of another length. A session that is left behind takes over a thousand. */
const NOISE = 2_000;
/** How long a resumable session keeps what was sent: the other side acknowledges within a second at most. */
const ACKNOWLEDGED = 1_500;

/** Types of a snapshot's nodes that a script makes; the others are code, and what the engine knows about shapes and code. */
const SCRIPTS = [
  "object",
  "closure",
  "string",
  "concatenated string",
  "sliced string",
  "number",
  "symbol",
  "regexp",
  "bigint",
];
/** Of the browser's own objects those with an interface's name; not its inner ones, and not its record of slow tasks. */
const isInterface = (name) => !/::|^system|^(Performance|TaskAttribution)/.test(name);

const browser = startBrowser();

/** Bytes of the nodes in a snapshot that the page's program has made or asked for. */
function held(snapshot) {
  const { nodes, strings } = snapshot;
  const { node_fields: fields, node_types: types } = snapshot.snapshot.meta;
  const [type, name, size] = ["type", "name", "self_size"].map((field) => fields.indexOf(field));
  let bytes = 0;
  for (let node = 0; node < nodes.length; node += fields.length) {
    const kind = types[type][nodes[node + type]];
    const called = strings[nodes[node + name]];
    const counts =
      SCRIPTS.includes(kind) ||
      (kind === "array" && called.startsWith("(object")) ||
      (kind === "native" && isInterface(called));
    if (counts) bytes += nodes[node + size];
  }
  return bytes;
}

/** What is there when everything that nobody holds is gone: bytes of the program, of the whole heap, and listeners. */
async function measure(devtools) {
  for (let i = 0; i < 3; i++) await devtools.send("HeapProfiler.collectGarbage");
  const { usedSize } = await devtools.send("Runtime.getHeapUsage");
  const { jsEventListeners } = await devtools.send("Memory.getDOMCounters");
  const chunks = [];
  const add = ({ chunk }) => chunks.push(chunk);
  devtools.on("HeapProfiler.addHeapSnapshotChunk", add);
  await devtools.send("HeapProfiler.takeHeapSnapshot", { reportProgress: false });
  devtools.off("HeapProfiler.addHeapSnapshotChunk", add);
  return { held: held(JSON.parse(chunks.join(""))), heap: usedSize, listeners: jsEventListeners };
}

/** Measures, again while there is more than before and some of it may still be acknowledged. */
async function measureSettled(devtools, before) {
  const end = Date.now() + ACKNOWLEDGED;
  for (;;) {
    const measured = await measure(devtools);
    if (!before || measured.held <= before.held || Date.now() > end) return measured;
    await pass(100);
  }
}

/** Runs the work in shares, and looks at the heap after each. */
const stays = (title, options, work, total) =>
  test(title, { timeout: 400_000 }, async (context) => {
    const page = await (await browser().createBrowserContext()).newPage();
    page.setDefaultTimeout(300_000);
    try {
      await page.goto(`${SITE}/pages/page.html`);
      await page.evaluate((given) => {
        globalThis.socket = io({ reconnectionDelay: 1, reconnectionDelayMax: 1, ...given });
        return new Promise((done) => socket.once("connect", done));
      }, options);
      const devtools = await page.createCDPSession();
      const share = Math.ceil(total / STEPS);
      // Once in advance, so that all code has run.
      await page.evaluate(work, Math.ceil(share / 10));
      const measured = [];
      const began = Date.now();
      for (let step = 0; step < STEPS; step++) {
        await page.evaluate(work, share);
        measured.push(await measureSettled(devtools, measured.at(-1)));
      }
      const bytes = measured.map((each) => each.held);
      const heap = measured.map((each) => each.heap);
      context.diagnostic(
        `${title}: ${total} in ${Date.now() - began} ms; held ${bytes.join(", ")}; heap ${heap.join(", ")} bytes`,
      );
      assert.ok(bytes.at(-1) - bytes.at(-3) < NOISE, `more and more is held: ${bytes}`);
      const listeners = measured.map((each) => each.listeners);
      assert.ok(listeners.at(-1) <= listeners.at(-3) + 2, `listeners are left behind: ${listeners}`);
    } finally {
      await page.browserContext().close();
    }
  });

/** Loses the connection so many times, an answer is waited for each time. */
const reconnect = async (times) => {
  for (let i = 0; i < times; i++) {
    const back = new Promise((done) => socket.once("connect", done));
    socket.io.engine.close();
    await back;
    await socket.timeout(20_000).emitWithAck("echo", i);
  }
};

/** Sends so many messages, bytes and a question behind every 500th, and hears as many. */
const exchange = async (times) => {
  const all = new Promise((done) => {
    let heard = 0;
    socket.on("noted", () => ++heard === times && done());
  });
  for (let sent = 0; sent < times;) {
    for (const most = Math.min(times, sent + 500); sent < most; sent++) socket.emit("note", { sent, text: "hello" });
    await socket.timeout(60_000).emitWithAck("echo", new Uint8Array(1000));
  }
  await all;
  socket.off("noted");
};

for (const [name, options] of Object.entries({
  "resumable sessions over WebSocket": { transports: ["websocket"] },
  "sessions over WebSocket that cannot be resumed": { transports: ["websocket"], resume: false },
  "resumable sessions over long-polling": { transports: ["polling"] },
})) {
  stays(`${RECONNECTS} reconnections leave nothing behind: ${name}`, options, reconnect, RECONNECTS);
  stays(`${MESSAGES} messages each way leave nothing behind: ${name}`, options, exchange, MESSAGES);
}
