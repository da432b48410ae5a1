import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";

const root = join(__dirname, "../..");

/** The sources of all tests, by the name of their file. */
const sources = new Map<string, string>();
const collect = (directory: string, deep: boolean) => {
  for (const entry of readdirSync(directory, { withFileTypes: true })) {
    const path = join(directory, entry.name);
    if (entry.isDirectory()) deep && collect(path, deep);
    else if (/\.(ts|mjs)$/.test(entry.name)) sources.set(entry.name, readFileSync(path, "utf8"));
  }
};
collect(__dirname, true);
collect(join(root, "conformance/node"), false);

interface Row {
  what: string;
  here: string;
  why: string;
}

/** The rows of the tables of a document. */
function rows(document: string): Row[] {
  const found: Row[] = [];
  for (const line of readFileSync(join(root, "docs", document), "utf8").split("\n")) {
    // `\|` is no border.
    const [, what, ...rest] = line.split(/(?<!\\)\|/).map((cell) => cell.trim());
    if (!line.startsWith("|") || /^-+$/.test(what!) || rest.includes("Here")) continue;
    found.push({ what: what!, here: rest[rest.length - 3]!, why: rest[rest.length - 2]! });
  }
  return found;
}

/** Whether a file has a test of a title. */
function exists(file: string, title: string): boolean {
  const literal = title.replace(/[.*+?^${}()|[\]\\]/g, "\\$&");
  return new RegExp(`(?<!describe)\\(\\s*"${literal}",`).test(sources.get(file) ?? "");
}

describe.each([
  ["client-behaviours.md", 90],
  ["client-parity.md", 120],
])("%s", (document, least) => {
  it("has its rows, and says yes or no in each", () => {
    const all = rows(document);
    expect(all.length).toBeGreaterThanOrEqual(least);
    expect(all.filter(({ here }) => here !== "yes" && here !== "no")).toEqual([]);
  });

  it("names tests for every yes, and they exist", () => {
    const wrong: string[] = [];
    for (const { what, here, why } of rows(document)) {
      const named = [...why.matchAll(/`([\w-]+(?:\.test)?\.(?:ts|mjs)): ([^`]+)`/g)];
      if (here === "yes" && !named.length) wrong.push(`${what}: names no test`);
      for (const [, file, title] of named) {
        if (!exists(file!, title!)) wrong.push(`${what}: ${file} has no test "${title}"`);
      }
    }
    expect(wrong).toEqual([]);
  });

  it("gives a reason for every no", () => {
    expect(rows(document).filter(({ here, why }) => here === "no" && why.length < 10)).toEqual([]);
  });
});

describe("the check of documents", () => {
  it("knows what exists from what does not", () => {
    expect(exists("documents.test.ts", "knows what exists from what does not")).toBe(true);
    expect(exists("documents.test.ts", "knows what exists")).toBe(false);
    expect(exists("nowhere.test.ts", "knows what exists from what does not")).toBe(false);
  });
});
