// Our client in pages and workers of a real browser, under a content security policy that allows no inline script and
// no eval. How the chat gets through hostile networks, and what sessions outlive, is in the other two browser tests.

import assert from "node:assert/strict";
import { test } from "node:test";
import { BROWSER, control, isMeantToFail, startBrowser } from "./browser.mjs";

const { SITE, SITE_OF_OTHER_ORIGIN, SITE_BEHIND_PROXY } = process.env;

const browser = startBrowser({
  // Puppeteer turns the cache of left pages off in Chromium.
  ignoreDefaultArgs: BROWSER === "chrome" ? ["--disable-back-forward-cache"] : [],
});

const pause = (ms) => new Promise((done) => setTimeout(done, ms));

/** A test with a page of its own that remembers nothing; nothing may go wrong in it that the test does not name. */
const inPage = (title, run, { site = SITE, allowed } = {}) =>
  test(`${BROWSER}: ${title}`, { timeout: 40_000 }, async () => {
    await control("/proxy?mode=pass");
    const context = await browser().createBrowserContext();
    const page = await context.newPage();
    page.setDefaultTimeout(15_000);
    const errors = [];
    page.on("pageerror", ({ message }) => isMeantToFail(message) || allowed?.test(message) || errors.push(message));
    try {
      await page.goto(`${site}/pages/page.html`);
      await run(page);
      const notes = await seen(page);
      errors.push(...notes.filter((note) => /^(error|unhandled|policy):/.test(note) && !allowed?.test(note)));
      assert.deepEqual(errors, []);
    } finally {
      await context.close();
    }
  });

/** What the server calls the end of a session whose page is gone; the control port waits no more than 10 s for it. */
const LEFT = /^(transport close|client namespace disconnect)$/;

const seen = (page) => page.evaluate(() => seen.slice());

/** Connects the page's socket. */
async function connect(page, options, uri) {
  await page.evaluate((given, address) => globalThis.open(given, address), options, uri);
  await sees(page, "connect");
}

/** Waits until the page has noted something, so many times. */
const sees = (page, start, times = 1) =>
  page
    .waitForFunction(
      (wanted, count) => seen.filter((note) => note.startsWith(wanted)).length >= count,
      { polling: 50 },
      start,
      times,
    )
    .catch(async (error) => {
      throw new Error(
        `the page does not see "${start}" (${error.message}); it saw ${JSON.stringify(await seen(page))}`,
      );
    });

const ask = (page, ...args) => page.evaluate((...all) => socket.timeout(5_000).emitWithAck(...all), ...args);

/** Waits until the server finds the socket carried by a transport. */
async function carriedBy(page, transport) {
  let carrier;
  for (let i = 0; i < 100; i++) {
    carrier = await ask(page, "carried by");
    if (carrier === transport) return;
    await pause(100);
  }
  assert.fail(`carried by ${carrier}, not ${transport}`);
}

const exchanges = async (page) => assert.deepEqual(await page.evaluate(() => exchange(socket)), []);

// --- what carries ---

for (const [transport, options] of Object.entries({
  websocket: { transports: ["websocket"] },
  "websocket without resuming": { transports: ["websocket"], resume: false },
  polling: { transports: ["polling"] },
  "polling without resuming": { transports: ["polling"], resume: false },
  stream: { transports: ["polling", "stream"] },
})) {
  inPage(`everything goes both ways over ${transport}`, async (page) => {
    await connect(page, options);
    await carriedBy(page, transport.replace(/ .*/, ""));
    await exchanges(page);
    const id = await page.evaluate(() => socket.id);
    await page.evaluate(() => socket.disconnect());
    assert.equal(await control(`/reason?id=${id}`), "client namespace disconnect");
    // Requests that were under way are aborted, which must not show.
    await pause(100);
  });
}

for (const resume of [true, false]) {
  inPage(`long-polling moves up to WebSocket in the middle of a conversation, resume: ${resume}`, async (page) => {
    await connect(page, { transports: ["polling", "websocket"], resume });
    await page.evaluate(() => {
      globalThis.noted = [];
      socket.on("noted", (n) => noted.push(n));
      for (let i = 0; i < 100; i++) setTimeout(() => socket.emit("note", i), i * 10);
    });
    await carriedBy(page, "websocket");
    await page.waitForFunction(() => noted.length >= 100);
    assert.deepEqual(await page.evaluate(() => noted), [...Array(100).keys()]);
    await exchanges(page);
  });
}

for (const [mode, reason] of Object.entries({ reject: "refused", mute: "silent" })) {
  inPage(
    `a session that cannot be resumed falls back to long-polling when WebSocket is ${reason}`,
    async (page) => {
      await control(`/proxy?mode=${mode}`);
      await connect(page, { resume: false });
      await carriedBy(page, "polling");
      await exchanges(page);
      const attempts = await page.evaluate(() => socket.io.engine.explain());
      const [first] = attempts.filter(({ transport }) => transport === "websocket");
      assert.equal(first.outcome, "failed");
      assert.equal(first.reason, reason);
    },
    { site: SITE_BEHIND_PROXY },
  );
}

// --- when the connection or the network goes away ---

for (const resume of [true, false]) {
  inPage(
    `a page connects again when the server was restarted, and what it said meanwhile arrives, resume: ${resume}`,
    async (page) => {
      await connect(page, { resume });
      const id = await page.evaluate(() => socket.id);
      await page.evaluate(() => {
        globalThis.noted = [];
        socket.on("noted", (n) => noted.push(n));
        socket.on("disconnect", () => [1, 2, 3].forEach((n) => socket.emit("note", n)));
      });
      await control("/restart");
      await sees(page, "disconnect");
      await sees(page, "connect", 2);
      await page.waitForFunction(() => noted.length >= 3);
      assert.deepEqual(await page.evaluate(() => noted), [1, 2, 3]);
      assert.notEqual(await page.evaluate(() => socket.id), id);
      await exchanges(page);
    },
  );
}

