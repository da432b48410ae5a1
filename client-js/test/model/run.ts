// One command for many schedules: `npm run test:model -- FROM TO`, or `npm run test:model -- SEED trace`.
import { runSchedule } from "./schedule.js";

const [from = "1", to = "10000"] = process.argv.slice(2);
if (to === "trace") {
  const outcome = await runSchedule(+from, true);
  console.log(outcome.trace!.join("\n"));
  console.log({ ...outcome, trace: undefined });
  process.exit();
}
const started = Date.now();
const ends: Record<string, number> = {};
const kinds: Record<string, number> = {};
let bad = 0;
let delivered = 0;
let switches = 0;
let settled = 0;
for (let seed = +from; seed <= +to; seed++) {
  const outcome = await runSchedule(seed);
  delivered += outcome.delivered;
  switches += outcome.switches;
  settled = Math.max(settled, outcome.settled);
  if (outcome.ended) ends[outcome.ended] = (ends[outcome.ended] ?? 0) + 1;
  if (!outcome.violations.length) continue;
  bad++;
  const kind = outcome.violations[0]!.replace(/\d+/g, "#");
  kinds[kind] = (kinds[kind] ?? 0) + 1;
  if (kinds[kind]! <= 2) console.log(seed, outcome.violations.join("; "), outcome.ended ?? "");
}
console.log({ from, to, bad, delivered, switches, settled, ends, kinds, seconds: (Date.now() - started) / 1000 });
process.exitCode = bad ? 1 : 0;
