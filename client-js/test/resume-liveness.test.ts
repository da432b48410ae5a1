import { describe, expect, it, vi } from "vitest";
import type { TransportName } from "../src/transport-log.js";
import { carries, engine, latest, names, open, records, server, told } from "./resume-fixture.js";

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
