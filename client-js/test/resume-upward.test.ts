import { describe, expect, it, vi } from "vitest";
import { settled } from "./fake-clock.js";
import { carries, engine, latest, names, open, records, server, told } from "./resume-fixture.js";

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
