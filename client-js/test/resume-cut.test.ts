import { describe, expect, it } from "vitest";
import type { TransportName } from "../src/transport-log.js";
import { settled } from "./fake-clock.js";
import { engine, latest, names, newServer, open, records, server, told } from "./resume-fixture.js";

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
    newServer();
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
