import { readdirSync, readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { basename } from "node:path";
import { fileURLToPath } from "node:url";
import { runInContext, createContext } from "node:vm";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import ts from "typescript";
import WebSocket from "ws";
import type * as Client from "../../src/index.js";
import { happens, ReferenceServer } from "./reference-server.js";

const dist = new URL("../../dist/", import.meta.url);
const read = (name: string) => readFileSync(new URL(name, dist), "utf8");
const script = (name: string) => () => {
  const page = createContext({
    setTimeout,
    clearTimeout,
    queueMicrotask,
    URLSearchParams,
    AbortController,
    WebSocket,
  });
  runInContext(read(name), page);
  return page.io;
};
type Bundle = typeof Client.io & typeof Client;
const bundles: Record<string, () => Promise<Bundle> | Bundle> = {
  "towpath.esm.js": () => import(new URL("towpath.esm.js", dist).href),
  "towpath.esm.min.js": () => import(new URL("towpath.esm.min.js", dist).href),
  "towpath.cjs": () => createRequire(import.meta.url)("towpath-client"),
  "towpath.js": script("towpath.js"),
  "towpath.min.js": script("towpath.min.js"),
  "towpath.resumable.esm.js": () => import(new URL("towpath.resumable.esm.js", dist).href),
  "towpath.resumable.esm.min.js": () => import(new URL("towpath.resumable.esm.min.js", dist).href),
  "towpath.resumable.cjs": () => createRequire(import.meta.url)("towpath-client/resumable"),
  "towpath.resumable.js": script("towpath.resumable.js"),
  "towpath.resumable.min.js": script("towpath.resumable.min.js"),
};

let server: ReferenceServer;
beforeAll(async () => {
  server = await ReferenceServer.start();
});
afterAll(() => server.stop());

describe.each(Object.entries(bundles))("the bundle %s", (name, load) => {
  it("connects, and exports what it should", async () => {
    const bundle = await load();
    const socket = bundle.io(`http://127.0.0.1:${server.port}`, {
      transports: ["websocket"],
      WebSocket: WebSocket as any,
      forceNew: true,
    });
    await happens(socket, "connect");
    socket.disconnect();
    expect(socket).toBeInstanceOf(bundle.Socket);
    expect(bundle.Manager).toBe(bundle.Connection);
    expect(bundle.connect).toBe(bundle.io);
    expect(bundle.protocol).toBe(5);
    expect(typeof bundle).toBe(name.includes("esm") ? "object" : "function");
  });

  it("has a source map without paths of this machine", () => {
    const map = JSON.parse(read(`${name}.map`));
    expect(read(name)).toContain(`//# sourceMappingURL=${name}.map`);
    for (const source of map.sources) expect(source).toMatch(/^\.\.\/src\/[\w-]+\.ts$/);
    expect(map.sourceRoot).toBeUndefined();
  });

  it("asks for a resumable session if it is the bundle that can have one", async () => {
    const bundle = await load();
    const asked: string[] = [];
    const socket = bundle.io("http://127.0.0.1:1", {
      transports: ["polling"],
      reconnection: false,
      forceNew: true,
      fetch: async (url: any) => {
        asked.push(String(url));
        throw new Error("no network");
      },
    });
    await happens(socket, "connect_error");
    expect(asked[0]!.includes("towpath=1")).toBe(name.includes("resumable"));
  });

  it("keeps the name of the placeholder, which is part of the protocol", () => {
    expect(read(name)).toContain("_placeholder");
  });
});

describe("the declarations", () => {
  it("are self-contained, and do not show what is internal", () => {
    for (const name of ["towpath.d.ts", "towpath.d.cts"]) {
      const text = read(name);
      expect(text).not.toMatch(/from ["']|import\(/);
      expect(text).not.toMatch(/@internal/);
      expect(text).toMatch(/export default io;/);
    }
  });

  it("serve programs written as ES modules, and as CommonJS", () => {
    const use = `
      const socket: Socket<{ a: (n: number) => void }, {}> = io("x");
      socket.on("a", (n) => n.toFixed()).io.on("transport", ({ reason }) => reason === "cut");
      const wrong: string = new Manager().engine.explain()[0]!.ms;`;
    const sources: Record<string, string> = {
      "consumer.mts": `import io, { type Socket, Manager } from "towpath-client"; ${use}`,
      "consumer.cts": `import { io, type Socket, Manager } from "towpath-client"; ${use}`,
    };
    const options: ts.CompilerOptions = {
      module: ts.ModuleKind.Node16,
      target: ts.ScriptTarget.ES2020,
      lib: ["lib.es2020.d.ts", "lib.dom.d.ts"],
      types: [],
      strict: true,
      noEmit: true,
      skipDefaultLibCheck: true,
    };
    const host = ts.createCompilerHost(options);
    const { fileExists, getSourceFile } = host;
    host.fileExists = (path) => basename(path) in sources || fileExists(path);
    host.getSourceFile = (path, version) => {
      const source = sources[basename(path)];
      return source ? ts.createSourceFile(path, source, version) : getSourceFile(path, version);
    };
    const roots = Object.keys(sources).map((name) => fileURLToPath(new URL(`../${name}`, import.meta.url)));
    const program = ts.createProgram(roots, options, host);
    const problems = ts.getPreEmitDiagnostics(program).map(({ messageText }) => messageText);
    expect(problems).toEqual(Array(2).fill("Type 'number' is not assignable to type 'string'."));
    const used = program.getSourceFiles().map(({ fileName }) => basename(fileName));
    expect(used).toEqual(expect.arrayContaining(["towpath.d.ts", "towpath.d.cts"]));
  });

  it("lie beside the bundles, and nothing else does", () => {
    const maps = Object.keys(bundles).map((name) => `${name}.map`);
    expect(readdirSync(dist).sort()).toEqual(
      [...Object.keys(bundles), ...maps, "towpath.d.ts", "towpath.d.cts"].sort(),
    );
  });
});
