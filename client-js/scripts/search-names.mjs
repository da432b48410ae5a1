// `npm run names`: looks for letters that make the minified files smaller, and writes them to names.json. Which letter a
// name has means nothing to the program and something to gzip. To be run when the sources have changed much.
import { readFileSync, writeFileSync } from "node:fs";
import { gzipSync } from "node:zlib";
import { minify, sources } from "./minify.mjs";
import { ownNames, shortNames } from "./names.mjs";

const SECONDS = Number(process.argv[2] ?? 60);
const file = new URL("names.json", import.meta.url);
const own = ownNames(sources);
const names = Object.keys(own.rivals);
const before = shortNames(own, JSON.parse(readFileSync(file, "utf8")));

// Minified once, with a mark for each name; letters are then put in their places.
const marks = Object.fromEntries(names.map((name, i) => [name, `$$${i}$$`]));
const { code } = await minify({ entryPoints: ["src/resumable.ts"], format: "esm" }, marks);
const pieces = code.split(/\$\$(\d+)\$\$/).map((piece, i) => (i % 2 ? names[piece] : piece));
const size = (cache) =>
  gzipSync(pieces.map((piece, i) => (i % 2 ? cache[piece] : piece)).join(""), { level: 9 }).length;

// The same every time: numbers of a linear congruence.
let seed = 1;
const random = (end) => Math.floor(((seed = (seed * 1103515245 + 12345) % 2 ** 31) / 2 ** 31) * end);

/** Gives a name another letter; its rivals that have that letter get the one it had, and so on. */
function change(cache, name, letter) {
  const old = cache[name];
  const changed = { ...cache, [name]: letter };
  const rest = [name];
  for (let next; (next = rest.pop());) {
    for (const rival of own.rivals[next]) {
      if (changed[rival] !== changed[next]) continue;
      changed[rival] = changed[next] === letter ? old : letter;
      rest.push(rival);
    }
  }
  return changed;
}

let [now, best] = [before, before];
let [nowBytes, bytes] = [size(before), size(before)];
console.log(`${bytes} bytes before`);
const begin = Date.now();
for (let share; (share = (Date.now() - begin) / 1000 / SECONDS) < 1;) {
  const name = names[random(names.length)];
  const letter = own.letters[random(1 + random(own.letters.length / 2))];
  if (letter === now[name]) continue;
  const changed = change(now, name, letter);
  const changedBytes = size(changed);
  // What is a little worse may lead to what is better, at the beginning.
  if (changedBytes > nowBytes + random(4 * (1 - share))) continue;
  [now, nowBytes] = [changed, changedBytes];
  if (nowBytes < bytes) [best, bytes] = [now, nowBytes];
}
console.log(`${bytes} bytes after`);
writeFileSync(file, JSON.stringify(Object.fromEntries(Object.entries(best).sort()), null, 2) + "\n");
