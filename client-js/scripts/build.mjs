// Builds dist/: bundles, source maps and declarations. The same sources give the same bytes, wherever they lie.
import { execFileSync } from "node:child_process";
import { mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { basename, dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { build } from "esbuild";
import { common, minify, sources } from "./minify.mjs";
import { ownNames, shortNames } from "./names.mjs";

const root = join(dirname(fileURLToPath(import.meta.url)), "..");
process.chdir(root);
const { version } = JSON.parse(readFileSync("package.json", "utf8"));
rmSync("dist", { recursive: true, force: true });
mkdirSync("dist");

const banner = `/* Towpath client ${version}, Apache-2.0 */`;
const letters = shortNames(ownNames(sources), JSON.parse(readFileSync("scripts/names.json", "utf8")));
const short = async (options, outfile, readable) => {
  const { code, map } = await minify(options, letters, { banner, readable });
  writeFileSync(outfile, `${code}\n//# sourceMappingURL=${basename(outfile)}.map\n`);
  writeFileSync(`${outfile}.map`, map);
};
const long = (options, outfile) =>
  build({ ...common, ...options, absWorkingDir: root, sourcemap: true, banner: { js: banner }, outfile });
/** One set of bundles for each entry: without and with sessions that outlive their transports. */
const bundles = ["", "resumable"].flatMap((kind) => {
  const name = `dist/towpath${kind && "." + kind}`;
  const esm = { entryPoints: [`src/${kind || "index"}.ts`], format: "esm" };
  const script = { entryPoints: [`src/script${kind && "-" + kind}.ts`], format: "iife" };
  const cjs = {
    entryPoints: [`src/callable${kind && "-" + kind}.ts`],
    format: "cjs",
    footer: { js: "module.exports = module.exports.default;" },
  };
  return [
    // Short names here too: those who bundle it minify what it says, and cannot know which names are our own.
    short(esm, `${name}.esm.js`, true),
    short(esm, `${name}.esm.min.js`),
    long(cjs, `${name}.cjs`),
    long(script, `${name}.js`),
    short(script, `${name}.min.js`),
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
