// Many schedules by one command; see CONTRIBUTING.md. Started by scripts/model.mjs.
import { FAULTS } from "./faults.js";
import { runSchedule } from "./schedule.js";

/** Runs seeds and prints what they came to; says how many were bad. */
async function runSeeds(from: number, to: number): Promise<number> {
  const started = Date.now();
  const sums = { bad: 0, delivered: 0, switches: 0, settled: 0, lost: 0 };
  const ends: Record<string, number> = {};
  for (let seed = from; seed <= to; seed++) {
    const { violations, delivered, switches, settled, ended, lost } = await runSchedule(seed);
    sums.delivered += delivered;
    sums.switches += switches;
    sums.settled = Math.max(sums.settled, settled);
    if (ended) ends[ended] = (ends[ended] ?? 0) + 1;
    if (lost && ++sums.lost <= 5) console.log(`seed ${seed}: session lost, ${ended}`);
    if (violations.length && ++sums.bad <= 20) console.log(`seed ${seed}: ${violations.join("; ")}`);
  }
  console.log({ from, to, ...sums, ends, seconds: (Date.now() - started) / 1000 });
  return sums.bad;
}

/** Plants each fault, and prints the first seed that catches it; says how many were not caught. */
async function runFaults(most: number): Promise<number> {
  let missed = 0;
  for (const [name, plant] of Object.entries(FAULTS)) {
    const takeOut = plant();
    let seed = 0;
    let violation: string | undefined;
    while (!violation && seed < most) violation = (await runSchedule(++seed)).violations[0];
    takeOut();
    if (!violation) missed++;
    console.log(`${name}: ${violation ? `seed ${seed}, ${violation}` : `not caught in ${most} seeds`}`);
  }
  return missed;
}

const [first = "1", second = "10000"] = process.argv.slice(2);
if (second === "trace") {
  const outcome = await runSchedule(+first, true);
  console.log(outcome.trace!.join("\n"));
  console.log({ ...outcome, trace: undefined });
} else {
  const failures = first === "faults" ? await runFaults(+second) : await runSeeds(+first, +second);
  process.exitCode = failures ? 1 : 0;
}
