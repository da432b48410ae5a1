import { describe, expect, it } from "vitest";
import { TransportMemory } from "../src/transport-memory.js";

describe("the memory of WebSocket", () => {
  it("begins with confidence", () => {
    expect(new TransportMemory().avoid("a:443", 0)).toBeUndefined();
  });

  it("keeps a failure for a minute, for its server only", () => {
    const memory = new TransportMemory();
    memory.failed("a:443", 0, "refused");
    expect(memory.avoid("a:443", 59_999)).toBe("refused");
    expect(memory.avoid("a:443", 60_000)).toBeUndefined();
    expect(memory.avoid("b:443", 0)).toBeUndefined();
  });

  it("keeps each further failure twice as long, a quarter of an hour at most", () => {
    const memory = new TransportMemory();
    let now = 0;
    for (const minutes of [1, 2, 4, 8, 15, 15]) {
      memory.failed("a", now, "silent");
      expect(memory.avoid("a", now + minutes * 60_000 - 1)).toBe("silent");
      now += minutes * 60_000;
      expect(memory.avoid("a", now)).toBeUndefined();
    }
  });

  it("forgives after a quiet quarter of an hour", () => {
    const memory = new TransportMemory();
    memory.failed("a", 0, "silent");
    memory.failed("a", 60_000, "silent");
    memory.failed("a", 180_000 + 900_000, "silent");
    expect(memory.avoid("a", 180_000 + 900_000 + 60_000)).toBeUndefined();
  });

  it("avoids a path on which WebSocket died young", () => {
    const memory = new TransportMemory();
    expect(memory.broke("a", 0, 9_999)).toBe(true);
    expect(memory.avoid("a", 1)).toBe("cut");
  });

  it("does not mind that it broke after a while", () => {
    const memory = new TransportMemory();
    expect(memory.broke("a", 0, 10_000)).toBe(false);
    expect(memory.avoid("a", 1)).toBeUndefined();
  });

  it("avoids a path on which it broke twice in a minute", () => {
    const memory = new TransportMemory();
    memory.broke("a", 0, 20_000);
    expect(memory.broke("a", 59_999, 20_000)).toBe(true);
  });

  it("does not mind that it broke twice in more than a minute", () => {
    const memory = new TransportMemory();
    memory.broke("a", 0, 20_000);
    expect(memory.broke("a", 60_000, 20_000)).toBe(false);
  });

  it("is lost when the network changes", () => {
    const memory = new TransportMemory();
    memory.broke("a", 0, 20_000);
    memory.failed("a", 0, "cut");
    memory.forget();
    expect(memory.avoid("a", 1)).toBeUndefined();
    expect(memory.broke("a", 1, 20_000)).toBe(false);
  });
});
