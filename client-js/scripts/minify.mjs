// How the sources become one small file.
import { fileURLToPath } from "node:url";
import { build, transform } from "esbuild";
import { minify as compress } from "terser";
import { RESERVED } from "./names.mjs";

export const sources = new URL("../src/", import.meta.url);
export const common = { bundle: true, target: "es2020", charset: "utf8", legalComments: "none", logLevel: "warning" };

/**
 * Bundled first and compressed then: only in a bundle are the classes expressions, whose names take no letters.
 *
 * @param letters - of the names that are our own
 * @param readable - keeps lines and local names, for those who bundle it again
 * @returns `code` and `map`
 */
export async function minify({ entryPoints, format, footer }, letters, { banner = "", readable = false } = {}) {
  const bundle = await build({
    ...common,
    absWorkingDir: fileURLToPath(new URL("..", sources)),
    entryPoints,
    format: "esm",
    footer,
    minifySyntax: true,
    mangleProps: /^_[a-z]/,
    reserveProps: RESERVED,
    mangleCache: letters,
    sourcemap: "inline",
    outfile: "dist/bundle.js",
    write: false,
  });
  const [{ text }] = bundle.outputFiles;
  const { code, map } = await transform(text, {
    target: "es2020",
    charset: "utf8",
    minify: !readable,
    sourcemap: true,
    sourcefile: "bundle.js",
  });
  return compress(code, {
    ecma: 2020,
    module: true,
    enclose: format === "iife",
    compress: { passes: 3, pure_getters: true, hoist_funs: true, lhs_constants: false },
    mangle: !readable,
    format: { beautify: readable, comments: false, preamble: banner },
    sourceMap: { content: map },
  });
}
