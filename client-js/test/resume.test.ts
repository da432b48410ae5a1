import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import type { Engine } from "../src/engine.js";
import type { EngineOptions } from "../src/options.js";
import type { TransportName } from "../src/transport-log.js";
import { FakeServer } from "./fake-server.js";
import { settled } from "./fake-clock.js";
import type { FakeTransport } from "./fake-transport.js";

let server: FakeServer;
let engine: Engine;
let calls: string[];
beforeEach(() => {
  server = new FakeServer();
  const transports: TransportName[] = ["websocket", "stream", "polling"];
  server.handshake.resume = { v: 1, window: 60_000, buffer: 1_000, transports };
});
afterEach(() => vi.unstubAllGlobals());

const open = (options?: Partial<EngineOptions>, over: TransportName = "websocket") => {
  calls = [];
  const transports: TransportName[] =
    over === "websocket" ? ["websocket", "stream", "polling"] : ["polling", "stream", "websocket"];
  const begun = server.transports.length;
  engine = server.engine({ transports, proofOfLife: 500, ...options });
  engine.on("message", (data) => calls.push(`message ${data}`));
  engine.on("upgrade", ({ name }) => calls.push(`upgrade ${name}`));
  engine.on("close", (reason, details: any) => calls.push(`close ${reason}: ${details?.description}`));
  server.opens();
  return server.transports[begun]!;
};
const latest = (name: TransportName) => server.transports.filter((transport) => transport.name === name).pop()!;
const names = () => server.transports.map(({ name }) => name);
/** What was told, and is forgotten by that. */
const told = () => calls.splice(0);
const records = () =>
  engine.explain().map(({ transport, purpose, outcome, reason }) => [transport, purpose, outcome, reason].join(" "));
/** A transport proves itself and is confirmed. */
const carries = (transport: FakeTransport, ack = 0, next = 1) => {
  transport.opens();
  transport.hears(`7${ack}`);
  transport.drains();
  if (transport.name === "polling") transport.events.opened();
  else transport.hears(`8${next}`);
  transport.drains();
};

describe("the negotiation of a resumable session", () => {
  it("asks once, in the opening request of either transport", () => {
    const websocket = open();
    expect(websocket.setup.uri(undefined)).toMatch(/&towpath=1$/);
    server.clock.advance(20_000);
    websocket.breaks();
    server.clock.advance(0);
    expect(latest("websocket").query().has("towpath")).toBe(false);
    expect(open({}, "polling").setup.uri(undefined)).toMatch(/&towpath=1$/);
  });

  it("sends what was written before it was open", () => {
    engine = server.engine({ transports: ["websocket"] });
    engine.send("early");
    server.opens();
    engine.send("late");
    server.transport.drains();
    expect(server.transport.sent).toEqual(["4early", "4late"]);
  });

  it("does not ask when it is not to, and takes nothing that it did not ask for", () => {
    const websocket = open({ resume: false });
    expect(websocket.setup.uri(undefined)).not.toContain("towpath=");
    websocket.breaks();
    expect(told()).toEqual(["close transport close: websocket connection closed"]);
  });

  it.each([
    undefined,
    null,
    {},
    { v: 2, window: 1, buffer: 1, transports: [] },
    { v: 1, window: 0, buffer: 1, transports: [] },
    { v: 1, window: 1, buffer: 1 },
  ])("has a session as any other with the terms %j", (resume) => {
    server.handshake.resume = resume as any;
    const websocket = open();
    websocket.hears("4hello");
    websocket.breaks();
    expect(told()).toEqual(["message hello", "close transport close: websocket connection closed"]);
  });

  it("has the packets 7 and 8 only in a resumable session", async () => {
    const { WebSocketTransport } = await import("../src/websocket-transport.js");
    const { FakeWebSocket } = await import("./fake-websocket.js");
    const { TransportRecorder } = await import("./transport-recorder.js");
    for (const resumable of [false, true]) {
      const recorder = new TransportRecorder();
      const transport = new WebSocketTransport(recorder.setup({ WebSocket: FakeWebSocket as any }), recorder);
      transport.open();
      transport.session("id", resumable);
      FakeWebSocket.last.onmessage({ data: "71" });
      expect(recorder.take()).toEqual(resumable ? ["packet ack"] : ["closed"]);
    }
  });

  it("uses only what both sides have", () => {
    server.handshake.resume!.transports = ["websocket", "polling"];
    const websocket = open({ transports: ["websocket", "stream", "polling"] });
    websocket.breaks();
    server.clock.advance(3_000);
    expect(new Set(names())).toEqual(new Set(["websocket", "polling"]));
  });
});

