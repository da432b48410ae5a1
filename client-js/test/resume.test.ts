import { describe, expect, it } from "vitest";
import { engine, latest, names, open, server, told } from "./resume-fixture.js";

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
    const engine = server.engine({ transports: ["websocket"] });
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
