import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { ProtocolViolation } from "../src/close-reason.js";
import type { Engine } from "../src/engine.js";
import type { EngineOptions } from "../src/options.js";
import { FakeServer } from "./fake-server.js";
import { settled } from "./fake-clock.js";

let server: FakeServer;
beforeEach(() => {
  server = new FakeServer();
});

/** Everything the engine says, by name. */
const record = (engine: Engine) => {
  const calls: unknown[][] = [];
  for (const event of ["open", "upgrade", "upgradeError", "error", "close"] as const) {
    engine.on(event, (...args: unknown[]) => calls.push([event, ...args]));
  }
  return calls;
};
const names = () => server.transports.map(({ name }) => name);
const records = (engine: Engine) =>
  engine.explain().map(({ transport, outcome, reason, ms }) => [transport, outcome, reason, ms].join(" "));
const websocketFirst: Partial<EngineOptions> = { transports: ["websocket", "polling"] };
const pollingFirst: Partial<EngineOptions> = { transports: ["polling", "websocket"] };

const openOver = (name: "websocket" | "polling", options?: Partial<EngineOptions>) => {
  const engine = server.engine({ transports: [name], ...options });
  server.opens();
  return engine;
};

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

describe("the memory of a page", () => {
  const reopen = () => {
    server.transports.length = 0;
    const engine = server.engine();
    return { engine, names: names() };
  };

  it("sends the next session to long-polling when WebSocket died young, without trying it again", () => {
    const engine = openOver("websocket", websocketFirst);
    const calls = record(engine);
    server.clock.advance(200);
    server.transport.breaks();
    expect(calls[0]).toMatchObject([
      "close",
      "transport close",
      {
        description: "websocket connection closed",
        attempt: { transport: "websocket", outcome: "ended", reason: "cut", ms: 200 },
      },
    ]);
    const next = reopen();
    expect(next.names).toEqual(["polling"]);
    server.opens();
    expect(names()).toEqual(["polling"]);
    expect(next.engine.transport.name).toBe("polling");
  });

  it("tries WebSocket first again when it has expired", () => {
    openOver("websocket", websocketFirst);
    server.transport.breaks();
    server.clock.advance(60_000);
    expect(reopen().names).toEqual(["websocket"]);
  });

  it("does not count a WebSocket that the server closed in good order, or that the client closed", () => {
    openOver("websocket", websocketFirst);
    server.transport.breaks(true);
    expect(reopen().names).toEqual(["websocket"]);
    server.opens();
    server.engine().close();
    expect(reopen().names).toEqual(["websocket"]);
  });

  it("tries WebSocket as a last resort", () => {
    server.memory._failed("towpath.test:443", server.clock.now(), "cut");
    const engine = server.engine();
    server.transport.fails();
    expect(names()).toEqual(["polling", "websocket"]);
    server.opens();
    expect(engine.readyState).toBe("open");
  });

  it("keeps a refusal only if long-polling worked: a server that is down is no bad path", () => {
    server.engine();
    server.transport.fails();
    server.transport.fails();
    expect(reopen().names).toEqual(["websocket"]);
    server.transport.fails();
    server.opens();
    expect(reopen().names).toEqual(["polling"]);
  });

  it("lets a WebSocket that was only silent take over, as it may have been slow", () => {
    server.engine();
    server.clock.advance(1000);
    server.opens();
    expect(names()).toEqual(["websocket", "polling", "websocket"]);
  });

  it("keeps that a WebSocket carried, but never brought a ping", () => {
    openOver("websocket", websocketFirst);
    server.clock.advance(45_000);
    expect(reopen().names).toEqual(["polling"]);
  });

  it("keeps that a WebSocket took over, but never brought a ping", () => {
    openOver("polling", pollingFirst);
    server.transports[0]!.receives({ type: "ping" });
    server.upgrades();
    server.clock.advance(45_000);
    expect(reopen().names).toEqual(["polling"]);
  });

  it("gives long-polling the time it takes", () => {
    server.memory._failed("towpath.test:443", server.clock.now(), "cut");
    server.engine();
    server.clock.advance(10_000);
    expect(names()).toEqual(["polling"]);
  });

  it("does not mind that the pings stopped: it may have been sleep", () => {
    openOver("websocket", websocketFirst);
    server.transport.receives({ type: "ping" });
    server.clock.advance(45_000);
    expect(reopen().names).toEqual(["websocket"]);
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
    server = new FakeServer();
    expect(batches(1 + 132 + 2 + 5, new ArrayBuffer(100), "xxxxx")).toBe(1);
  });
  it("holds a single packet that is too large", () => expect(batches(5, "x".repeat(10), "y")).toBe(1));
  it("has no limit where the server has none", () => expect(batches(undefined, "x".repeat(1e6), "y")).toBe(2));
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

describe("the address of a request", () => {
  const uri = (options: Partial<EngineOptions>, address?: string, sid?: string) => {
    server.clock.chance = 0.5;
    server.engine(options, address);
    return server.transport.setup.uri(sid);
  };

  it("has the application's parameters first, then those of the protocol", () => {
    const stamp = /^https:\/\/towpath\.test\/socket\.io\/\?a=1&b=x\+y&EIO=4&transport=polling&t=[\w.]+&sid=id$/;
    expect(uri({ transports: ["polling"], query: { a: 1, b: "x y" } }, undefined, "id")).toMatch(stamp);
  });

  it("has those of the address instead, if it has any", () => {
    expect(uri({ query: "a=1" }, "ws://towpath.test/?b=2")).toBe(
      "ws://towpath.test/socket.io/?b=2&EIO=4&transport=websocket&towpath=1",
    );
  });

  it("names the port unless it is the default", () => {
    expect(uri({}, "http://x.test:80")).toMatch("ws://x.test/");
    expect(uri({}, "http://x.test:443")).toMatch("ws://x.test:443/");
    expect(uri({}, "https://[::1]:3000")).toMatch("wss://[::1]:3000/");
  });

  it.each([
    ["/chat", undefined, "/chat/?"],
    ["/chat/", undefined, "/chat/?"],
    ["/chat/", false, "/chat?"],
  ])("has the path %s with the slash %s as %s", (path, addTrailingSlash, expected) => {
    expect(uri({ path, addTrailingSlash })).toMatch(`wss://towpath.test${expected}EIO=4`);
  });

  it("has a time stamp for long-polling unless it shall not, for WebSocket only if it shall", () => {
    expect(uri({ transports: ["polling"], timestampRequests: false })).not.toMatch("&t=");
    expect(uri({ timestampRequests: true, timestampParam: "stamp" })).toMatch("&stamp=");
    expect(uri({})).not.toMatch("&t=");
  });

  it("asks for base64: WebSocket always, long-polling at the beginning", () => {
    expect(uri({ forceBase64: true }, undefined, "id")).toMatch("&b64=1&sid=id");
    expect(uri({ forceBase64: true, transports: ["polling"] })).toMatch("&b64=1");
    expect(uri({ forceBase64: true, transports: ["polling"] }, undefined, "id")).not.toMatch("b64");
  });
});

describe("options of one transport", () => {
  it("replace those of all for it", () => {
    const polling = { extraHeaders: { a: "2" }, path: "/p" };
    server.engine({ extraHeaders: { a: "1" }, transportOptions: { polling } });
    server.transport.fails();
    expect(server.transports.map(({ setup }) => setup.extraHeaders)).toEqual([{ a: "1" }, { a: "2" }]);
    expect(server.transport.setup.uri(undefined)).toMatch("/p/?");
  });
});

describe("the page", () => {
  let page: EventTarget;
  beforeEach(() => {
    page = new EventTarget();
    vi.stubGlobal("addEventListener", page.addEventListener.bind(page));
    vi.stubGlobal("removeEventListener", page.removeEventListener.bind(page));
  });
  afterEach(() => vi.unstubAllGlobals());
  const fire = (event: string) => page.dispatchEvent(new Event(event));

  it("may not be there, as in a worker", () => {
    vi.unstubAllGlobals();
    expect([typeof addEventListener, typeof document]).toEqual(["undefined", "undefined"]);
    const engine = server.engine();
    server.opens();
    engine.close();
    expect(engine.readyState).toBe("closed");
  });

  it("that loses its network ends the session, and what is known of the path", () => {
    server.memory._failed("towpath.test:443", server.clock.now(), "cut");
    const calls = record(openOver("websocket"));
    fire("offline");
    expect(calls).toMatchObject([
      ["close", "transport close", { description: "network connection lost", attempt: { reason: "offline" } }],
    ]);
    expect(server.memory._avoid("towpath.test:443", server.clock.now())).toBeUndefined();
  });

  it("that loses its network keeps a session with its own machine", () => {
    const engine = server.engine({}, "http://localhost:3000");
    server.opens();
    fire("offline");
    expect(engine.readyState).toBe("open");
  });

  it("that loses its network fails a session that is opening", () => {
    const calls = record(server.engine());
    fire("offline");
    expect(calls.map(([event]) => event)).toEqual(["error", "close"]);
  });

  it("that is left ends the session politely", () => {
    const calls = record(openOver("polling"));
    fire("pagehide");
    expect(server.transport.isClosed).toBe(true);
    expect(calls).toMatchObject([["close", "transport close", { attempt: { reason: "hidden" } }]]);
  });

  it("that asks whether it may be left ends the session only if that is wanted", () => {
    const engine = openOver("polling");
    fire("beforeunload");
    expect(engine.readyState).toBe("open");
    const other = openOver("polling", { closeOnBeforeunload: true });
    fire("beforeunload");
    expect(other.readyState).toBe("closed");
  });

  it("is not listened to after the end", () => {
    const engine = openOver("polling");
    engine.close();
    const remove = vi.spyOn(server.memory, "_forget");
    fire("offline");
    expect(remove).not.toHaveBeenCalled();
  });
});