describe("the numbers of a resumable session", () => {
  it("begin with 1 on the transport that opened it, and are acknowledged 200 ms after a message", () => {
    const websocket = open();
    websocket.drains();
    websocket.hears("4a", "4b");
    expect(told()).toEqual(["message a", "message b"]);
    server.clock.advance(199);
    expect(websocket.take()).toEqual([]);
    server.clock.advance(1);
    expect(websocket.take()).toEqual(["72"]);
  });

  it("are acknowledged at once when a quarter of the buffer has come", () => {
    const websocket = open();
    websocket.drains();
    websocket.hears("4" + "x".repeat(200));
    expect(websocket.take()).toEqual(["71"]);
  });

  it("keep what comes again from being delivered again", () => {
    const websocket = open();
    websocket.hears("4a", "4b", "81", "4a", "4b", "4c");
    expect(told()).toEqual(["message a", "message b", "message c"]);
  });

  it.each([
    ["a gap", ["83"], "sequence gap"],
    ["a gap after a message", ["4a", "83"], "sequence gap"],
    ["a mark of nothing", ["80"], "protocol error"],
    ["a mark that is no number", ["8x"], "protocol error"],
    ["a mark above 2^53", ["89007199254740993"], "protocol error"],
    ["an acknowledgement of what was never sent", ["72"], "bad ack"],
    ["an acknowledgement that is no number", ["7-1"], "bad ack"],
    ["an open packet", ["0{}"], "parse error"],
    ["an upgrade packet", ["5"], "parse error"],
  ])("end the session at %s", (_, packets, word) => {
    const websocket = open();
    websocket.drains();
    engine.send("x");
    websocket.drains();
    websocket.hears(...packets);
    expect(told().pop()).toBe(`close transport error: ${word}`);
    expect(websocket.isClosed).toBe(true);
  });

  it("end the session when a message comes on a transport without a mark", () => {
    open().breaks();
    server.clock.advance(200);
    const stream = latest("stream");
    stream.opens();
    stream.hears("70", "4a");
    expect(told()).toEqual(["close transport error: protocol error"]);
  });

  it("leave half of the buffer on the way, and no more, until it is acknowledged", () => {
    const websocket = open();
    for (let i = 0; i < 9; i++) engine.send("x".repeat(36));
    websocket.drains();
    // 100 each: the sixth is let through when five, half of the buffer, are on the way.
    expect(websocket.sent).toHaveLength(6);
    websocket.hears("73");
    websocket.drains();
    expect(websocket.sent).toHaveLength(9);
  });

  it("leave one message that is larger than the buffer alone", () => {
    const websocket = open();
    engine.send("x".repeat(5_000));
    websocket.drains();
    expect(websocket.sent).toHaveLength(1);
    expect(told()).toEqual([]);
  });
});

