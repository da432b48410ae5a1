// Short names for our own properties, those that begin with an underscore: one letter each, mostly.
// Two share a letter unless some class, interface or object literal has both, its parents' members included.
import { readdirSync, readFileSync } from "node:fs";
import ts from "typescript";

/** Those that minified locals have as well, in about their order: the fewer different letters, the smaller the file. */
const LETTERS = "etsihnrocapdflguymbkwxjqzETSINRAHPCFLGUYDBMKOVWXJQZ_$";
const OWN = /^_[a-z]/;
/** A name of the protocol that looks like our own. */
export const RESERVED = /^_placeholder$/;

/**
 * @param directory - of the sources
 * @returns `letters` that may be used, and `rivals`: for each name, the most frequent first, those that need another
 */
export function ownNames(directory) {
  const uses = new Map();
  const types = new Map();
  const groups = [];
  const foreign = new Set();
  const visit = (node) => {
    if (ts.isIdentifier(node)) {
      if (OWN.test(node.text) && !RESERVED.test(node.text)) uses.set(node.text, (uses.get(node.text) ?? 0) + 1);
      // What is one letter long already may be a property too.
      else if (node.text.length === 1 && (node.parent.name === node || node.parent.propertyName === node)) {
        if (!ts.isParameter(node.parent) && !ts.isVariableDeclaration(node.parent)) foreign.add(node.text);
      }
    }
    const members = node.members ?? node.properties;
    if (members) {
      const parameters = members.filter(ts.isConstructorDeclaration).flatMap((made) => [...made.parameters]);
      const group = {
        own: [...members, ...parameters].map(({ name }) => name?.text),
        parents: (node.heritageClauses ?? []).flatMap(({ types }) => types.map((type) => type.expression.getText())),
      };
      groups.push(group);
      if (node.name) types.set(node.name.text, group);
    }
    ts.forEachChild(node, visit);
  };
  for (const file of readdirSync(directory).sort()) {
    const text = readFileSync(new URL(file, directory), "utf8");
    visit(ts.createSourceFile(file, text, ts.ScriptTarget.Latest, true));
  }
  const all = ({ own, parents }) => [
    ...own,
    ...parents.flatMap((name) => all(types.get(name) ?? { own: [], parents: [] })),
  ];
  const together = groups.map((group) => new Set(all(group)));
  const letters = [...LETTERS].filter((letter) => !foreign.has(letter));
  // Where one has more members than there are letters.
  letters.push(...letters.map((letter) => letter + letter));
  const byUse = [...uses.keys()].sort((a, b) => uses.get(b) - uses.get(a) || (a < b ? -1 : 1));
  const rivals = Object.fromEntries(
    byUse.map((name) => {
      const near = together.filter((group) => group.has(name)).flatMap((group) => [...group]);
      return [name, [...new Set(near)].filter((other) => other !== name && uses.has(other))];
    }),
  );
  return { letters, rivals };
}

/**
 * @param own - what {@link ownNames} returned
 * @param chosen - letters that were found to be good, by name; one that does not fit any more is replaced
 * @returns the letter of each name, as esbuild's `mangleCache` takes it
 */
export function shortNames({ letters, rivals }, chosen) {
  const cache = {};
  const isFree = (name, letter) => rivals[name].every((other) => cache[other] !== letter);
  const names = Object.keys(rivals);
  for (const name of names) {
    const letter = chosen[name];
    if (letters.includes(letter) && isFree(name, letter)) cache[name] = letter;
  }
  for (const name of names) cache[name] ??= letters.find((letter) => isFree(name, letter));
  return cache;
}
