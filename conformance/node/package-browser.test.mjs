// The pages that package.test.mjs has made of the client's package, in a real browser.

import assert from "node:assert/strict";
import { test } from "node:test";
import { BROWSER, isMeantToFail, startBrowser } from "./browser.mjs";

const { SITE, SCREENSHOTS } = process.env;

const browser = startBrowser();

for (const app of ["vite/react", "vite/vue", "vite/svelte", "esbuild", "webpack", "script"]) {
  test(`${BROWSER}: the page ${app} connects, and shows what comes back`, { timeout: 40_000 }, async () => {
    const context = await browser().createBrowserContext();
    const page = await context.newPage();
    page.setDefaultTimeout(15_000);
    const errors = [];
    page.on("pageerror", ({ message }) => isMeantToFail(message) || errors.push(message));
    page.on("console", (message) => message.type() === "error" && errors.push(message.text()));
    try {
      await page.goto(`${SITE}/apps/${app}/index.html`);
      const says = (text) =>
        page.waitForFunction((wanted) => document.body.innerText.includes(wanted), { polling: 50 }, text);
      await page.waitForFunction(() => document.querySelector("#state").textContent === "connected", { polling: 50 });
      for (const note of ["note 1", "note 2", "note 3"]) {
        await page.click("button");
        await says(note);
      }
      assert.equal(await page.$$eval("li", (items) => items.length), 3);
      if (SCREENSHOTS) await page.screenshot({ path: `${SCREENSHOTS}/${BROWSER}-${app.replace("/", "-")}.png` });
      assert.deepEqual(errors, []);
    } finally {
      await context.close();
    }
  });
}
