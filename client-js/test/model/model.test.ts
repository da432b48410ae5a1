import { describe, expect, it } from "vitest";
import { FAULTS } from "./faults.js";
import { runSchedule } from "./schedule.js";

/** Schedules in every build; many more by `npm run test:model`. */
const SEEDS = 400;
/** A fault has to show within so many; CONTRIBUTING.md says after how many it did. */
const MOST = 1_000;

describe("a resumable session over a hostile path", () => {
  it(
    `loses, doubles and disorders nothing, and ends as agreed, in ${SEEDS} schedules`,
    { timeout: 60_000 },
    async () => {
      let delivered = 0;
      let switches = 0;
      for (let seed = 1; seed <= SEEDS; seed++) {
        const outcome = await runSchedule(seed);
        expect(outcome.violations, `seed ${seed}`).toEqual([]);
        delivered += outcome.delivered;
        switches += outcome.switches;
      }
      // It was no idle test.
      expect(delivered).toBeGreaterThan(SEEDS * 50);
      expect(switches).toBeGreaterThan(SEEDS);
    },
  );

  it.each(Object.keys(FAULTS))("shows this fault: %s", { timeout: 60_000 }, async (name) => {
    const takeOut = FAULTS[name]!();
    let violations: string[] = [];
    try {
      for (let seed = 1; seed <= MOST && !violations.length; seed++) ({ violations } = await runSchedule(seed));
    } finally {
      takeOut();
    }
    expect(violations).not.toEqual([]);
  });
});
