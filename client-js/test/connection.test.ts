import { beforeEach, describe, expect, it, vi } from "vitest";
import { Connection } from "../src/connection.js";
import type { ConnectionOptions } from "../src/options.js";
import { FakeServer } from "./fake-server.js";

let server: FakeServer;
beforeEach(() => {
  server = new FakeServer();
  server.clock.chance = 0; // no deviation, so pauses are exact
});

const EVENTS = [
  "open",
  "error",
  "close",
  "reconnect_attempt",
  "reconnect",
  "reconnect_error",
  "reconnect_failed",
] as const;

const record = (connection: Connection) => {
  const calls: unknown[][] = [];
  for (const event of EVENTS) connection.on(event, (...args: unknown[]) => calls.push([event, ...args]));
  return calls;
};
const names = (calls: unknown[][]) => calls.splice(0).map(([event]) => event);
const make = (options?: Partial<ConnectionOptions>) => {
  const connection = server.connection({ randomizationFactor: 0, ...options });
  return { connection, calls: record(connection) };
};

describe("a connection", () => {
  it("opens by itself", () => {
    const { calls } = make();
    server.opens();
    expect(names(calls)).toEqual(["open"]);
  });

  it("opens when it is told to, if that is wanted", () => {
    const { connection } = make({ autoConnect: false });
    expect(server.transports).toHaveLength(0);
    connection.open();
    connection.connect();
    expect(server.transports).toHaveLength(1);
  });

  it("may be made with options alone", () => {
    const connection = new Connection({ ...server.options, query: { a: 1 } });
    expect(server.transport.setup.uri(undefined)).toMatch(/^ws:\/\/localhost\/socket\.io\/\?a=1&/);
    expect(connection.opts.query).toEqual({ a: 1 });
  });

  it("tells whoever opened it that it is open, or why not", () => {
    const { connection } = make({ autoConnect: false });
    const done = vi.fn();
    connection.open(done);
    server.transport.fails();
    expect(done.mock.calls[0]![0]).toMatchObject({ message: "websocket error" });
    connection.open(done);
    server.opens();
    expect(done.mock.calls[1]).toEqual([]);
  });

  it("does not reconnect by itself if whoever opened it is told of the failure", () => {
    const { connection, calls } = make({ autoConnect: false });
    connection.open(() => {});
    server.transport.fails();
    server.clock.advance(10_000);
    expect(names(calls)).toEqual(["error"]);
  });

  it("gives an attempt up after its timeout", () => {
    const { calls } = make({ reconnection: false });
    server.clock.advance(19_999);
    expect(calls).toEqual([]);
    server.clock.advance(1);
    expect(calls).toEqual([["error", new Error("timeout")]]);
    expect(server.transport.isClosed).toBe(true);
    expect(server.clock.pending).toBe(0);
  });

  it("says that the transport was silent when the timeout came", () => {
    const { connection } = make({ reconnection: false });
    server.clock.advance(20_000);
    expect(connection.engine.explain()[0]).toMatchObject({ outcome: "failed", reason: "silent" });
  });

  it("has no timeout if that is wanted", () => {
    const { calls } = make({ timeout: false });
    server.clock.advance(1e9);
    expect(calls).toEqual([]);
  });

  it("shows pings and packets", () => {
    const { connection } = make();
    const packets: unknown[] = [];
    connection.on("ping", () => packets.push("ping")).on("packet", (packet) => packets.push(packet));
    server.opens();
    server.transport.receives({ type: "ping" });
    server.transport.message('0{"sid":"x"}');
    expect(packets).toEqual(["ping", { type: 0, nsp: "/", data: { sid: "x" } }]);
  });

  it("reports every change of the carrying transport, across engines", () => {
    const { connection } = make({ transports: ["polling", "websocket"] });
    const changes: string[] = [];
    connection.on("transport", ({ transport, outcome, reason }) => changes.push(`${transport} ${outcome} ${reason}`));
    server.opens();
    server.upgrades();
    server.clock.advance(200);
    server.transport.breaks();
    server.clock.advance(1000);
    server.opens();
    expect(changes).toEqual([
      "polling carrying opened",
      "websocket carrying upgraded",
      "websocket ended cut",
      "polling carrying opened",
    ]);
    expect(connection.engine.explain().map(({ transport, outcome }) => `${transport} ${outcome}`)).toEqual([
      "polling ended",
      "websocket ended",
      "polling carrying",
    ]);
  });

  it.each([
    ["text that is no packet", ["9"]],
    ["an empty message", [""]],
    ["a text between attachments", ['51-["a",{"_placeholder":true,"num":0}]', '2["b"]']],
    ["binary data out of place", [new ArrayBuffer(1)]],
  ])("closes at %s with a parse error, and reconnects", (_, messages) => {
    const { connection, calls } = make();
    server.opens();
    names(calls);
    server.transport.message(...messages);
    server.transport.message("late");
    expect(calls[0]!.slice(0, 2)).toEqual(["close", "parse error"]);
    expect(calls[0]![2]).toBeInstanceOf(Error);
    expect(connection.engine.explain()[0]).toMatchObject({ outcome: "ended", reason: "invalid" });
    server.clock.advance(1000);
    server.opens();
    expect(names(calls)).toEqual(["close", "reconnect_attempt", "open", "reconnect"]);
  });

  it("takes as many attachments as the option allows", () => {
    const { calls } = make({ maxAttachments: 2 });
    server.opens();
    names(calls);
    server.transport.message('52-["a"]', new ArrayBuffer(1), new ArrayBuffer(1));
    expect(calls).toEqual([]);
    server.transport.message('53-["a"]');
    expect(calls[0]![1]).toBe("parse error");
  });

  it("forgets attachments that it waited for when it was lost", () => {
    const { calls } = make();
    server.opens();
    server.transport.message('51-["a"]');
    server.transport.breaks(true);
    server.clock.advance(1000);
    server.opens();
    names(calls);
    server.transport.message('2["b"]');
    expect(calls).toEqual([]);
  });

  it("ignores packets for namespaces that it does not have", () => {
    const { calls } = make();
    server.opens();
    names(calls);
    server.transport.message('2/other,["a"]');
    expect(calls).toEqual([]);
  });

  it("closed by hand stays closed until it is opened", () => {
    const { connection, calls } = make();
    server.opens();
    names(calls);
    connection.close();
    expect(calls).toEqual([["close", "forced close", undefined]]);
    server.clock.advance(100_000);
    expect(server.transports).toHaveLength(1);
    connection.open();
    expect(server.transports).toHaveLength(2);
  });

  it("whose engine is closed by hand reconnects", () => {
    const { connection, calls } = make();
    server.opens();
    connection.engine.close();
    server.clock.advance(1000);
    server.opens();
    expect(names(calls)).toEqual(["open", "close", "reconnect_attempt", "open", "reconnect"]);
  });

  it("hears nothing of an engine that it has replaced", () => {
    const { connection, calls } = make();
    server.opens();
    const [first] = server.transports;
    connection.disconnect();
    connection.open();
    server.opens();
    names(calls);
    first!.message("9");
    first!.breaks();
    expect(calls).toEqual([]);
    expect(connection.engine.readyState).toBe("open");
  });
});

