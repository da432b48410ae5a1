// A real browser for a script: started once, with a profile of its own, and what its tests share.

import { accessSync, constants } from "node:fs";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before } from "node:test";
import { launch } from "puppeteer-core";

/** `chrome` or `firefox`. */
export const BROWSER = process.env.BROWSER || "chrome";

const PROGRAMS = {
  chrome: { package: "chromium", path: process.env.CHROMIUM || "/usr/bin/chromium" },
  firefox: { package: "firefox-esr", path: process.env.FIREFOX || "/usr/bin/firefox-esr" },
};
const FLAGS = {
  chrome: [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
  ],
  firefox: [],
};

/**
 * Starts the browser before the tests of the script and closes it after them.
 *
 * @param options of puppeteer's, besides those that every test needs
 * @returns a function that returns the browser
 */
export function startBrowser(options = {}) {
  let browser;
  let folder;
  before(async () => {
    const program = PROGRAMS[BROWSER];
    try {
      accessSync(program.path, constants.X_OK);
    } catch {
      throw new Error(
        `Missing: ${program.package} (${program.path}). To install it: apt-get update && apt-get install -y --no-install-recommends ${program.package}`,
      );
    }
    folder = await mkdtemp(join(tmpdir(), "towpath-browser-"));
    browser = await launch({
      browser: BROWSER,
      executablePath: program.path,
      headless: true,
      args: FLAGS[BROWSER],
      userDataDir: join(folder, "profile"),
      ...options,
    });
  });
  after(async () => {
    await browser?.close();
    if (folder) await rm(folder, { recursive: true, force: true, maxRetries: 5 });
  });
  return () => browser;
}

/** Asks the control port of the site; see BrowserSite. */
export async function control(path) {
  const response = await fetch(process.env.SITE_CONTROL + path, { method: "POST" });
  const text = await response.text();
  if (!response.ok) throw new Error(`${path}: ${response.status} ${text}`);
  return text;
}

/** Firefox reports every connection that fails as an error of the page, and where it is meant to that is none. */
export const isMeantToFail = (message) =>
  /^(Firefox can’t establish a connection|The connection to ws:\S+ was interrupted)/.test(message);
