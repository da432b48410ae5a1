import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { names, openOver, pollingFirst, record, server, websocketFirst } from "./engine-fixture.js";

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
