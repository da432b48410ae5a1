import { describe, expect, it } from "vitest";
import { reconnectDelay } from "../src/reconnect.js";

const plain = { reconnectionDelay: 1000, reconnectionDelayMax: 5000, randomizationFactor: 0 };

describe("the pause before a reconnection", () => {
  it("doubles up to the maximum", () => {
    expect([0, 1, 2, 3, 4].map((attempt) => reconnectDelay(attempt, plain, 0.99))).toEqual([
      1000, 2000, 4000, 5000, 5000,
    ]);
  });

  it("is shortened by chance if the first digit is even", () => {
    // 0.25: digit 2, deviation 125
    expect(reconnectDelay(0, { ...plain, randomizationFactor: 0.5 }, 0.25)).toBe(875);
    expect(reconnectDelay(2, { ...plain, randomizationFactor: 0.5 }, 0.25)).toBe(3500);
  });

  it("is lengthened by chance if the first digit is odd", () => {
    expect(reconnectDelay(0, { ...plain, randomizationFactor: 0.5 }, 0.75)).toBe(1375);
  });

  it("is cut to the maximum after chance has moved it", () => {
    expect(reconnectDelay(2, { ...plain, randomizationFactor: 0.5 }, 0.99)).toBe(5000);
    expect(reconnectDelay(3, { ...plain, randomizationFactor: 0.5 }, 0.8)).toBe(4800);
  });

  it.each([0, -0.5, 1.5, NaN])("is not left to chance with a share of %d", (jitter) => {
    expect(reconnectDelay(1, { ...plain, randomizationFactor: jitter }, 0.25)).toBe(2000);
  });

  it("may be left to chance altogether", () => {
    expect(reconnectDelay(0, { ...plain, randomizationFactor: 1 }, 0.01)).toBe(990);
    expect(reconnectDelay(0, { ...plain, randomizationFactor: 1 }, 0.8)).toBe(200);
  });

  it("is a whole number", () => {
    expect(reconnectDelay(0, { ...plain, reconnectionDelay: 10.7 }, 0)).toBe(10);
  });

  it("stays the maximum after thousands of attempts, whatever chance says", () => {
    for (const random of [0, 0.05, 0.25, 0.55, 0.95]) {
      expect(reconnectDelay(5000, { ...plain, randomizationFactor: 0.5 }, random)).toBe(5000);
    }
  });
});
