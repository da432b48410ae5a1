// Runs the model test over many seeds: `node scripts/model.mjs FROM TO`, or `SEED trace`, or `faults MOST`.
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { build } from "esbuild";

const absWorkingDir = join(dirname(fileURLToPath(import.meta.url)), "..");
const { outputFiles } = await build({
  absWorkingDir,
  entryPoints: ["test/model/run.ts"],
  bundle: true,
  write: false,
  platform: "node",
  format: "esm",
  target: "node20",
});
await import(`data:text/javascript;base64,${Buffer.from(outputFiles[0].contents).toString("base64")}`);
