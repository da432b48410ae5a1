// Runs the model test over many seeds: `node scripts/model.mjs FROM TO`, or `SEED trace`, or `faults MOST`. With `short`
// before it, over the code as it is in the minified bundles: with the short names that classes share.
import { readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { build } from "esbuild";
import { sources } from "./minify.mjs";
import { ownNames, RESERVED, shortNames } from "./names.mjs";

const absWorkingDir = join(dirname(fileURLToPath(import.meta.url)), "..");
const short = process.argv[2] === "short";
if (short) process.argv.splice(2, 1);
const letters = () =>
  shortNames(ownNames(sources), JSON.parse(readFileSync(join(absWorkingDir, "scripts/names.json"))));
const { outputFiles } = await build({
  absWorkingDir,
  entryPoints: ["test/model/run.ts"],
  bundle: true,
  write: false,
  platform: "node",
  format: "esm",
  target: "node20",
  ...(short && { minify: true, mangleProps: /^_[a-z]/, reserveProps: RESERVED, mangleCache: letters() }),
});
await import(`data:text/javascript;base64,${Buffer.from(outputFiles[0].contents).toString("base64")}`);
