// Short names for our own properties, those that begin with an underscore: one letter each, mostly.
// Two share a letter unless some class, interface or object literal has both, its parents' members included.
import { readdirSync, readFileSync } from "node:fs";
import ts from "typescript";

/** Those that minified locals have as well, in about their order: the fewer different letters, the smaller the file. */
const LETTERS = "etsihnrocapdflguymbkwxjqzETSINRAHPCFLGUYDBMKOVWXJQZ_$";
const OWN = /^_[a-z]/;

/**
 * @param directory - of the sources
 * @param reserved - names that look like our own and are not
 * @returns the letter of each name, as esbuild's `mangleCache` takes it
 */
export function shortNames(directory, reserved) {
  const uses = new Map();
  const types = new Map();
  const groups = [];
  const foreign = new Set();
  const visit = (node) => {
    if (ts.isIdentifier(node)) {
      if (OWN.test(node.text) && !reserved.test(node.text)) uses.set(node.text, (uses.get(node.text) ?? 0) + 1);
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
  const cache = {};
  const byUse = [...uses.keys()].sort((a, b) => uses.get(b) - uses.get(a) || (a < b ? -1 : 1));
  for (const name of byUse) {
    const near = together.filter((group) => group.has(name)).flatMap((group) => [...group]);
    const taken = new Set(near.map((other) => cache[other]));
    cache[name] = letters.find((letter) => !taken.has(letter));
  }
  return cache;
}
