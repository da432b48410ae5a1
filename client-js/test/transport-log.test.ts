import { expect, describe, it } from "vitest";
import { type TransportAttempt, TransportLog } from "../src/transport-log.js";
import { FakeClock } from "./fake-clock.js";

describe("the log of transports", () => {
  it("says what became of an attempt, and after how long", () => {
    const clock = new FakeClock();
    const log = new TransportLog(clock.now);
    const at = clock.now();
    const attempt = log._begin("websocket", "open");
    expect(log._list()).toEqual([{ transport: "websocket", purpose: "open", outcome: "trying", at, ms: 0 }]);
    clock.advance(30);
    log._settle(attempt, "failed", "refused");
    expect(log._list()).toEqual([
      { transport: "websocket", purpose: "open", outcome: "failed", reason: "refused", at, ms: 30 },
    ]);
  });

  it("reports every change of the carrying transport, and nothing else", () => {
    const changes: TransportAttempt[] = [];
    const log = new TransportLog(
      () => 0,
      (change) => changes.push(change),
    );
    const polling = log._begin("polling", "open");
    log._settle(polling, "carrying", "opened");
    const refused = log._begin("websocket", "upgrade");
    log._settle(refused, "failed", "refused");
    const websocket = log._begin("websocket", "upgrade");
    log._settle(polling, "ended", "upgraded");
    log._settle(websocket, "carrying", "upgraded");
    log._settle(websocket, "ended", "cut");
    expect(changes.map(({ transport, outcome, reason }) => [transport, outcome, reason])).toEqual([
      ["polling", "carrying", "opened"],
      ["websocket", "carrying", "upgraded"],
      ["websocket", "ended", "cut"],
    ]);
  });

  it("gives copies away", () => {
    const log = new TransportLog(() => 0);
    log._begin("polling", "open");
    log._list()[0]!.outcome = "failed";
    expect(log._list()[0]!.outcome).toBe("trying");
  });

  it("keeps 50 records, the newest", () => {
    let now = 0;
    const log = new TransportLog(() => now);
    for (; now < 50; now++) log._begin("polling", "open");
    expect(log._list()).toHaveLength(50);
    expect(log._list()[0]!.at).toBe(0);
    log._begin("polling", "open");
    expect(log._list()).toHaveLength(50);
    expect(log._list()[0]!.at).toBe(1);
  });
});
