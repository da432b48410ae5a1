// The chat in a real browser: one page straight to the server, one behind the hostile proxy.

import assert from "node:assert/strict";
import { accessSync, constants } from "node:fs";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { launch } from "puppeteer-core";

const { CHAT_URL, CHAT_PROXY_URL, PROXY_CONTROL } = process.env;
/** `chrome` or `firefox`. */
const BROWSER = process.env.BROWSER || "chrome";
const PROGRAM =
  BROWSER === "firefox" ? process.env.FIREFOX || "/usr/bin/firefox" : process.env.CHROMIUM || "/usr/bin/chromium";
const FLAGS = [
  "--no-sandbox",
  "--disable-gpu",
  "--disable-quic",
  "--no-first-run",
  "--disable-background-networking",
  "--disable-component-update",
  "--disable-sync",
];

/** PNGs, two pixels wide and three. */
const PICTURES = {
  "red.png": "iVBORw0KGgoAAAANSUhEUgAAAAIAAAABCAIAAAB7QOjdAAAADUlEQVR4nGM4wcAARAAHDwGRMIzpKgAAAABJRU5ErkJggg==",
  "blue.png": "iVBORw0KGgoAAAANSUhEUgAAAAMAAAABCAIAAACUgoPjAAAADUlEQVR4nGNgYDgBQQAJagJZo/VLeAAAAABJRU5ErkJggg==",
};

/** What carries the page behind the proxy in the end, and what it tells about WebSocket. */
const modes = {
  pass: { transport: "websocket", told: /^WebSocket answered after / },
  reject: { transport: "stream", told: /^WebSocket was refused / },
  hang: { transport: "stream", told: /^WebSocket stayed silent / },
  mute: { transport: "stream", told: /^WebSocket stayed silent / },
  cut: { transport: "stream", told: /^WebSocket was cut after / },
  buffer: { transport: "polling", told: /^HTTP streaming stayed silent / },
};
const LABELS = { websocket: "WebSocket", stream: "HTTP streaming", polling: "HTTP long-polling" };

let browser;
let folder;
const contexts = [];

before(async () => {
  try {
    accessSync(PROGRAM, constants.X_OK);
  } catch {
    const name = BROWSER === "firefox" ? "firefox-esr" : "chromium";
    throw new Error(
      `Missing: ${name} (${PROGRAM}). To install it: apt-get update && apt-get install -y --no-install-recommends ${name}`,
    );
  }
  folder = await mkdtemp(join(tmpdir(), "towpath-chat-"));
  for (const [name, content] of Object.entries(PICTURES))
    await writeFile(join(folder, name), Buffer.from(content, "base64"));
  browser = await launch({
    browser: BROWSER,
    executablePath: PROGRAM,
    headless: true,
    args: BROWSER === "firefox" ? [] : FLAGS,
    userDataDir: join(folder, "profile"),
  });
});

after(async () => {
  await browser?.close();
  if (folder) await rm(folder, { recursive: true, force: true, maxRetries: 5 });
});

/** A visitor: a page with no past, and what went wrong in it. */
class Visitor {
  constructor(page, name) {
    this.page = page;
    this.name = name;
    this.errors = [];
    page.setDefaultTimeout(20_000);
    page.on("pageerror", ({ message }) => {
      // Firefox reports every WebSocket that fails in this way, and here they are meant to.
      if (!/^(Firefox can’t establish a connection|The connection to ws:\S+ was interrupted)/.test(message)) {
        this.errors.push(message);
      }
    });
    page.on("console", (message) => {
      if (/Content Security Policy|Refused to/.test(message.text())) this.errors.push(message.text());
    });
  }

  static async join(url, name, room) {
    const context = await browser.createBrowserContext();
    contexts.push(context);
    const visitor = new Visitor(await context.newPage(), name);
    const { page } = visitor;
    await page.goto(`${url}/?room=${encodeURIComponent(room)}`);
    await page.type("#name", name);
    await page.click("#join button");
    await page.waitForSelector("#chat:not([hidden])");
    return visitor;
  }

