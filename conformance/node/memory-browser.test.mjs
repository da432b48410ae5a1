// The heap of a page after many reconnections and many messages, measured after garbage collections that the devtools
// protocol forces. It grows at first, up to a bound (docs/performance.md has the figures); flat means that the last two
// fifths of the work leave nothing behind.

import assert from "node:assert/strict";
import { test } from "node:test";
import { startBrowser } from "./browser.mjs";

const { SITE } = process.env;
const RECONNECTS = Number(process.env.RECONNECTS || 100);
const MESSAGES = Number(process.env.MESSAGES || 10_000);
/** Measured that many times, each after an equal share of the work. */
const STEPS = 5;
/** Bytes that the heap may grow in the last two of them. A session that is left behind takes more than a thousand. */
const NOISE = 40_000;

const browser = startBrowser();

/** Bytes in use when everything that nobody holds is gone, and how many documents, nodes and listeners there are. */
async function measure(devtools) {
  for (let i = 0; i < 3; i++) await devtools.send("HeapProfiler.collectGarbage");
  const { usedSize } = await devtools.send("Runtime.getHeapUsage");
  const { jsEventListeners } = await devtools.send("Memory.getDOMCounters");
  return { bytes: usedSize, listeners: jsEventListeners };
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
        measured.push(await measure(devtools));
      }
      const bytes = measured.map((each) => each.bytes);
      context.diagnostic(`${title}: ${total} in ${Date.now() - began} ms; heap ${bytes.join(", ")} bytes`);
      assert.ok(bytes.at(-1) - bytes.at(-3) < NOISE, `the heap grows: ${bytes}`);
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