describe("a session whose transport is gone", () => {
  it("tells nobody, drops what is volatile, and offers another at once with its numbers and the reason", () => {
    const websocket = open();
    websocket.hears("4a");
    server.clock.advance(20_000);
    websocket.breaks();
    server.clock.advance(0);
    expect(told()).toEqual(["message a"]);
    expect(engine).toMatchObject({ readyState: "open", transport: { writable: false } });
    const next = latest("websocket");
    expect(next).not.toBe(websocket);
    expect(Object.fromEntries(next.query())).toMatchObject({
      sid: "engine-id",
      transport: "websocket",
      attach: "3",
      ack: "1",
      why: "lost",
    });
    expect(records()).toEqual(["websocket open ended lost", "websocket resume trying "]);
  });

  it("confirms what it has chosen, tells where it begins, and sends everything that is not acknowledged", () => {
    const websocket = open();
    server.clock.advance(20_000);
    websocket.drains();
    for (const text of ["a", "b", "c"]) {
      engine.send(text);
      websocket.drains();
    }
    websocket.hears("71", "4x");
    websocket.breaks();
    engine.send("d");
    server.clock.advance(0);
    const next = latest("websocket");
    next.opens();
    expect(next.sent).toEqual([]);
    next.hears("72");
    expect(next.sent).toEqual(["71", "83", "4c", "4d"]);
    next.drains();
    next.hears("81", "4x", "4y");
    expect(told()).toEqual(["message x", "message y"]);
    expect(records().pop()).toBe("websocket resume carrying resumed");
  });

  it("writes its mark although nothing follows", () => {
    open().breaks();
    server.clock.advance(200);
    const next = latest("stream");
    next.opens();
    next.resume();
    next.hears("70");
    // A stream has its confirmation in the query.
    expect(next.sent).toEqual([]);
    next.hears("81");
    server.clock.advance(4_000);
    const websocket = latest("websocket");
    websocket.opens();
    websocket.hears("70");
    expect(websocket.sent).toEqual(["70", "81"]);
  });

  it("reserves three generations for a race, the highest for WebSocket, then the stream", () => {
    open().breaks();
    server.clock.advance(200);
    server.clock.advance(1_000);
    server.clock.advance(1_000);
    const generations = ["websocket", "stream", "polling"].map((name) =>
      latest(name as TransportName)
        .query()
        .get("attach"),
    );
    expect(generations).toEqual(["3", "2", "1"]);
  });

  it("begins with HTTP when WebSocket died young, and with WebSocket when it did not", () => {
    open().breaks();
    expect(records()[0]).toBe("websocket open ended cut");
    server.clock.advance(200);
    expect(names()).toEqual(["websocket", "stream"]);
    server = new FakeServer();
    server.handshake.resume = { v: 1, window: 60_000, buffer: 1_000, transports: ["websocket", "stream", "polling"] };
    const websocket = open();
    server.clock.advance(20_000);
    websocket.breaks();
    server.clock.advance(0);
    expect(names()).toEqual(["websocket", "websocket"]);
  });

  it("offers the next when the one before failed, and pauses from 0.2 to 5 seconds when all have", () => {
    const websocket = open();
    server.clock.advance(20_000);
    websocket.breaks();
    const pauses: number[] = [];
    let since = server.clock.now();
    for (let round = 0; round < 7; round++) {
      const count = server.transports.length;
      while (server.transports.length === count) server.clock.advance(10);
      pauses.push(server.clock.now() - since);
      for (const _ of [1, 2, 3]) server.transport.fails();
      since = server.clock.now();
    }
    expect(server.transports).toHaveLength(1 + 7 * 3);
    expect(pauses.slice(1)).toEqual([200, 400, 800, 1600, 3200, 5000]);
  });

  it("gives an offer 4 seconds to prove itself", () => {
    const websocket = open();
    server.clock.advance(20_000);
    websocket.breaks();
    server.clock.advance(0);
    const next = latest("websocket");
    next.opens();
    server.clock.advance(3_999);
    expect(next.isClosed).toBe(false);
    server.clock.advance(1);
    expect(next.isClosed).toBe(true);
    expect(records()[1]).toBe("websocket resume failed silent");
  });

  it("takes nothing on an offer but its acknowledgement, and that costs the offer alone", () => {
    const websocket = open();
    server.clock.advance(20_000);
    websocket.breaks();
    server.clock.advance(0);
    const next = latest("websocket");
    next.opens();
    next.hears("4a");
    expect(next.isClosed).toBe(true);
    expect(told()).toEqual([]);
  });

  it("gives the confirmation 5 seconds, never goes back, and does not begin with that transport again", () => {
    open().breaks();
    server.clock.advance(200);
    const stream = latest("stream");
    stream.opens();
    stream.hears("70");
    server.clock.advance(4_999);
    expect(engine.transport).toBe(stream);
    server.clock.advance(1);
    expect(stream.isClosed).toBe(true);
    server.clock.advance(400);
    expect(server.transport.name).toBe("polling");
    expect(told()).toEqual([]);
  });

  it("hears the old transport until the new one is confirmed, and writes on the new one alone", () => {
    const polling = open({}, "polling");
    const old = latest("polling");
    expect(old).not.toBe(polling);
    const websocket = latest("websocket");
    websocket.opens();
    websocket.hears("70");
    engine.send("x");
    websocket.drains();
    expect(websocket.sent).toEqual(["70", "81", "4x"]);
    old.events.opened();
    old.hears("81", "4a");
    expect(told()).toEqual(["message a"]);
    expect(old.isClosed).toBe(false);
    websocket.hears("82", "4b");
    expect(old.isClosed).toBe(true);
    expect(told()).toEqual(["upgrade websocket", "message b"]);
    old.hears("4c");
    expect(told()).toEqual([]);
  });

  it("acknowledges on the new transport what the old one brought, though a ping is answered there", async () => {
    open({}, "polling");
    await settled();
    const old = latest("polling");
    const websocket = latest("websocket");
    websocket.opens();
    websocket.hears("70");
    websocket.drains();
    old.events.opened();
    old.hears("81", "4a", "2");
    expect(old.take()).toEqual(["3"]);
    websocket.hears("82");
    websocket.take();
    server.clock.advance(200);
    expect(websocket.take()).toEqual(["71"]);
  });

  it("takes a better transport that proved itself while another was being confirmed", () => {
    const websocket = open();
    server.clock.advance(20_000);
    websocket.breaks();
    server.clock.advance(500);
    const [better, stream] = [latest("websocket"), latest("stream")];
    stream.opens();
    stream.hears("70");
    better.opens();
    better.hears("70");
    expect(engine.transport).toBe(stream);
    stream.hears("81");
    expect(engine.transport).toBe(better);
    expect(better.sent).toEqual(["70", "81"]);
  });

  it("goes on trying until the server cannot have the session any more, and not longer", () => {
    const websocket = open();
    server.clock.advance(20_000);
    websocket.breaks();
    const heard = server.clock.now();
    while (server.clock.now() < heard + 60_000 + 45_000 + 5_000) {
      for (const transport of server.transports) if (!transport.isClosed) transport.fails();
      server.clock.advance(1_000);
    }
    expect(told()).toEqual([]);
    for (const transport of server.transports) if (!transport.isClosed) transport.fails();
    server.clock.advance(2_000);
    expect(told()).toEqual(["close transport close: window"]);
    server.clock.advance(600_000);
    expect(server.clock.pending).toBe(0);
  });

  it("ends when a new message is more than the buffer holds, and not for what it held at the cut", () => {
    const websocket = open();
    engine.send("x".repeat(2_000));
    websocket.breaks();
    expect(told()).toEqual([]);
    engine.send("y");
    expect(told()).toEqual(["close transport error: buffer"]);
  });

  it("keeps one message that is larger than the buffer", () => {
    open().breaks();
    engine.send("x".repeat(2_000));
    expect(told()).toEqual([]);
  });

  it("fills the buffer to its last byte", () => {
    open().breaks();
    engine.send("x".repeat(500 - 64));
    engine.send("x".repeat(500 - 64));
    expect(told()).toEqual([]);
    engine.send("");
    expect(told()).toEqual(["close transport error: buffer"]);
  });
});

