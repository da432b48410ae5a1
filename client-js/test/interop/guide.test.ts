import { readFileSync } from "node:fs";
import { format } from "node:util";
import { transform } from "esbuild";
import ts from "typescript";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import WebSocket from "ws";
// @ts-ignore: the bundle is built before these tests run, and typed by its sources
import * as bundle from "../../dist/towpath.esm.js";
import type * as Client from "../../src/index.js";
import { ReferenceServer } from "./reference-server.js";

const { io } = bundle as typeof Client;
const guide = readFileSync(new URL("../../../docs/client.md", import.meta.url), "utf8");

/** The examples of the guide, by the headings that they stand under. */
const examples = [...guide.matchAll(/^## (.*)\n+```(js|ts)\n([^]*?)^```$/gm)].map(([, title, language, code]) => ({
  title: title!,
  language: language as "js" | "ts",
  code: code!,
  prints: [...code!.matchAll(/\/\/ prints: (.*)$/gm)].map(([, text]) => text!),
}));

let server: ReferenceServer;
beforeAll(async () => {
  server = await ReferenceServer.start();
  server.io.on("connection", (socket) => {
    socket.on("echo", (value, answer) => answer(value));
    socket.on("say", (...args) => server.io.emit("said", ...args));
  });
  server.io.of("/secret").use((socket, next) => {
    const { token } = socket.handshake.auth;
    next(token === "open sesame" ? undefined : Object.assign(new Error("not allowed"), { data: { code: 401 } }));
  });
});
afterAll(() => server.stop());

const AsyncFunction = (async () => {}).constructor as new (...args: string[]) => (...args: unknown[]) => Promise<void>;

describe("the guide", () => {
  it("has an example under every heading but the last", () => {
    const titles = [...guide.matchAll(/^## (.*)$/gm)].map(([, title]) => title);
    expect(examples.map(({ title }) => title)).toEqual(titles.slice(0, -1));
    for (const { title, prints } of examples) expect(prints, title).not.toEqual([]);
  });

  it.each(examples)("runs as it stands: $title", async ({ language, code, prints }) => {
    const body = code.replace(/^import .*$/gm, "");
    const { code: script } = await transform(`async () => {\n${body}\n}`, { loader: language });
    const printed: string[] = [];
    const ended = new Promise<void>((resolve) => {
      const open: typeof io = (address, options) => {
        const local = String(address).replace("https://example.com", `http://127.0.0.1:${server.port}`);
        // Node 20 has no WebSocket; a page has.
        const socket = io(local, { forceNew: true, WebSocket: WebSocket as any, ...options });
        socket.on("disconnect", (reason) => reason === "io client disconnect" && setTimeout(resolve, 20));
        return socket as any;
      };
      const log = { log: (...args: unknown[]) => printed.push(format(...args)) };
      new AsyncFunction("io", "console", "WebSocket", `return (${script.replace(/;\s*$/, "")})()`)(
        open,
        log,
        WebSocket,
      );
    });
    await ended;
    // In the order of time; in the text they stand where they are written.
    expect(printed.sort()).toEqual([...prints].sort());
  });

  it("has examples in TypeScript that compile, and whose mistakes do not", () => {
    const name = new URL("../guide-example.mts", import.meta.url).pathname;
    const host = ts.createCompilerHost({});
    const { getSourceFile, fileExists } = host;
    const code = examples.filter(({ language }) => language === "ts").map((each) => each.code);
    expect(code).toHaveLength(1);
    host.fileExists = (path) => path === name || fileExists(path);
    host.getSourceFile = (path, version) =>
      path === name ? ts.createSourceFile(path, code.join("\n"), version) : getSourceFile(path, version);
    const options: ts.CompilerOptions = {
      module: ts.ModuleKind.NodeNext,
      target: ts.ScriptTarget.ES2022,
      lib: ["lib.es2022.d.ts", "lib.dom.d.ts"],
      types: [],
      strict: true,
      noEmit: true,
      skipDefaultLibCheck: true,
    };
    const program = ts.createProgram([name], options, host);
    const problems = ts.getPreEmitDiagnostics(program).map(({ messageText }) => messageText);
    expect(problems).toEqual([]);
  });
});

describe("the page for those who come from socket.io-client", () => {
  const page = readFileSync(new URL("../../../docs/migrating-from-socket-io-client.md", import.meta.url), "utf8");
  const declared = readFileSync(new URL("../../dist/towpath.d.ts", import.meta.url), "utf8");
  const names = (text: string) => [...text.matchAll(/`(\w+)`/g)].map(([, name]) => name!);

  it("says of no name that it is there when it is not", () => {
    const same = names(/## The same\n([^]*?)\n## /.exec(page)![1]!);
    expect(same.length).toBeGreaterThan(30);
    expect(same.filter((name) => !new RegExp(`\\b${name}\\b`).test(declared))).toEqual([]);
  });

  it("says of no name that it is not there when it is", () => {
    const gone = [...page.matchAll(/^\| (.*?) \| not there.*$/gm)].flatMap(([, first]) => names(first!));
    expect(gone).toContain("autoUnref");
    const member = (name: string) => new RegExp(`^\\s+${name}\\??[:(<]`, "m").test(declared);
    expect(member("withCredentials") && member("emitWithAck")).toBe(true);
    expect(gone.filter(member)).toEqual([]);
  });
});
