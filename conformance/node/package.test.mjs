// The file that `npm pack` writes: what is in it, that Node and TypeScript take it as it is, and that bundlers make
// pages of it. The pages are left in the folder APPS, where package-browser.test.mjs opens them.

import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { cpSync, existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { homedir, tmpdir } from "node:os";
import { basename, join } from "node:path";
import { after, before, test } from "node:test";
import { fileURLToPath } from "node:url";

const { APPS, SITE } = process.env;
const repository = fileURLToPath(new URL("../..", import.meta.url));
const source = join(repository, "client-js");
const folder = mkdtempSync(join(tmpdir(), "towpath-package-"));
/** The package unpacked, where the example's package.json expects the client; and a copy of the example beside it. */
const unpacked = join(folder, "client-js");
const web = join(folder, "examples", "web");

const run = (cwd, program, ...args) => execFileSync(program, args, { cwd, encoding: "utf8", stdio: "pipe" });
let packed;

before(() => {
  [packed] = JSON.parse(run(source, "npm", "pack", "--json", "--ignore-scripts", "--pack-destination", folder));
  mkdirSync(unpacked);
  run(folder, "tar", "-xzf", basename(packed.filename), "-C", unpacked, "--strip-components=1");
  const ours = (path) => !/[/\\](node_modules|dist)$/.test(path);
  cpSync(join(repository, "examples", "web"), web, { recursive: true, filter: ours });
  run(web, "npm", "ci", "--no-progress", "--prefer-offline");
});
after(() => rmSync(folder, { recursive: true, force: true }));

// --- the file ---

test("the package holds the bundles, their maps and declarations, and nothing else", () => {
  const wanted = [
    "LICENSE",
    "README.md",
    "package.json",
    ...readdirSync(join(source, "dist")).map((name) => `dist/${name}`),
  ];
  assert.deepEqual(packed.files.map(({ path }) => path).sort(), wanted.sort());
  for (const { path } of packed.files)
    assert.match(path, /^(LICENSE|README\.md|package\.json|dist\/[\w.]+\.(js|cjs|d\.ts|d\.cts|map))$/);
});

test("every file that package.json names is there, and types come first", () => {
  const json = JSON.parse(readFileSync(join(unpacked, "package.json"), "utf8"));
  const named = [json.main, json.module, json.types, json.unpkg, json.jsdelivr];
  const walk = (conditions) => {
    if (typeof conditions === "string") return named.push(conditions);
    const names = Object.keys(conditions);
    if (names.includes("types")) assert.equal(names[0], "types");
    if (names.includes("default")) assert.equal(names.at(-1), "default");
    Object.values(conditions).forEach(walk);
  };
  walk(json.exports);
  for (const name of named.filter((each) => !each.includes("*"))) assert.ok(existsSync(join(unpacked, name)), name);
  assert.equal(json.dependencies, undefined);
  for (const script of ["preinstall", "install", "postinstall", "prepare"])
    assert.equal(json.scripts?.[script], undefined);
});

test("the maps hold the sources, and no file a path of the machine that built it", () => {
  for (const { path } of packed.files) {
    const text = readFileSync(join(unpacked, path), "utf8");
    for (const trace of [repository, homedir() + "/", "node_modules"]) {
      assert.ok(path === "README.md" || !text.includes(trace), `${path} has ${trace}`);
    }
    if (!path.endsWith(".map")) continue;
    const { sources, sourcesContent } = JSON.parse(text);
    assert.equal(sourcesContent.filter(Boolean).length, sources.length, path);
  }
});

// --- Node ---

/** Connects, asks and leaves; the package `ws` for the WebSocket that Node 20 does not have. */
const PROGRAM = `
  const socket = io(${JSON.stringify(SITE)}, { ...options, reconnection: false });
  socket.on("connect_error", (error) => { console.log(error.message); process.exit(1); });
  socket.on("connect", async () => {
    const [answer, carrier] = [await socket.emitWithAck("echo", Uint8Array.of(1, 2)), await socket.emitWithAck("carried by")];
    console.log(carrier, [...new Uint8Array(answer)]);
    socket.disconnect();
  });`;
const programs = {
  "an ES module": [".mjs", (name) => `import ${name === "ws" ? "WebSocket" : "{ io }"} from "${name}";`],
  CommonJS: [".cjs", (name) => `const ${name === "ws" ? "WebSocket" : "{ io }"} = require("${name}");`],
};
for (const [title, [ending, load]] of Object.entries(programs)) {
  test(`Node runs it as ${title}, with a WebSocket constructor as an option`, () => {
    const file = join(web, `websocket${ending}`);
    writeFileSync(
      file,
      `${load("ws")}\n${load("towpath-client")}\nconst options = { WebSocket, transports: ["websocket"] };${PROGRAM}`,
    );
    assert.equal(run(web, process.execPath, file), "websocket [ 1, 2 ]\n");
  });

  test(`Node runs it as ${title}, over long-polling without any option`, () => {
    const file = join(web, `polling${ending}`);
    writeFileSync(file, `${load("towpath-client")}\nconst options = { transports: ["polling"] };${PROGRAM}`);
    assert.equal(run(web, process.execPath, file), "polling [ 1, 2 ]\n");
  });
}

if ("WebSocket" in globalThis) {
  test("Node uses the WebSocket that it has", () => {
    const file = join(web, "native.mjs");
    writeFileSync(
      file,
      `import { io } from "towpath-client";\nconst options = { transports: ["websocket"] };${PROGRAM}`,
    );
    assert.equal(run(web, process.execPath, file), "websocket [ 1, 2 ]\n");
  });
}

// --- TypeScript ---

const USE = `
  interface ServerEvents { news: (title: string) => void }
  interface ClientEvents { ask: (what: string, answer: (n: number) => void) => void }
  const socket: Socket<ServerEvents, ClientEvents> = io("https://example.com");
  socket.on("news", (title) => title.toUpperCase());
  socket.emitWithAck("ask", "what").then((n) => n.toFixed());
  // @ts-expect-error the server sends no such event
  socket.on("olds", () => {});`;
const MODULE = `import io, { type Socket, Manager } from "towpath-client";${USE}\nnew Manager("https://example.com");`;
const settings = {
  "node16 as ES module": ["types.mts", MODULE, "--module", "node16"],
  "node16 as CommonJS": ["types.cts", `import { io, type Socket } from "towpath-client";${USE}`, "--module", "node16"],
  "node16 as CommonJS with require": [
    "required.cts",
    `import client = require("towpath-client");\nconst socket = client.io("x");\nsocket.id?.trim();\n// @ts-expect-error no number\nconst n: number = socket.nsp;`,
    "--module",
    "node16",
  ],
  nodenext: ["next.mts", MODULE, "--module", "nodenext"],
  bundler: ["bundled.ts", MODULE, "--module", "esnext", "--moduleResolution", "bundler"],
};
for (const [title, [file, text, ...options]] of Object.entries(settings)) {
  test(`TypeScript finds its types with ${title}`, () => {
    writeFileSync(join(web, file), text);
    const tsc = createRequire(join(source, "package.json")).resolve("typescript/bin/tsc");
    const strict = ["--noEmit", "--strict", "--target", "es2020", "--lib", "es2020,dom", "--ignoreConfig"];
    const print = { cwd: web, encoding: "utf8", stdio: "pipe" };
    let problems = "";
    try {
      execFileSync(process.execPath, [tsc, ...strict, ...options, file], print);
    } catch ({ stdout }) {
      problems = stdout;
    }
    assert.equal(problems, "");
  });
}

// --- bundlers ---

test("Vite builds the pages for React, Vue and Svelte", () => {
  run(
    web,
    join(web, "node_modules", ".bin", "vite"),
    "build",
    "--logLevel",
    "warn",
    "--outDir",
    join(APPS, "vite"),
    "--emptyOutDir",
  );
  for (const name of ["react", "vue", "svelte"]) assert.ok(existsSync(join(APPS, "vite", name, "index.html")), name);
});

test("esbuild bundles it", async () => {
  const { build } = createRequire(join(web, "package.json"))("esbuild");
  const outfile = join(APPS, "esbuild", "bundle.js");
  const { warnings } = await build({
    entryPoints: [join(web, "bundler", "main.js")],
    bundle: true,
    minify: true,
    outfile,
  });
  assert.deepEqual(warnings, []);
  cpSync(join(web, "bundler", "index.html"), join(APPS, "esbuild", "index.html"));
});

test("webpack bundles it", async () => {
  const webpack = createRequire(join(web, "package.json"))("webpack");
  const output = { path: join(APPS, "webpack"), filename: "bundle.js" };
  const entry = join(web, "bundler", "main.js");
  const stats = await new Promise((done, fail) =>
    webpack({ mode: "production", context: web, entry, output }, (error, result) =>
      error ? fail(error) : done(result),
    ),
  );
  assert.deepEqual(stats.toJson({ errors: true, warnings: true }).errors, []);
  assert.deepEqual(stats.toJson({ errors: true, warnings: true }).warnings, []);
  cpSync(join(web, "bundler", "index.html"), join(APPS, "webpack", "index.html"));
});

test("a page without a bundler takes one file of it", () => {
  cpSync(join(web, "script"), join(APPS, "script"), { recursive: true });
  cpSync(join(unpacked, "dist", "towpath.min.js"), join(APPS, "script", "towpath.min.js"));
});
