import { afterEach, describe, expect, it, vi } from "vitest";
import { Emitter } from "../src/emitter.js";
import { settled } from "./fake-clock.js";

class Events extends Emitter<{ a: (...args: any[]) => void; b: () => void }> {}

describe("an emitter", () => {
  it("calls listeners in the order in which they were added, with all arguments", () => {
    const emitter = new Events();
    const calls: unknown[] = [];
    emitter.on("a", (...args) => calls.push(["first", ...args])).on("a", (...args) => calls.push(["second", ...args]));
    emitter._fire("a", 1, "x");
    expect(calls).toEqual([
      ["first", 1, "x"],
      ["second", 1, "x"],
    ]);
  });

  it("calls a listener of once only once, also when the event comes again from within", () => {
    const emitter = new Events();
    const listener = vi.fn(() => emitter._fire("a"));
    emitter.once("a", listener);
    emitter._fire("a");
    expect(listener).toHaveBeenCalledTimes(1);
    expect(emitter.hasListeners("a")).toBe(false);
  });

  it("removes one listener, however it was added", () => {
    const emitter = new Events();
    const one = vi.fn();
    const two = vi.fn();
    emitter.once("a", one).on("a", two).off("a", one);
    emitter._fire("a");
    expect(one).not.toHaveBeenCalled();
    expect(two).toHaveBeenCalledTimes(1);
  });

  it("removes a listener that was added twice once at a time", () => {
    const emitter = new Events();
    const listener = vi.fn();
    emitter.on("a", listener).on("a", listener).off("a", listener);
    expect(emitter.listeners("a")).toEqual([listener]);
  });

  it("removes the listeners of an event, or all", () => {
    const emitter = new Events();
    emitter.on("a", vi.fn()).on("b", vi.fn()).off("a");
    expect([emitter.hasListeners("a"), emitter.hasListeners("b")]).toEqual([false, true]);
    emitter.off();
    expect(emitter.hasListeners("b")).toBe(false);
  });

  it("shows listeners as they were given", () => {
    const emitter = new Events();
    const one = vi.fn();
    const two = vi.fn();
    emitter.once("a", one).on("a", two);
    expect(emitter.listeners("a")).toEqual([one, two]);
    expect(emitter.listeners("b")).toEqual([]);
  });

  it("finishes a round with the listeners it began with", () => {
    const emitter = new Events();
    const late = vi.fn();
    const second = vi.fn();
    emitter.on("a", () => emitter.off("a", second).on("a", late));
    emitter.on("a", second);
    emitter._fire("a");
    expect(second).toHaveBeenCalledTimes(1);
    expect(late).not.toHaveBeenCalled();
  });

  it("knows the older names of off", () => {
    const emitter = new Events();
    const [one, two] = [vi.fn(), vi.fn()];
    emitter.on("a", one).on("a", two).removeListener("a", one);
    expect(emitter.listeners("a")).toEqual([two]);
    emitter.removeAllListeners();
    expect(emitter.hasListeners("a")).toBe(false);
  });

  describe("whose listener throws", () => {
    const uncaught = process.listeners("uncaughtException");
    afterEach(() => {
      process.removeAllListeners("uncaughtException");
      uncaught.forEach((listener) => process.on("uncaughtException", listener));
    });

    it("calls the others, and reports the error as uncaught", async () => {
      process.removeAllListeners("uncaughtException");
      const reported = vi.fn();
      process.on("uncaughtException", reported);
      const emitter = new Events();
      const other = vi.fn();
      const mistake = new Error("mistake");
      emitter.on("a", () => {
        throw mistake;
      });
      emitter.on("a", other);
      emitter._fire("a");
      expect(other).toHaveBeenCalledTimes(1);
      await settled();
      expect(reported.mock.calls[0]![0]).toBe(mistake);
    });
  });
});