  /** Waits until a function holds in the page. */
  sees(what, condition, ...args) {
    return this.page.waitForFunction(condition, {}, ...args).catch(async (error) => {
      const text = await this.page.evaluate(() => document.body.innerText);
      throw new Error(`${this.name} does not see ${what} (${error.message}); the page says:\n${text}`);
    });
  }

  seesText(text) {
    return this.sees(
      `"${text}"`,
      (wanted) => [...document.querySelectorAll(".theirs .text")].some((each) => each.textContent === wanted),
      text,
    );
  }

  seesPicture(width) {
    return this.sees(
      `a picture ${width} wide`,
      (wanted) =>
        [...document.querySelectorAll(".theirs img")].some((each) => each.complete && each.naturalWidth === wanted),
      width,
    );
  }

  /** Waits for the check mark on everything that this visitor has sent. */
  seesAllTaken() {
    return this.sees("check marks", () =>
      [...document.querySelectorAll(".mine")].every((each) => each.dataset.state === "taken"),
    );
  }

  async say(text) {
    await this.page.type("#text", text);
    await this.page.keyboard.press("Enter");
  }

  async show(file) {
    await (await this.page.$("#picture")).uploadFile(join(folder, file));
  }

  transport() {
    return this.page.$eval("#badge", (badge) => badge.dataset.transport);
  }

  told() {
    return this.page.$$eval("#history li > span", (items) => items.map((item) => item.textContent));
  }
}

const proxy = (mode) => fetch(`${PROXY_CONTROL}/proxy?mode=${mode}`, { method: "POST" });

function chat(name, mode, run) {
  test(name, { timeout: 60_000 }, async () => {
    await proxy(mode);
    try {
      await run();
    } finally {
      await Promise.all(contexts.splice(0).map((context) => context.close()));
    }
  });
}

for (const [mode, { transport, told }] of Object.entries(modes)) {
  chat(`${mode}: two pages talk, show pictures, and say what carries them`, mode, async () => {
    const ada = await Visitor.join(CHAT_URL, "Ada", mode);
    const bo = await Visitor.join(CHAT_PROXY_URL, "Bo", mode);
    await ada.say("Can you hear me?");
    await bo.seesText("Can you hear me?");
    await bo.say("Loud and clear.");
    await ada.seesText("Loud and clear.");

    await bo.sees(
      `what carries it: ${transport}`,
      (wanted) =>
        document.body.dataset.state === "connected" && document.querySelector("#badge").dataset.transport === wanted,
      transport,
    );
    // What stays silent is given up after some seconds.
    await bo.sees(
      `${told} told`,
      (wanted) =>
        [...document.querySelectorAll("#history li > span")].some(({ textContent }) =>
          RegExp(wanted).test(textContent),
        ),
      told.source,
    );
    assert.equal(await ada.transport(), "websocket");
    await bo.sees("its name", (label) => document.querySelector("#transport").textContent === label, LABELS[transport]);

    await ada.show("red.png");
    await bo.seesPicture(2);
    await bo.show("blue.png");
    await ada.seesPicture(3);
    await Promise.all([ada.seesAllTaken(), bo.seesAllTaken()]);

    await bo.page.type("#text", "One mo");
    await ada.sees("that Bo is typing", () => document.querySelector("#typing").textContent === "Bo is typing …");
    assert.deepEqual([...ada.errors, ...bo.errors], []);
  });
}

/** What happens to Bo's network in mid-conversation; neither of the two may notice. */
const accidents = {
  "the WebSocket is cut, again and again": { begin: () => proxy("cut"), told: /^WebSocket was cut after / },
  "everything is cut, again and again": { begin: () => proxy("flap"), told: / was cut after / },
  "the WebSocket falls silent": { begin: () => proxy("mute"), told: /^WebSocket fell silent after / },
  "the browser is offline for a while": {
    begin: ({ page }) => page.setOfflineMode(true),
    // Chromium stalls what is open, Firefox does not mind.
    end: async ({ page }) => {
      await new Promise((resolve) => setTimeout(resolve, 2_000));
      await page.setOfflineMode(false);
    },
  },
};

