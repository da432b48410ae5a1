// Prints what a page loads for each client: an application that imports the one name it needs, bundled by esbuild for
// browsers (es2020, minified), compressed by gzip -9. Ours and the others in one run, by the same tool.
import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { gzipSync } from "node:zlib";
import { build } from "esbuild";

const root = join(dirname(fileURLToPath(import.meta.url)), "..");
const own = JSON.parse(readFileSync(join(root, "package.json"), "utf8"));

/** What is imported, from where, and what is in it. */
const CLIENTS = [
  ...Object.keys(own.exports)
    .filter((name) => own.exports[name].import)
    .map((name) => ["io", own.name + name.slice(1), ""]),
  ["io", "./dist/towpath.esm.min.js", "the file for `<script type=module>`"],
  ["{ Socket }", "phoenix", "WebSocket, long-polling"],
  ["{ Socket }", "engine.io-client", "WebSocket, WebTransport, long-polling; no events, no reconnection"],
  ["{ io }", "socket.io-client", "the same with events, acks, reconnection"],
  ["{ HubConnectionBuilder }", "@microsoft/signalr", "WebSocket, server-sent events, long-polling"],
  ["SockJS", "sockjs-client", "WebSocket, streaming, long-polling; no reconnection"],
  ["{ Centrifuge }", "centrifuge", "WebSocket, streaming, server-sent events, WebTransport"],
];

async function measure([name, from, what]) {
  const result = await build({
    stdin: {
      contents: `import ${name} from ${JSON.stringify(from)}; globalThis.client = ${name};`,
      resolveDir: root,
    },
    bundle: true,
    minify: true,
    write: false,
    format: "esm",
    platform: "browser",
    target: "es2020",
    legalComments: "none",
    logLevel: "error",
  });
  const [{ contents }] = result.outputFiles;
  return {
    from,
    version: version(from),
    what,
    bytes: contents.length,
    zipped: gzipSync(contents, { level: 9 }).length,
  };
}

function version(from) {
  if (from.startsWith(".") || from.startsWith(own.name)) return own.version;
  // Not every package lets its package.json be required.
  const folders = createRequire(join(root, "package.json")).resolve.paths(from);
  for (const folder of folders) {
    try {
      return JSON.parse(readFileSync(join(folder, from, "package.json"), "utf8")).version;
    } catch {
      // Perhaps in the next folder.
    }
  }
  throw new Error(`${from} is not installed`);
}

const rows = await Promise.all(CLIENTS.map(measure));
const cells = [
  ["client", "version", "minified", "gzip -9", ""],
  ["---", "---", "---:", "---:", "---"],
  ...rows.map(({ from, version, what, bytes, zipped }) => [`\`${from}\``, version, `${bytes}`, `${zipped}`, what]),
];
const widths = cells[0].map((_, column) => Math.max(...cells.map((row) => row[column].length)));
for (const row of cells) console.log(`| ${row.map((cell, column) => cell.padEnd(widths[column])).join(" | ")} |`);
