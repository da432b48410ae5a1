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
/** One set of bundles for each entry: without and with sessions that outlive their transports. */
const bundles = ["", "resumable"].flatMap((kind) => {
  const name = `dist/towpath${kind && "." + kind}`;
  const callable = { entryPoints: [`src/callable${kind && "-" + kind}.ts`] };
  const esm = { ...common, entryPoints: [`src/${kind || "index"}.ts`], format: "esm" };
  const script = { ...common, ...callable, format: "iife", globalName: "io", footer: { js: "io = io.default;" } };
  const cjs = { ...common, ...callable, format: "cjs", footer: { js: "module.exports = module.exports.default;" } };
  return [
    build({ ...esm, outfile: `${name}.esm.js` }),
    build({ ...esm, ...minified, outfile: `${name}.esm.min.js` }),
    build({ ...cjs, outfile: `${name}.cjs` }),
    build({ ...script, outfile: `${name}.js` }),
    build({ ...script, ...minified, outfile: `${name}.min.js` }),
  ];
});
await Promise.all(bundles);

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
