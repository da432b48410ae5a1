import { describe, expect, it } from "vitest";
import { TransportMemory } from "../src/transport-memory.js";

const none = () => {
  throw new Error("no storage");
};

describe("the memory of WebSocket", () => {
  it("begins with confidence", () => {
    expect(new TransportMemory(none)._avoid("a:443", 0)).toBeUndefined();
  });

  it("keeps a failure for a minute, for its server only", () => {
    const memory = new TransportMemory(none);
    memory._failed("a:443", 0, "refused");
    expect(memory._avoid("a:443", 59_999)).toBe("refused");
    expect(memory._avoid("a:443", 60_000)).toBeUndefined();
    expect(memory._avoid("b:443", 0)).toBeUndefined();
  });

  it("keeps each further failure twice as long, a quarter of an hour at most", () => {
    const memory = new TransportMemory(none);
    let now = 0;
    for (const minutes of [1, 2, 4, 8, 15, 15]) {
      memory._failed("a", now, "silent");
      expect(memory._avoid("a", now + minutes * 60_000 - 1)).toBe("silent");
      now += minutes * 60_000;
      expect(memory._avoid("a", now)).toBeUndefined();
    }
  });

  it("forgives after a quiet quarter of an hour", () => {
    const memory = new TransportMemory(none);
    memory._failed("a", 0, "silent");
    memory._failed("a", 60_000, "silent");
    memory._failed("a", 180_000 + 900_000, "silent");
    expect(memory._avoid("a", 180_000 + 900_000 + 60_000)).toBeUndefined();
  });

  it("avoids a path on which WebSocket died young", () => {
    const memory = new TransportMemory(none);
    expect(memory._broke("a", 0, 9_999)).toBe(true);
    expect(memory._avoid("a", 1)).toBe("cut");
  });

  it("does not mind that it broke after a while", () => {
    const memory = new TransportMemory(none);
    expect(memory._broke("a", 0, 10_000)).toBe(false);
    expect(memory._avoid("a", 1)).toBeUndefined();
  });

  it("avoids a path on which it broke twice in a minute", () => {
    const memory = new TransportMemory(none);
    memory._broke("a", 0, 20_000);
    expect(memory._broke("a", 59_999, 20_000)).toBe(true);
  });

  it("does not mind that it broke twice in more than a minute", () => {
    const memory = new TransportMemory(none);
    memory._broke("a", 0, 20_000);
    expect(memory._broke("a", 60_000, 20_000)).toBe(false);
  });

  it("is lost when the network changes", () => {
    const memory = new TransportMemory(none);
    memory._broke("a", 0, 20_000);
    memory._failed("a", 0, "cut");
    memory._forget();
    expect(memory._avoid("a", 1)).toBeUndefined();
    expect(memory._broke("a", 1, 20_000)).toBe(false);
  });
});

describe("the time that a server takes", () => {
  it("is unknown at first, then twice what it was, between a quarter of a second and a second", () => {
    const memory = new TransportMemory(none);
    const bounds = [memory._bound("a")];
    for (const ms of [20, 125, 300, 500, 9_000]) {
      memory._took("a", ms);
      bounds.push(memory._bound("a"));
    }
    expect(bounds).toEqual([500, 250, 250, 600, 1_000, 1_000]);
    expect(memory._bound("b")).toBe(500);
  });

  it("is unknown again when the network changes", () => {
    const memory = new TransportMemory(none);
    memory._took("a", 20);
    memory._forget();
    expect(memory._bound("a")).toBe(500);
  });
});

describe("the storage of the memory", () => {
  const storage = (value: string | null = null) => {
    const own = { value, getItem: () => own.value, setItem: (_: string, text: string) => void (own.value = text) };
    return own;
  };

  it("lets a failure outlive the page, until its time has come", () => {
    const first = storage();
    new TransportMemory(() => first)._failed("a", 0, "silent");
    const second = new TransportMemory(() => storage(first.value));
    expect(second._avoid("a", 59_999)).toBe("silent");
    expect(second._avoid("a", 60_000)).toBeUndefined();
  });

  it("is emptied when the network changes", () => {
    const own = storage();
    const memory = new TransportMemory(() => own);
    memory._failed("a", 0, "silent");
    memory._forget();
    expect(own.value).toBe("{}");
  });

  it.each(["", "{", "null", "1"])("may hold %j without harm", (value) => {
    const memory = new TransportMemory(() => storage(value));
    memory._failed("a", 0, "cut");
    expect(memory._avoid("a", 1)).toBe("cut");
  });

  it("may be forbidden, or full", () => {
    const throws = () => {
      throw new Error("no");
    };
    const memory = new TransportMemory(() => ({ getItem: throws, setItem: throws }));
    memory._failed("a", 0, "cut");
    expect(memory._avoid("a", 1)).toBe("cut");
  });
});