describe("the end of a resumable session", () => {
  const closes = (code: number) => (transport: FakeTransport) =>
    transport.breaks(true, { description: "websocket connection closed", context: { code } });
  const offered = () => {
    const websocket = open();
    server.clock.advance(20_000);
    websocket.breaks();
    server.clock.advance(0);
    return latest("websocket");
  };

  it("is told by a server that does not know it", () => {
    closes(4001)(offered());
    expect(told()).toEqual(["close transport close: unknown"]);
  });

  it("is told by a 400 with code 1", () => {
    offered().fails('{"code":1,"message":"Session ID unknown"}', 400);
    expect(told()).toEqual(["close transport close: unknown"]);
  });

  it("is not told by any other refusal", () => {
    offered().fails('{"code":3,"message":"Bad request"}', 400);
    expect(told()).toEqual([]);
  });

  it("is the work of another client when an offer is stale, or the current transport is released", () => {
    closes(4009)(offered());
    expect(told()).toEqual(["close transport close: taken over"]);
    closes(4000)(open());
    expect(told()).toEqual(["close transport close: taken over"]);
  });

  it("is the work of another client when HTTP says so with 409", () => {
    offered().fails("", 409);
    expect(told()).toEqual(["close transport close: taken over"]);
  });

  it("is not the end of an old transport that was released", () => {
    open({}, "polling");
    const old = latest("polling");
    const websocket = latest("websocket");
    websocket.opens();
    websocket.hears("70");
    old.fails("", 409);
    websocket.hears("81");
    expect(told()).toEqual(["upgrade websocket"]);
  });

  it.each([
    [(transport: FakeTransport) => closes(1009)(transport), "message too large"],
    [(transport: FakeTransport) => transport.fails("", 413), "message too large"],
  ])("comes with a message that is too large", (fails, word) => {
    fails(open());
    expect(told()).toEqual([`close transport error: ${word}`]);
  });

  it("is a `1` on the transport that carries, on an old one, and on an offer", () => {
    open().hears("1");
    expect(told()).toEqual(["close transport close: transport closed by the server"]);
    offered().hears("1");
    expect(told()).toEqual(["close transport close: transport closed by the server"]);
    open({}, "polling");
    const old = latest("polling");
    latest("websocket").opens();
    latest("websocket").hears("70");
    old.hears("1");
    expect(told()).toEqual(["close transport close: transport closed by the server"]);
  });

  it("comes after everything is acknowledged when it is closed here", () => {
    const websocket = open();
    websocket.drains();
    engine.send("x");
    engine.close();
    websocket.drains();
    expect(told()).toEqual([]);
    websocket.hears("71");
    expect(told()).toEqual(["close forced close: undefined"]);
    expect(websocket.bye).toBe(true);
  });

  it("comes at once when nothing waits, and after a window when nothing is acknowledged", () => {
    open();
    engine.close();
    expect(told()).toEqual(["close forced close: undefined"]);
    const websocket = open();
    engine.send("x");
    engine.close();
    websocket.breaks();
    server.clock.advance(59_000);
    expect(told()).toEqual([]);
    server.clock.advance(2_000);
    expect(told()).toEqual(["close forced close: undefined"]);
  });

  it("says goodbye when the page is left", () => {
    const page = new EventTarget();
    vi.stubGlobal("addEventListener", page.addEventListener.bind(page));
    vi.stubGlobal("removeEventListener", page.removeEventListener.bind(page));
    const websocket = open();
    page.dispatchEvent(new Event("pagehide"));
    expect(websocket.bye).toBe(true);
    expect(told()).toEqual(["close transport close: page left"]);
  });

  it("leaves no timer and no transport behind", () => {
    offered();
    engine.send("x");
    server.clock.advance(1_500);
    engine._end("forced close");
    expect(server.transports.every(({ isClosed }) => isClosed)).toBe(true);
    server.clock.advance(60_000);
    expect(server.clock.pending).toBe(0);
    expect(
      records()
        .slice(1)
        .every((record) => /failed (abandoned|silent)/.test(record)),
    ).toBe(true);
  });

  it("is not the work of a message that kills three WebSockets in a row: the session steps down", () => {
    vi.spyOn(server.memory, "_broke").mockReturnValue(false);
    let websocket = open();
    engine.send("poison");
    for (let death = 1; death <= 3; death++) {
      websocket.drains();
      server.clock.advance(1_000);
      const begun = server.transports.length;
      websocket.breaks();
      server.clock.advance(300);
      const next = server.transports[begun]!;
      expect(next.name).toBe(death < 3 ? "websocket" : "stream");
      if (death < 3) carries((websocket = next));
    }
    expect(told()).toEqual([]);
  });

  it("comes when a message kills three transports in a row on the lowest tier", () => {
    server.handshake.resume!.transports = ["polling"];
    open({ transports: ["polling"] }, "polling");
    engine.send("poison");
    for (let death = 1; death <= 3; death++) {
      const polling = latest("polling");
      if (death === 1) polling.resume();
      else carries(polling);
      polling.drains();
      expect(told()).toEqual([]);
      polling.fails("fetch write error", 502);
      server.clock.advance(500);
    }
    expect(told()).toEqual(["close transport error: no progress"]);
  });
});

