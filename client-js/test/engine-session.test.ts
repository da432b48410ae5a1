import { describe, expect, it, vi } from "vitest";
import { settled } from "./fake-clock.js";
import { newServer, openOver, record, server } from "./engine-fixture.js";

describe("the heartbeat", () => {
  it("answers a ping", () => {
    const engine = openOver("websocket");
    const pings = vi.fn();
    engine.on("ping", pings);
    server.transport.receives({ type: "ping" });
    expect(server.transport.sent).toEqual(["3"]);
    expect(pings).toHaveBeenCalledTimes(1);
  });

  it("expires after interval and timeout", () => {
    const calls = record(openOver("websocket"));
    server.clock.advance(44_999);
    expect(calls).toEqual([]);
    server.clock.advance(1);
    expect(calls).toMatchObject([["close", "ping timeout", { description: "no ping from the server" }]]);
    expect(server.transport.isClosed).toBe(true);
  });

  it("is restarted by a ping, and by nothing else", () => {
    const calls = record(openOver("websocket"));
    server.clock.advance(30_000);
    server.transport.receives({ type: "ping" });
    server.clock.advance(30_000);
    server.transport.message("x");
    server.clock.advance(14_999);
    expect(calls).toEqual([]);
    server.clock.advance(1);
    expect(calls[0]![1]).toBe("ping timeout");
  });

  it("is seen to have expired although its timer did not run", async () => {
    const engine = openOver("websocket");
    const calls = record(engine);
    server.clock.sleep(45_000);
    expect(engine._hasExpired()).toBe(false);
    server.clock.sleep(1);
    expect(engine._hasExpired()).toBe(true);
    expect(calls).toEqual([]);
    await settled();
    expect(calls[0]![1]).toBe("ping timeout");
  });
});

describe("a batch of long-polling", () => {
  const batches = (maxPayload: number | undefined, ...messages: (string | ArrayBuffer)[]) => {
    server.handshake.maxPayload = maxPayload;
    const engine = openOver("polling");
    engine.send("first");
    for (const message of messages) engine.send(message);
    server.transport.drains();
    return server.transport.batches[1]!.length;
  };

  // one for the type, and two for each separator and type after it
  it("fills the payload to the last byte", () =>
    expect(batches(1 + 10 + 2 + 10, "x".repeat(10), "y".repeat(10))).toBe(2));
  it("does not exceed it", () => expect(batches(1 + 10 + 2 + 9, "x".repeat(10), "y".repeat(10))).toBe(1));
  it("counts bytes, not characters", () => expect(batches(1 + 5 + 2 + 11, "xxxxx", "€€€€")).toBe(1));
  it("counts binary data as base64", () => {
    expect(batches(1 + 134 + 2 + 5, new ArrayBuffer(100), "xxxxx")).toBe(2);
    newServer();
    expect(batches(1 + 132 + 2 + 5, new ArrayBuffer(100), "xxxxx")).toBe(1);
  });
  it("holds a single packet that is too large", () => expect(batches(5, "x".repeat(10), "y")).toBe(1));
  it("has no limit where the server has none", () => expect(batches(undefined, "x".repeat(1e6), "y")).toBe(2));
});
