import { describe, expect, it } from "vitest";
import { ProtocolViolation } from "../src/close-reason.js";
import { settled } from "./fake-clock.js";
import { names, openOver, pollingFirst, record, records, server, websocketFirst } from "./engine-fixture.js";

describe("an engine that opens WebSocket first", () => {
  it("carries over WebSocket when the first packet arrives, not when it opens", () => {
    const engine = server.engine();
    const calls = record(engine);
    expect(names()).toEqual(["websocket"]);
    server.transport.opens();
    expect(engine.readyState).toBe("opening");
    server.clock.advance(20);
    server.opens();
    expect(engine).toMatchObject({ readyState: "open", id: "engine-id" });
    expect(engine.transport.name).toBe("websocket");
    expect(calls).toEqual([["open"]]);
    expect(records(engine)).toEqual(["websocket carrying opened 20"]);
    server.clock.advance(10_000);
    expect(names()).toEqual(["websocket"]);
  });

  it("goes to long-polling at once when WebSocket is refused", () => {
    const engine = server.engine(websocketFirst);
    server.clock.advance(5);
    server.transport.fails();
    expect(names()).toEqual(["websocket", "polling"]);
    server.clock.advance(10);
    server.opens();
    expect(engine.transport.name).toBe("polling");
    expect(records(engine)).toEqual(["websocket failed refused 5", "polling carrying opened 10"]);
  });

  it("says that WebSocket was closed before it had said anything", () => {
    const engine = server.engine(websocketFirst);
    server.transport.opens();
    server.transport.breaks();
    expect(records(engine)).toEqual(["websocket failed closed 0", "polling trying  0"]);
  });

  it.each([
    ["hangs", false],
    ["opens and stays mute", true],
  ])("starts long-polling beside a WebSocket that %s, after the bound", (_, opens) => {
    const engine = server.engine(websocketFirst);
    if (opens) server.transport.opens();
    server.clock.advance(499);
    expect(names()).toEqual(["websocket"]);
    server.clock.advance(1);
    expect(names()).toEqual(["websocket", "polling"]);
    server.clock.advance(50);
    server.opens();
    expect(engine.transport.name).toBe("polling");
    expect(server.transports[0]!.isClosed).toBe(true);
    expect(records(engine).slice(0, 2)).toEqual(["websocket failed silent 550", "polling carrying opened 50"]);
  });

  it.each([
    [10, 250],
    [300, 600],
    [900, 1000],
  ])("when the server has taken %i ms, has a bound of %i the next time", (took, bound) => {
    server.engine(websocketFirst);
    server.transport.opens();
    server.clock.advance(Math.min(took, 400));
    if (took > 400) server.clock.advance(took - 400);
    server.opens(server.transports[0]);
    server.transports.length = 0;
    server.engine(websocketFirst);
    server.clock.advance(bound - 1);
    expect(names()).toEqual(["websocket"]);
    server.clock.advance(1);
    expect(names()).toEqual(["websocket", "polling"]);
  });

  it("has the bound that the option sets", () => {
    server.engine({ ...websocketFirst, proofOfLife: 200 });
    server.clock.advance(200);
    expect(names()).toEqual(["websocket", "polling"]);
  });

  it("lets a slow WebSocket win, and ends the session that long-polling has opened in vain", () => {
    const engine = server.engine({ ...websocketFirst, proofOfLife: 1000 });
    server.clock.advance(1000);
    const [websocket, polling] = server.transports;
    server.opens(websocket);
    expect(engine.transport.name).toBe("websocket");
    expect(polling!.isClosed).toBe(false);
    polling!.receives({ type: "open", data: JSON.stringify({ ...server.handshake, sid: "other" }) });
    expect(polling).toMatchObject({ sid: "other", isClosed: true });
    expect(engine.id).toBe("engine-id");
    expect(records(engine)).toEqual(["websocket carrying opened 1000", "polling failed overtaken 0"]);
  });

  it("does not wait for ever for the session opened in vain", () => {
    const engine = server.engine(websocketFirst);
    server.clock.advance(1000);
    server.opens(server.transports[0]);
    server.clock.advance(5000);
    expect(server.transports[1]!.isClosed).toBe(true);
    expect(engine.readyState).toBe("open");
  });

  it("hears nothing of the transport that lost", () => {
    const engine = server.engine(websocketFirst);
    const calls = record(engine);
    server.clock.advance(1000);
    const [websocket, polling] = server.transports;
    server.opens(polling);
    websocket!.receives({ type: "open", data: JSON.stringify({ ...server.handshake, sid: "late" }) });
    websocket!.message("x");
    websocket!.breaks();
    websocket!.fails();
    expect(engine).toMatchObject({ id: "engine-id", readyState: "open" });
    expect(calls).toEqual([["open"]]);
  });

  it("fails with the last error when every transport has failed", () => {
    const engine = server.engine(websocketFirst);
    const calls = record(engine);
    server.transport.fails();
    server.transport.fails("fetch read error", 502);
    expect(calls.map(([event]) => event)).toEqual(["error", "close"]);
    expect(calls[0]![1]).toMatchObject({ message: "fetch read error", description: 502 });
    expect(calls[1]![1]).toBe("transport error");
  });

  it("waits for a slow WebSocket when long-polling has failed", () => {
    const engine = server.engine(websocketFirst);
    server.clock.advance(1000);
    server.transports[1]!.fails();
    expect(engine.readyState).toBe("opening");
    server.opens(server.transports[0]);
    expect(engine.readyState).toBe("open");
  });

  it("takes nothing but an open packet for a beginning", () => {
    const engine = server.engine(websocketFirst);
    server.transport.opens();
    server.transport.message("x");
    expect(records(engine)[0]).toBe("websocket failed invalid 0");
    expect(names()).toEqual(["websocket", "polling"]);
  });

  it("knows what the transport could not read from what it could not reach", () => {
    const engine = server.engine(pollingFirst);
    server.transport.fails("server error", new ProtocolViolation("x"));
    expect(records(engine)).toEqual(["polling failed invalid 0"]);
    const open = openOver("websocket");
    server.transport.fails("server error", new ProtocolViolation("x"));
    expect(open.explain()[0]).toMatchObject({ outcome: "ended", reason: "invalid" });
  });

  it.each([
    "",
    "null",
    "[]",
    "{",
    '{"sid":"","upgrades":[],"pingInterval":1,"pingTimeout":1}',
    '{"sid":1,"upgrades":[],"pingInterval":1,"pingTimeout":1}',
    '{"sid":"x","pingInterval":1,"pingTimeout":1}',
    '{"sid":"x","upgrades":[],"pingInterval":"1","pingTimeout":1}',
    '{"sid":"x","upgrades":[],"pingInterval":1}',
    '{"sid":"x","upgrades":[],"pingInterval":-1,"pingTimeout":1}',
    '{"sid":"x","upgrades":[],"pingInterval":1,"pingTimeout":1,"maxPayload":"1"}',
  ])("refuses the handshake %s", (data) => {
    const engine = server.engine(websocketFirst);
    server.transport.receives({ type: "open", data });
    expect(engine.readyState).toBe("opening");
    expect(records(engine)[0]).toBe("websocket failed invalid 0");
  });
});

