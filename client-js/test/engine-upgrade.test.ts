import { describe, expect, it } from "vitest";
import type { EngineOptions } from "../src/options.js";
import { FakeServer } from "./fake-server.js";
import { names, openOver, pollingFirst, record, records, server } from "./engine-fixture.js";

describe("an upgrade", () => {
  const open = (options?: Partial<EngineOptions>) => {
    const engine = server.engine({ ...pollingFirst, ...options });
    const calls = record(engine);
    server.opens();
    calls.length = 0;
    return { engine, calls, polling: server.transports[0]!, websocket: server.transports[1]! };
  };

  it("probes, waits for long-polling to rest, tells the server, and then writes what was queued", () => {
    const { engine, calls, polling, websocket } = open();
    expect(websocket.sid).toBe("engine-id");
    websocket.opens();
    expect(websocket.sent).toEqual(["2probe"]);
    engine.send("before");
    polling.drains();
    websocket.drains();
    websocket.receives({ type: "pong", data: "probe" });
    expect(engine.upgrading).toBe(true);
    engine.send("during");
    expect(websocket.sent).toEqual(["2probe"]);
    expect(polling.sent).toEqual(["4before"]);
    polling.message("late");
    polling.paused!();
    expect(engine.transport.name).toBe("websocket");
    expect(websocket.sent).toEqual(["2probe", "5"]);
    websocket.drains();
    expect(websocket.sent).toEqual(["2probe", "5", "4during"]);
    expect(calls.map(([event]) => event)).toEqual(["upgrade"]);
    expect(engine.upgrading).toBe(false);
    expect(records(engine)).toEqual(["polling ended upgraded 0", "websocket carrying upgraded 0"]);
  });

  it("says when another transport is about to take over, and when it has", () => {
    const { engine, polling, websocket } = open();
    const calls: unknown[] = [];
    engine.on("upgrading", (transport) => calls.push("upgrading", transport, engine.transport));
    engine.on("upgrade", (transport) => calls.push("upgrade", transport, engine.transport));
    websocket.opens();
    websocket.drains();
    websocket.receives({ type: "pong", data: "probe" });
    expect(calls).toEqual(["upgrading", websocket, polling]);
    polling.paused!();
    expect(calls.slice(3)).toEqual(["upgrade", websocket, websocket]);
  });

  it("delivers what long-polling still brings while it comes to rest", () => {
    const { engine, polling, websocket } = open();
    const messages: unknown[] = [];
    engine.on("message", (message) => messages.push(message));
    websocket.opens();
    websocket.drains();
    websocket.receives({ type: "pong", data: "probe" });
    polling.message("last");
    polling.paused!();
    websocket.message("first");
    polling.message("echo");
    expect(messages).toEqual(["last", "first"]);
    // Closing it would tell the server to end the session.
    expect(polling.isClosed).toBe(false);
  });

  it.each([
    ["is refused", (t: FakeServer["transport"]) => t.fails(), "refused"],
    ["is closed", (t: FakeServer["transport"]) => (t.opens(), t.breaks()), "closed"],
    ["answers wrongly", (t: FakeServer["transport"]) => (t.opens(), t.receives({ type: "pong" })), "invalid"],
    ["answers with something else", (t: FakeServer["transport"]) => (t.opens(), t.message("x")), "invalid"],
    ["hangs", () => server.clock.advance(5000), "silent"],
    ["opens and stays mute", (t: FakeServer["transport"]) => (t.opens(), server.clock.advance(5000)), "silent"],
  ])("that %s leaves the session where it was", (_, fail, reason) => {
    const { engine, calls, polling, websocket } = open();
    fail(websocket);
    expect(calls.map(([event]) => event)).toEqual(["upgradeError"]);
    expect(calls[0]![1]).toMatchObject({ transport: "websocket" });
    expect(websocket.isClosed).toBe(true);
    expect(engine.readyState).toBe("open");
    expect(engine.explain()[1]).toMatchObject({
      transport: "websocket",
      purpose: "upgrade",
      outcome: "failed",
      reason,
    });
    engine.send("on");
    expect(polling.sent).toEqual(["4on"]);
  });

  it("has the bound that the option sets", () => {
    const { calls } = open({ upgradeTimeout: 300 });
    server.clock.advance(299);
    expect(calls).toEqual([]);
    server.clock.advance(1);
    expect(calls).toHaveLength(1);
  });

  it("that fails while long-polling comes to rest lets it go on, and writes what was queued", () => {
    const { engine, polling, websocket } = open();
    websocket.opens();
    websocket.drains();
    websocket.receives({ type: "pong", data: "probe" });
    const paused = polling.paused!;
    engine.send("queued");
    websocket.breaks();
    expect(polling.paused).toBeUndefined();
    expect(polling.sent).toEqual(["4queued"]);
    expect(engine.upgrading).toBe(false);
    paused();
    expect(engine.transport.name).toBe("polling");
  });

  it("whose probe is answered twice is given up", () => {
    const { engine, websocket } = open();
    websocket.opens();
    websocket.drains();
    websocket.receives({ type: "pong", data: "probe" }, { type: "pong", data: "probe" });
    expect(engine.explain()[1]).toMatchObject({ outcome: "failed", reason: "invalid" });
    expect(engine.upgrading).toBe(false);
  });

  it("that takes too long at the rest of long-polling is given up", () => {
    const { engine, polling, websocket } = open();
    websocket.opens();
    websocket.drains();
    websocket.receives({ type: "pong", data: "probe" });
    server.clock.advance(5000);
    expect(engine.upgrading).toBe(false);
    expect(engine.transport).toBe(polling);
    expect(websocket.isClosed).toBe(true);
  });

  it("is not tried if it is not wanted, not offered, or not there", () => {
    openOver("polling", { ...pollingFirst, upgrade: false });
    openOver("polling");
    server.handshake.upgrades = ["webtransport"];
    openOver("polling", pollingFirst);
    expect(names()).toEqual(["polling", "polling", "polling"]);
  });

  it("is not tried by a session that a listener has closed", () => {
    const engine = server.engine(pollingFirst);
    engine.on("open", () => engine.close());
    server.opens();
    expect(names()).toEqual(["polling"]);
    expect(engine.readyState).toBe("closed");
  });

  it("ends with the session", () => {
    const { engine, calls, polling, websocket } = open();
    polling.fails("fetch read error", 400);
    expect(websocket.isClosed).toBe(true);
    websocket.opens();
    websocket.drains();
    websocket.receives({ type: "pong", data: "probe" });
    expect(calls.map(([event]) => event)).toEqual(["error", "close"]);
    expect(engine.explain()[1]).toMatchObject({ outcome: "failed", reason: "abandoned" });
    expect(server.clock.pending).toBe(0);
  });
});
