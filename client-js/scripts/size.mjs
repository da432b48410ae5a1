// Prints the sizes of the bundles, and fails when the one that pages load has grown too large.
import { readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { gzipSync } from "node:zlib";

const LIMIT = 10_000;
const dist = join(dirname(fileURLToPath(import.meta.url)), "..", "dist");
for (const name of ["towpath.esm.js", "towpath.cjs", "towpath.js", "towpath.esm.min.js", "towpath.min.js"]) {
  const file = readFileSync(join(dist, name));
  const zipped = gzipSync(file, { level: 9 }).length;
  console.log(`${name.padEnd(20)} ${String(file.length).padStart(7)} bytes, gzip ${String(zipped).padStart(6)}`);
  if (name.includes(".min.") && zipped > LIMIT) {
    console.error(`${name} is larger than ${LIMIT} bytes`);
    process.exitCode = 1;
  }
}