describe("the liveness of a resumable session", () => {
  const transports: TransportName[] = ["websocket", "stream", "polling"];

  it("answers a ping on the transport that brought it", () => {
    const websocket = open();
    websocket.drains();
    websocket.hears("2abc");
    expect(websocket.take()).toEqual(["3abc"]);
  });

  it("asks when the ping of the server is 3 seconds late, looks beside it, and gives it 4 seconds", () => {
    const websocket = open();
    websocket.drains();
    server.clock.advance(28_000);
    expect(websocket.take()).toEqual([]);
    server.clock.advance(1_000);
    expect(websocket.take()[0]).toMatch(/^2\d+$/);
    server.clock.advance(500);
    expect(names()).toEqual(["websocket", "websocket"]);
    server.clock.advance(4_500);
    expect(websocket.isClosed).toBe(true);
    expect(told()).toEqual([]);
    expect(records()[0]).toBe("websocket open ended silent");
  });

  it("moves to what answers although the old one is not dead yet", () => {
    const websocket = open();
    websocket.drains();
    server.clock.advance(29_500);
    carries(latest("websocket"));
    expect(engine.transport).toBe(latest("websocket"));
    expect(websocket.isClosed).toBe(true);
    expect(records()).toEqual(["websocket open ended silent", "websocket resume carrying resumed"]);
  });

  it("stays with a transport that answers, and drops what it looked for", () => {
    const websocket = open();
    websocket.drains();
    server.clock.advance(29_500);
    websocket.hears("31");
    const beside = latest("websocket");
    beside.opens();
    beside.hears("70");
    expect(beside.isClosed).toBe(true);
    expect(engine.transport).toBe(websocket);
    expect(records()[1]).toBe("websocket resume failed overtaken");
  });

  it("asks when an acknowledgement is 5 seconds late, and ends the transport when it stays out", () => {
    const websocket = open();
    websocket.drains();
    engine.send("x");
    websocket.drains();
    server.clock.advance(5_000);
    expect(websocket.take()).toEqual(["4x"]);
    server.clock.advance(1_000);
    expect(websocket.take()[0]).toMatch(/^2/);
    websocket.drains();
    websocket.hears("31");
    server.clock.advance(4_000);
    expect(websocket.isClosed).toBe(true);
  });

  it("is patient with a large message that is still leaving the page", () => {
    const websocket = open();
    websocket.drains();
    engine.send("x");
    websocket.drains();
    for (let left = 30; left; left--) {
      (websocket as any).bufferedAmount = left * 1_000;
      server.clock.advance(1_000);
      websocket.hears("2");
      websocket.drains();
    }
    expect(websocket.isClosed).toBe(false);
    expect(websocket.sent.filter((packet) => /^2/.test(packet as string))).toEqual([]);
  });

  it("asks after sleep, at `online`, and when the page is looked at again", () => {
    const page = new EventTarget();
    vi.stubGlobal("addEventListener", page.addEventListener.bind(page));
    vi.stubGlobal("removeEventListener", page.removeEventListener.bind(page));
    const document = { hidden: false };
    vi.stubGlobal("document", document);
    const websocket = open();
    const asked = () => {
      const question = websocket.take().some((packet) => /^2/.test(packet as string));
      websocket.drains();
      websocket.hears("30");
      return question;
    };
    websocket.drains();
    page.dispatchEvent(new Event("online"));
    expect(asked()).toBe(true);
    page.dispatchEvent(new Event("visibilitychange"));
    expect(asked()).toBe(true);
    document.hidden = true;
    page.dispatchEvent(new Event("visibilitychange"));
    expect(asked()).toBe(false);
    server.clock.sleep(20_000);
    server.clock.advance(1_000);
    expect(asked()).toBe(false);
    document.hidden = false;
    server.clock.sleep(20_000);
    server.clock.advance(1_000);
    expect(asked()).toBe(true);
  });

  it("does not end at `offline`, and looks for a transport at once at `online`", () => {
    const page = new EventTarget();
    vi.stubGlobal("addEventListener", page.addEventListener.bind(page));
    vi.stubGlobal("removeEventListener", page.removeEventListener.bind(page));
    const websocket = open();
    server.clock.advance(20_000);
    page.dispatchEvent(new Event("offline"));
    websocket.breaks();
    for (let i = 0; i < 30; i++) {
      for (const transport of server.transports) if (!transport.isClosed) transport.fails();
      server.clock.advance(1_000);
    }
    for (const transport of server.transports) if (!transport.isClosed) transport.fails();
    expect(told()).toEqual([]);
    const count = server.transports.length;
    page.dispatchEvent(new Event("online"));
    expect(server.transports).toHaveLength(count + 1);
    expect(server.transport.name).toBe("websocket");
  });

  it("does not ask a page that was only slow, nor one that does not wait for an answer", () => {
    const websocket = open({ transports });
    websocket.drains();
    for (let i = 0; i < 10; i++) {
      server.clock.sleep(4_000);
      server.clock.advance(1_000);
      websocket.hears("2");
      websocket.drains();
    }
    expect(websocket.take().filter((packet) => /^2/.test(packet as string))).toEqual([]);
  });
});