describe("an engine that opens long-polling first", () => {
  it("does not try WebSocket before the session is open", () => {
    server.engine(pollingFirst);
    server.clock.advance(10_000);
    expect(names()).toEqual(["polling"]);
  });

  it("fails when long-polling does, as the official client", () => {
    const engine = server.engine(pollingFirst);
    const calls = record(engine);
    server.transport.fails("fetch read error", 400);
    expect(names()).toEqual(["polling"]);
    expect(calls.map(([event]) => event)).toEqual(["error", "close"]);
  });

  it("tries WebSocket when long-polling has failed, if it is told to try all", () => {
    const engine = server.engine({ ...pollingFirst, tryAllTransports: true });
    server.transport.fails("fetch read error", 400);
    server.opens();
    expect(engine.transport.name).toBe("websocket");
  });

  it("begins with WebSocket if the last one of the page worked and it is told to remember that", () => {
    server.memory._worked = true;
    server.engine({ ...pollingFirst, rememberUpgrade: true });
    expect(names()).toEqual(["websocket"]);
    server.transport.fails();
    expect(names()).toEqual(["websocket", "polling"]);
    expect(server.memory._worked).toBe(false);
  });
});

describe("an engine without transports", () => {
  it("fails, but not before it can be listened to", async () => {
    const calls = record(server.engine({ transports: [] }));
    await settled();
    expect(calls[0]).toEqual(["error", new Error("No transports available")]);
  });

  it("does not change the list that it was given", () => {
    const transports = ["polling", "webtransport", "websocket"] as any[];
    server.memory._worked = true;
    server.engine({ transports, rememberUpgrade: true });
    expect(transports).toEqual(["polling", "webtransport", "websocket"]);
  });

  it("leaves out those that it does not know", () => {
    const engine = server.engine({ transports: ["webtransport" as never], createTransport: undefined });
    const calls = record(engine);
    return settled().then(() => expect(calls[0]![0]).toBe("error"));
  });
});

