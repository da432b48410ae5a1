// Builds dist/: bundles, source maps and declarations. The same sources give the same bytes, wherever they lie.
import { execFileSync } from "node:child_process";
import { mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { build } from "esbuild";

const root = join(dirname(fileURLToPath(import.meta.url)), "..");
process.chdir(root);
const { version } = JSON.parse(readFileSync("package.json", "utf8"));
rmSync("dist", { recursive: true, force: true });
mkdirSync("dist");

const common = {
  absWorkingDir: root,
  bundle: true,
  target: "es2020",
  charset: "utf8",
  sourcemap: true,
  legalComments: "none",
  banner: { js: `/* Towpath client ${version}, Apache-2.0 */` },
  logLevel: "warning",
};
// Names that begin with an underscore are our own; `_placeholder` and `__esModule` belong to others.
const minified = { minify: true, mangleProps: /^_[a-z]/, reserveProps: /^_placeholder$/ };
const esm = { entryPoints: ["src/index.ts"], format: "esm" };
const script = {
  entryPoints: ["src/callable.ts"],
  format: "iife",
  globalName: "io",
  footer: { js: "io = io.default;" },
};
const cjs = {
  entryPoints: ["src/callable.ts"],
  format: "cjs",
  footer: { js: "module.exports = module.exports.default;" },
};
await Promise.all([
  build({ ...common, ...esm, outfile: "dist/towpath.esm.js" }),
  build({ ...common, ...esm, ...minified, outfile: "dist/towpath.esm.min.js" }),
  build({ ...common, ...cjs, outfile: "dist/towpath.cjs" }),
  build({ ...common, ...script, outfile: "dist/towpath.js" }),
  build({ ...common, ...script, ...minified, outfile: "dist/towpath.min.js" }),
]);

// Declarations: one self-contained file, which serves import and require alike.
const types = "dist/types";
const tsc = createRequire(import.meta.url).resolve("typescript/bin/tsc");
execFileSync(process.execPath, [tsc, "-p", "tsconfig.build.json", "--outDir", types], { stdio: "inherit" });
const seen = new Set();
const pieces = [];
const collect = (name) => {
  if (seen.has(name)) return;
  seen.add(name);
  const text = readFileSync(join(types, `${name}.d.ts`), "utf8");
  for (const [, other] of text.matchAll(/from "\.\/([\w-]+)\.js"/g)) collect(other);
  if (name !== "index") pieces.push(text);
};
collect("index");
const index = readFileSync(join(types, "index.d.ts"), "utf8");
const exported = [...index.matchAll(/^export (?:type )?\{([^}]*)\}/gm)].flatMap(([, names]) =>
  names.split(",").map((name) => name.replace(/\btype\b/, "").trim()),
);
const declarations = [...pieces, index]
  .join("\n")
  .replace(/^import .*;\n/gm, "")
  .replace(/^export (?:type )?\{[^}]*\}.*;\n/gm, "")
  .replace(/^export default .*;\n/gm, "")
  .replace(/^export (?=declare|interface|type)/gm, "")
  .replace(/^\/\/# sourceMappingURL.*\n/gm, "");
const end = `export { io, ${exported.filter(Boolean).join(", ")} };\nexport default io;\n`;
for (const file of ["dist/towpath.d.ts", "dist/towpath.d.cts"]) writeFileSync(file, declarations + end);
rmSync(types, { recursive: true });

await import("./size.mjs");
