// Prints the sizes of the bundles, and fails when one that pages load has grown too large.
import { readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { gzipSync } from "node:zlib";

/** Bytes, by kind. The goal is one bundle with everything below the smaller bound; until then there are two. */
const LIMITS = { "": 10_000, resumable: 13_100 };
const dist = join(dirname(fileURLToPath(import.meta.url)), "..", "dist");
for (const [kind, limit] of Object.entries(LIMITS)) {
  for (const form of ["esm.js", "cjs", "js", "esm.min.js", "min.js"]) {
    const name = `towpath.${kind && kind + "."}${form}`;
    const file = readFileSync(join(dist, name));
    const zipped = gzipSync(file, { level: 9 }).length;
    console.log(`${name.padEnd(28)} ${String(file.length).padStart(7)} bytes, gzip ${String(zipped).padStart(6)}`);
    if (form.includes("min.") && zipped > limit) {
      console.error(`${name} is larger than ${limit} bytes`);
      process.exitCode = 1;
    }
  }
}
