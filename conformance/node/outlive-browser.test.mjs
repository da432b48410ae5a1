// Sessions that outlive their transports, in real browsers: the chat's page counts numbered events both ways while the
// network behind the hostile proxy is broken in one way after another. None may be missing, doubled or out of order, and
// the page must never learn that it was disconnected.

import assert from "node:assert/strict";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { launch } from "puppeteer-core";

const { CHAT_PROXY_URL, PROXY_CONTROL } = process.env;

const BROWSERS = {
  chromium: {
    executablePath: process.env.CHROMIUM || "/usr/bin/chromium",
    args: [
      "--no-sandbox",
      "--disable-gpu",
      "--disable-quic",
      "--no-first-run",
      "--disable-background-networking",
      "--disable-component-update",
      "--disable-sync",
    ],
  },
  firefox: { browser: "firefox", executablePath: process.env.FIREFOX || "/usr/bin/firefox-esr" },
};

/** How long the network stays broken; the proxy's time for `flap` is 1,500 ms. */
const BROKEN = 6_000;

const pause = (ms) => new Promise((done) => setTimeout(done, ms));
const network = (mode) => fetch(`${PROXY_CONTROL}/proxy?mode=${mode}`, { method: "POST" });

for (const [name, options] of Object.entries(BROWSERS)) {
  let browser;
  let folder;

  before(async () => {
    folder = await mkdtemp(join(tmpdir(), "towpath-outlive-"));
    browser = await launch({ headless: true, userDataDir: join(folder, "profile"), ...options });
  });
  after(async () => {
    await browser?.close();
    if (folder) await rm(folder, { recursive: true, force: true, maxRetries: 5 });
  });

  /** Opens the page, and breaks the network while it counts; returns what it saw. */
  const outlives = (title, breakIt, mendIt) =>
    test(`${name}: ${title}`, { timeout: 90_000 }, async () => {
      await network("pass");
      const page = await browser.newPage();
      page.setDefaultTimeout(45_000);
      try {
        await page.goto(CHAT_PROXY_URL);
        await arrived(page, 10);
        await page.evaluate(() => {
          globalThis.states = [];
          new MutationObserver(() => globalThis.states.push(document.body.dataset.state)).observe(document.body, {
            attributes: true,
            attributeFilter: ["data-state"],
          });
        });
        await breakIt(page);
        await pause(BROKEN);
        await mendIt(page);
        const [down, up] = await counts(page);
        await arrived(page, Math.max(down.arrived, up.arrived) + 20);
        const after = await counts(page);
        // Ten a second were sent all the time, so what waited has come too.
        for (const count of after) {
          assert.equal(count.missing, 0);
          assert.equal(count.doubled, 0);
          assert.ok(count.arrived >= BROKEN / 100, JSON.stringify(after));
        }
        assert.deepEqual(await page.evaluate(() => globalThis.states), [], "the page was disconnected");
      } finally {
        await network("pass");
        await page.close();
      }
    });

  for (const mode of ["reject", "mute", "cut", "buffer", "flap", "blackout"]) {
    outlives(
      `nothing is lost when the network turns to "${mode}" in the middle of a conversation`,
      () => network(mode),
      () => network("pass"),
    );
  }

  outlives(
    "nothing is lost when the browser goes offline and comes back",
    (page) => page.setOfflineMode(true),
    (page) => page.setOfflineMode(false),
  );
}

/** Waits until so many events have arrived, both ways. */
function arrived(page, count) {
  return page.waitForFunction(
    (wanted) =>
      ["count-down", "count-up"].every((id) => Number(document.getElementById(id).dataset.arrived ?? 0) >= wanted),
    {},
    count,
  );
}

function counts(page) {
  return page.evaluate(() =>
    ["count-down", "count-up"].map((id) => {
      const { arrived, missing, doubled } = document.getElementById(id).dataset;
      return { arrived: Number(arrived), missing: Number(missing), doubled: Number(doubled) };
    }),
  );
}
