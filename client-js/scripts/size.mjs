// Prints the sizes of the bundles, and of what a page gets whose own bundler takes the package in; fails when one of them
// has grown too large.
import { readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { gzipSync } from "node:zlib";
import { build } from "esbuild";

/** Bytes, by kind. The goal is one bundle with everything below 10,000; until then there are two. */
const LIMITS = { "": 9_000, resumable: 11_500 };
const root = join(dirname(fileURLToPath(import.meta.url)), "..");

function print(name, file, limit) {
  const zipped = gzipSync(file, { level: 9 }).length;
  console.log(`${name.padEnd(44)} ${String(file.length).padStart(7)} bytes, gzip ${String(zipped).padStart(6)}`);
  if (zipped > limit) {
    console.error(`${name} is larger than ${limit} bytes`);
    process.exitCode = 1;
  }
}

for (const [kind, limit] of Object.entries(LIMITS)) {
  for (const form of ["esm.js", "cjs", "js", "esm.min.js", "min.js"]) {
    const name = `towpath.${kind && kind + "."}${form}`;
    print(name, readFileSync(join(root, "dist", name)), form.includes("min.") ? limit : Infinity);
  }
  const from = `towpath-client${kind && "/" + kind}`;
  const { outputFiles } = await build({
    stdin: { contents: `import { io } from "${from}"; io();`, resolveDir: root },
    bundle: true,
    minify: true,
    format: "esm",
    target: "es2020",
    write: false,
  });
  print(`import { io } from "${from}"`, outputFiles[0].contents, limit);
}