describe("a reconnection", () => {
  it("tells of a failure in the order of the reference, and goes on", () => {
    const { calls } = make({ reconnectionAttempts: 2 });
    server.transport.fails();
    expect(names(calls)).toEqual(["error"]);
    server.clock.advance(1000);
    expect(calls).toEqual([["reconnect_attempt", 1]]);
    server.transport.fails();
    expect(names(calls)).toEqual(["reconnect_attempt", "error", "reconnect_error"]);
    server.clock.advance(1999);
    expect(calls).toEqual([]);
    server.clock.advance(1);
    server.transport.fails();
    expect(names(calls)).toEqual(["reconnect_attempt", "error", "reconnect_failed", "reconnect_error"]);
    server.clock.advance(100_000);
    expect(calls).toEqual([]);
  });

  it("tells at which attempt it succeeded, and begins anew afterwards", () => {
    const { calls } = make();
    server.transport.fails();
    server.clock.advance(1000);
    server.transport.fails();
    server.clock.advance(2000);
    names(calls);
    server.opens();
    expect(calls.splice(0)).toEqual([["open"], ["reconnect", 2]]);
    server.transport.breaks(true);
    server.clock.advance(1000);
    expect(calls.splice(1)).toEqual([["reconnect_attempt", 1]]);
  });

  it("follows the loss of an open connection", () => {
    const { calls } = make();
    server.opens();
    server.transport.breaks();
    server.clock.advance(1000);
    server.opens();
    expect(names(calls)).toEqual(["open", "close", "reconnect_attempt", "open", "reconnect"]);
  });

  it("does not happen if it is not wanted", () => {
    const { connection, calls } = make({ reconnection: false });
    expect(connection.reconnection()).toBe(false);
    server.opens();
    server.transport.breaks();
    server.clock.advance(100_000);
    expect(names(calls)).toEqual(["open", "close"]);
  });

  it("stops when it is closed while it is due", () => {
    const { connection, calls } = make();
    server.transport.fails();
    names(calls);
    connection.close();
    server.clock.advance(100_000);
    expect(names(calls)).toEqual(["close"]);
    expect(server.clock.pending).toBe(0);
  });

  it("stops when a listener of the attempt closes the connection", () => {
    const { connection, calls } = make();
    connection.on("reconnect_attempt", () => connection.close());
    server.transport.fails();
    server.clock.advance(100_000);
    expect(names(calls)).toEqual(["error", "reconnect_attempt", "close"]);
    expect(server.transports).toHaveLength(1);
  });

  it("stops when it is switched off while it is due", () => {
    const { connection, calls } = make();
    server.transport.fails();
    connection.reconnection(false);
    server.clock.advance(100_000);
    expect(server.transports).toHaveLength(1);
    expect(names(calls)).toEqual(["error"]);
  });

  it("may be hastened by opening the connection", () => {
    const { connection, calls } = make();
    server.transport.fails();
    connection.open();
    server.opens();
    names(calls);
    server.clock.advance(2000);
    expect(names(calls)).toEqual([]);
    server.transport.breaks(true);
    server.clock.advance(1000);
    expect(names(calls)).toEqual(["close", "reconnect_attempt"]);
    expect(server.transports).toHaveLength(3);
  });

  it.each([
    ["reconnectionAttempts", 0, Infinity],
    ["reconnectionDelay", 0, 1000],
    ["reconnectionDelayMax", 0, 5000],
    ["randomizationFactor", undefined, 0.5],
    ["timeout", undefined, 20_000],
    ["reconnection", undefined, true],
  ] as const)("takes for the option %s of %s the value %s", (option, value, expected) => {
    const connection = new Connection({ ...server.options, [option]: value });
    expect((connection as any)[option]()).toBe(expected);
  });

  it("may be changed while it runs", () => {
    const { connection, calls } = make();
    connection.reconnectionDelay(10).reconnectionDelayMax(15).randomizationFactor(0).reconnectionAttempts(3);
    expect(connection.timeout(5).timeout()).toBe(5);
    server.transport.fails();
    names(calls);
    server.clock.advance(10);
    server.clock.advance(5 + 15);
    expect(names(calls)).toEqual(["reconnect_attempt", "error", "reconnect_error", "reconnect_attempt"]);
    server.clock.advance(5 + 15 + 5);
    expect(names(calls).slice(-2)).toEqual(["reconnect_failed", "reconnect_error"]);
  });
});