describe("an open session", () => {
  it("writes at once what can be written, and the rest as one batch", () => {
    const engine = openOver("websocket");
    engine
      .send("a")
      .send("b")
      .write(new Uint8Array([1]));
    expect(server.transport.batches).toEqual([["4a"]]);
    server.transport.drains();
    expect(server.transport.batches[1]).toEqual(["4b", new Uint8Array([1])]);
  });

  it("does not write before it is open", () => {
    const engine = server.engine({ transports: ["websocket"] });
    server.transport.opens();
    engine.send("a");
    expect(server.transport.sent).toEqual([]);
    server.opens();
    expect(server.transport.sent).toEqual(["4a"]);
  });

  it("says when a packet is queued, and when the queue is empty", () => {
    const engine = openOver("websocket");
    const calls: string[] = [];
    engine.on("drain", () => calls.push("drain"));
    engine.on("packetCreate", ({ type }) => calls.push(type));
    engine.send("a");
    server.transport.drains();
    expect(calls).toEqual(["message", "drain"]);
  });

  it("shows the first packet of the server like all others, and then is open", () => {
    const engine = server.engine({ transports: ["polling"] });
    const calls: unknown[] = [];
    engine.on("packet", ({ type, data }) => calls.push(type, JSON.parse(data as string).sid));
    engine.on("open", () => calls.push("now open"));
    server.opens();
    expect(calls).toEqual(["open", "engine-id", "now open"]);
  });

  it("delivers packets and messages", () => {
    const engine = openOver("websocket");
    const calls: unknown[] = [];
    engine.on("packet", (packet) => calls.push(packet.type)).on("message", (message) => calls.push(message));
    server.transport.receives({ type: "noop" });
    server.transport.message("a");
    expect(calls).toEqual(["noop", "message", "a"]);
  });

  it("ignores a second handshake", () => {
    const engine = openOver("websocket");
    server.transport.receives({ type: "open", data: JSON.stringify({ ...server.handshake, sid: "other" }) });
    expect(engine.id).toBe("engine-id");
  });

  it("ends when the server says so, and drops what follows", () => {
    const engine = openOver("polling");
    const calls = record(engine);
    server.transport.receives({ type: "close" });
    server.transport.message("late");
    expect(calls).toMatchObject([
      ["close", "transport close", { description: "transport closed by the server", attempt: { reason: "server" } }],
    ]);
  });

  it("ends with an error when its transport fails", () => {
    const engine = openOver("polling");
    const calls = record(engine);
    server.transport.fails("fetch write error", 413);
    expect(calls.map(([event]) => event)).toEqual(["error", "close"]);
    expect(calls[1]).toMatchObject(["close", "transport error", { message: "fetch write error", description: 413 }]);
    expect((calls[1]![2] as any).attempt).toMatchObject({ transport: "polling", outcome: "ended", reason: "lost" });
  });

  it("ends only once", () => {
    const engine = openOver("websocket");
    const calls = record(engine);
    const { transport } = server;
    transport.breaks();
    transport.breaks();
    transport.fails();
    engine.close();
    server.clock.advance(100_000);
    expect(calls).toHaveLength(1);
    expect(engine.send("x").readyState).toBe("closed");
  });
});

describe("closing", () => {
  it("is immediate while opening", () => {
    const engine = server.engine();
    const calls = record(engine);
    engine.close();
    expect(calls).toEqual([["close", "forced close", undefined]]);
    expect(server.transport.isClosed).toBe(true);
    expect(records(engine)).toEqual(["websocket failed abandoned 0"]);
    expect(server.clock.pending).toBe(0);
  });

  it("waits until everything has been sent", () => {
    const engine = openOver("polling");
    const calls = record(engine);
    engine.send("a").send("b").close();
    expect(engine.send("late").readyState).toBe("closing");
    server.transport.drains();
    expect(calls).toEqual([]);
    server.transport.drains();
    expect(server.transport.sent).toEqual(["4a", "4b"]);
    expect(calls[0]![1]).toBe("forced close");
  });

  it("waits for an upgrade under way", () => {
    const engine = server.engine(pollingFirst);
    server.opens();
    const [polling, websocket] = server.transports;
    websocket!.opens();
    websocket!.drains();
    websocket!.receives({ type: "pong", data: "probe" });
    const calls = record(engine);
    engine.send("a").close();
    expect(engine.readyState).toBe("closing");
    polling!.paused!();
    websocket!.drains();
    websocket!.drains();
    expect(websocket!.sent).toEqual(["2probe", "5", "4a"]);
    expect(calls.map(([event]) => event)).toEqual(["upgrade", "close"]);
  });

  it("waits for an upgrade under way that fails", () => {
    const engine = server.engine(pollingFirst);
    server.opens();
    const [polling, websocket] = server.transports;
    websocket!.opens();
    websocket!.drains();
    websocket!.receives({ type: "pong", data: "probe" });
    const calls = record(engine);
    engine.send("a").close();
    websocket!.fails();
    expect(polling!.sent).toEqual(["4a"]);
    polling!.drains();
    expect(calls.map(([event]) => event)).toEqual(["upgradeError", "close"]);
    expect(calls[1]![1]).toBe("forced close");
  });
});
