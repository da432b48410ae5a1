import { describe, expect, it, vi } from "vitest";
import type { FakeTransport } from "./fake-transport.js";
import { carries, engine, latest, open, records, server, told } from "./resume-fixture.js";

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