inPage(
  "a session that cannot be resumed ends when the browser goes offline, and a new one begins when it is back",
  async (page) => {
    await connect(page, { resume: false });
    await page.setOfflineMode(true);
    try {
      await sees(page, "disconnect transport close network connection lost");
      await sees(page, "connect_error");
    } finally {
      await page.setOfflineMode(false);
    }
    await sees(page, "connect", 2 + (await seen(page)).filter((note) => note.startsWith("connect_error")).length);
    await exchanges(page);
  },
);

// --- when the page goes away ---

/** Leaves the page, runs something, goes back, and waits until the very page that was left is there again. */
async function leaveAndReturn(page, meanwhile) {
  await page.evaluate(() => (globalThis.marker = "the same page"));
  await page.goto(`${SITE}/pages/away.html`);
  assert.equal(await page.title(), "Somewhere else");
  await meanwhile?.();
  await page.evaluate(() => history.back());
  await page.waitForFunction(() => document.title === "Client" && globalThis.seen, { polling: 50 });
  await sees(page, "pageshow from the cache");
  assert.equal(await page.evaluate(() => globalThis.marker), "the same page");
  assert.ok((await seen(page)).includes("pagehide into the cache"));
}

for (const transport of ["websocket", "polling"]) {
  // Firefox decides before `pagehide` whether it keeps a page, and keeps none with a connection that is open then.
  if (BROWSER === "chrome") {
    inPage(
      `a page with a session over ${transport} is kept for the way back, and connects again there`,
      async (page) => {
        await connect(page, { transports: [transport] });
        const id = await page.evaluate(() => socket.id);
        // The server learns of it at once, and not by the heartbeat.
        await leaveAndReturn(page, async () => assert.match(await control(`/reason?id=${id}`), LEFT));
        await sees(page, "disconnect transport close page left");
        await sees(page, "connect", 2);
        await exchanges(page);
      },
    );
  }

  inPage(
    `a page whose session over ${transport} is over is kept for the way back, and connects again there`,
    async (page) => {
      await connect(page, { transports: [transport] });
      const id = await page.evaluate(() => socket.id);
      await page.evaluate(() => {
        addEventListener("pageshow", ({ persisted }) => persisted && socket.connect());
        socket.disconnect();
      });
      assert.match(await control(`/reason?id=${id}`), LEFT);
      // The answer to the last request, or to the Close frame, has to be read.
      await pause(300);
      await leaveAndReturn(page);
      await sees(page, "connect", 2);
      await exchanges(page);
    },
  );

  inPage(`the server learns at once that a page with a session over ${transport} was closed`, async (page) => {
    const other = await page.browserContext().newPage();
    await other.goto(`${SITE}/pages/page.html`);
    await connect(other, { transports: [transport] });
    const id = await other.evaluate(() => socket.id);
    await other.close();
    assert.match(await control(`/reason?id=${id}`), LEFT);
  });
}

// --- workers ---

for (const type of ["classic", "module"]) {
  for (const transport of ["websocket", "polling"]) {
    inPage(`everything goes both ways in a ${type} worker over ${transport}`, async (page) => {
      const result = await page.evaluate(
        (kind, name) =>
          new Promise((done) => {
            const worker = new Worker(`${kind}-worker.js`, { type: kind });
            worker.onmessage = ({ data }) => done(data);
            worker.onerror = ({ message }) => done(message);
            worker.postMessage({ transports: [name] });
          }),
        type,
        transport,
      );
      assert.deepEqual(result, { wrong: [], carrier: transport });
    });
  }
}

// --- origins and policies ---

inPage("cookies go to another origin with `withCredentials` only, and headers of one's own over HTTP", async (page) => {
  await page.evaluate(() => (document.cookie = "visitor=seven; path=/; SameSite=Lax"));
  const headersWith = async (options) => {
    await page.evaluate(() => (seen.length = 0));
    await connect(page, { forceNew: true, transports: ["polling"], ...options }, SITE_OF_OTHER_ORIGIN);
    const headers = await ask(page, "headers");
    await page.evaluate(() => socket.disconnect());
    return Object.fromEntries(Object.entries(headers).map(([name, value]) => [name.toLowerCase(), String(value)]));
  };
  assert.equal((await headersWith({})).cookie, undefined);
  const headers = await headersWith({ withCredentials: true, extraHeaders: { "X-Of-The-Page": "yes" } });
  assert.match(headers.cookie, /visitor=seven/);
  assert.equal(headers["x-of-the-page"], "yes");
});

inPage(
  "the policy that all these pages obey forbids eval and inline scripts",
  async (page) => {
    await page.evaluate(() => {
      const script = document.createElement("script");
      script.textContent = "note('an inline script ran')";
      document.body.append(script);
    });
    await sees(page, "policy: script-src");
    assert.ok(!(await seen(page)).includes("an inline script ran"));
    await connect(page, {});
    await exchanges(page);
  },
  { allowed: /^(policy: script-src|Content-Security-Policy: The page’s settings blocked an inline script)/ },
);

inPage("two tabs have sessions of their own", async (page) => {
  const other = await page.browserContext().newPage();
  try {
    await other.goto(`${SITE}/pages/page.html`);
    await Promise.all([connect(page, {}), connect(other, {})]);
    const ids = await Promise.all([page, other].map((each) => each.evaluate(() => socket.id)));
    assert.notEqual(ids[0], ids[1]);
    await exchanges(page);
    await exchanges(other);
  } finally {
    await other.close();
  }
});
