// How the sources become one small file.
import { fileURLToPath } from "node:url";
import { build, transform } from "esbuild";
import { RESERVED } from "./names.mjs";

export const sources = new URL("../src/", import.meta.url);
const output = { target: "es2020", charset: "utf8", legalComments: "none" };
export const common = { ...output, bundle: true, logLevel: "warning" };

/**
 * Bundled first and minified then: only in a bundle are the classes expressions, whose names take no letters.
 *
 * @param letters - of the names that are our own
 * @returns `code` and `map`
 */
export async function minify({ entryPoints, format }, letters, banner) {
  const bundle = await build({
    ...common,
    absWorkingDir: fileURLToPath(new URL("..", sources)),
    entryPoints,
    format: "esm",
    minifySyntax: true,
    mangleProps: /^_[a-z]/,
    reserveProps: RESERVED,
    mangleCache: letters,
    sourcemap: "inline",
    outfile: "dist/bundle.js",
    write: false,
  });
  return transform(bundle.outputFiles[0].text, { ...output, format, banner, minify: true, sourcemap: true });
}