for (const [accident, { begin, end, told }] of Object.entries(accidents)) {
  chat(`${accident}: the page stays connected, and everything arrives once and in order`, "pass", async () => {
    const ada = await Visitor.join(CHAT_URL, "Ada", accident);
    const bo = await Visitor.join(CHAT_PROXY_URL, "Bo", accident);
    await bo.sees("the WebSocket", () => document.querySelector("#badge").dataset.transport === "websocket");
    // A notice may stand for less than a second: it is noted as it comes.
    await bo.page.evaluate(() => {
      globalThis.notices = [];
      new MutationObserver(() => globalThis.notices.push(document.querySelector("#notice-text").textContent)).observe(
        document.querySelector("#notice"),
        { subtree: true, childList: true, characterData: true },
      );
    });
    await begin(bo);
    const said = [];
    for (let n = 1; n <= 5; n++) {
      said.push(`line ${n}`);
      await bo.say(`line ${n}`);
      await ada.say(`line ${n}`);
    }
    await end?.(bo);
    for (const visitor of [ada, bo]) {
      await visitor.seesText("line 5");
      await visitor.seesAllTaken();
      assert.deepEqual(await visitor.page.$$eval(".theirs .text", (all) => all.map((each) => each.textContent)), said);
    }
    if (told) {
      const history = await bo.told();
      assert.ok(
        history.some((line) => told.test(line)),
        `${told} is not told in ${JSON.stringify(history)}`,
      );
    }
    assert.deepEqual(
      await bo.page.evaluate(() => [document.body.dataset.state, ...globalThis.notices.filter(Boolean)]),
      ["connected"],
    );
    assert.deepEqual([...ada.errors, ...bo.errors], []);
  });
}

chat("who comes later finds the history, and markup is only text", "pass", async () => {
  const ada = await Visitor.join(CHAT_URL, "Ada", "archive");
  const markup = "<img src=x onerror='document.title=\"broken\"'><b>bold</b>";
  await ada.say(markup);
  await ada.show("red.png");
  await ada.seesAllTaken();
  const bo = await Visitor.join(CHAT_URL, "<i>Bo</i>", "archive");
  await bo.seesText(markup);
  await bo.seesPicture(2);
  await ada.sees("Bo's name as text", () =>
    [...document.querySelectorAll(".note")].some((note) => note.textContent === "<i>Bo</i> joined"),
  );
  assert.equal(await bo.page.title(), "archive · Towpath chat");
  assert.deepEqual([...ada.errors, ...bo.errors], []);
});

// In Firefox a page cannot paste files into itself.
const pasted = BROWSER === "firefox" ? () => {} : chat;
pasted("a large picture is pasted, made smaller, and arrives over HTTP", "reject", async () => {
  const ada = await Visitor.join(CHAT_URL, "Ada", "photos");
  const bo = await Visitor.join(CHAT_PROXY_URL, "Bo", "photos");
  const size = await bo.page.evaluate(async () => {
    const canvas = Object.assign(document.createElement("canvas"), { width: 1000, height: 600 });
    const pixels = new ImageData(1000, 600);
    for (let i = 0; i < pixels.data.length; i += 65_536) crypto.getRandomValues(pixels.data.subarray(i, i + 65_536));
    for (let i = 3; i < pixels.data.length; i += 4) pixels.data[i] = 255;
    canvas.getContext("2d").putImageData(pixels, 0, 0);
    const blob = await new Promise((done) => canvas.toBlob(done, "image/png"));
    const clipboardData = new DataTransfer();
    clipboardData.items.add(new File([blob], "noise.png", { type: "image/png" }));
    document.dispatchEvent(new ClipboardEvent("paste", { clipboardData, bubbles: true, cancelable: true }));
    return blob.size;
  });
  assert.ok(size > 1_000_000, `${size} bytes are not large`);
  await ada.sees("a picture", () =>
    [...document.querySelectorAll(".theirs img")].some((each) => each.complete && each.naturalWidth >= 400),
  );
  await bo.seesAllTaken();
  assert.equal(await bo.transport(), "stream");
  assert.deepEqual([...ada.errors, ...bo.errors], []);
});