describe("the way up", () => {
  it("offers the better transports at once when long-polling opened, and one of them takes over", () => {
    open({}, "polling");
    expect(names()).toEqual(["polling", "polling", "stream", "websocket"]);
    expect(latest("polling").resumed).toBe(0);
    carries(latest("websocket"));
    expect(told()).toEqual(["upgrade websocket"]);
    expect(latest("stream").isClosed).toBe(true);
    expect(records()).toEqual([
      "polling open ended upgraded",
      "stream upgrade failed overtaken",
      "websocket upgrade carrying upgraded",
    ]);
  });

  it("uses the long-polling that opened, once its first body has been read", async () => {
    const first = open({}, "polling");
    expect(first.paused).toBeDefined();
    first.message("behind the handshake");
    expect(told()).toEqual(["message behind the handshake"]);
    await settled();
    expect(latest("polling").resumed).toBe(1);
    expect(latest("polling").query(true).toString()).toMatch(/sid=engine-id&on=0&ack=1$/);
  });

  it("sends what was said at the opening as soon as long-polling may be used", async () => {
    open({}, "polling");
    engine.send("at once");
    expect(latest("polling").sent).toEqual([]);
    await settled();
    expect(latest("polling").sent).toEqual(["81", "4at once"]);
  });

  it("tries again after 2, 4, 8, 16 and then every 30 seconds, and not while the page is hidden", () => {
    server.handshake.resume!.transports = ["websocket", "polling"];
    const document = { hidden: false };
    vi.stubGlobal("document", document);
    open({}, "polling");
    const pauses: number[] = [];
    for (let i = 0; i < 6; i++) {
      const since = server.clock.now();
      const count = server.transports.length;
      server.transport.fails();
      while (server.transports.length === count) {
        server.clock.advance(1_000);
        latest("polling").events.opened();
      }
      pauses.push((server.clock.now() - since) / 1_000);
    }
    expect(pauses).toEqual([2, 4, 8, 16, 30, 30]);
    server.transport.fails();
    const count = server.transports.length;
    document.hidden = true;
    server.clock.advance(40_000);
    expect(server.transports).toHaveLength(count);
  });

  it("tries again although the transport was in doubt, and answered when everything else had failed", () => {
    const first = open({}, "polling");
    const stream = latest("stream");
    carries(stream);
    const others = () =>
      server.transports.filter((transport) => ![first, stream].includes(transport) && !transport.isClosed);
    const sent: unknown[] = [];
    for (let i = 0; i < 300 && !/2\d+/.test(sent.join()); i++) {
      for (const transport of others()) transport.fails();
      server.clock.advance(100);
      sent.push(...stream.take());
      stream.drains();
    }
    expect(sent).toContain("20");
    server.clock.advance(500);
    for (let i = 0; i < 4; i++) for (const transport of others()) transport.fails();
    expect(others()).toEqual([]);
    const count = server.transports.length;
    stream.hears("30");
    for (let i = 0; i < 2; i++) {
      stream.hears("2");
      stream.drains();
      server.clock.advance(20_000);
    }
    expect(names().slice(count)).toContain("websocket");
  });

  it("says that an attempt has failed", () => {
    const errors: string[] = [];
    server.handshake.resume!.transports = ["websocket", "polling"];
    open({}, "polling");
    engine.on("upgradeError", ({ message, transport }) => errors.push(`${transport} ${message}`));
    server.transport.fails();
    expect(errors).toEqual(["websocket probe error"]);
  });

  it("does not try when it is not to", () => {
    open({ upgrade: false }, "polling");
    server.clock.advance(20_000);
    expect(names()).toEqual(["polling", "polling"]);
  });

  it("remembers what failed while a humbler transport worked", () => {
    open({}, "polling");
    latest("websocket").fails();
    expect(server.memory._avoid("towpath.test:443", server.clock.now())).toBe("refused");
    expect(server.memory._avoid("towpath.test:443/stream", server.clock.now())).toBeUndefined();
  });
});
