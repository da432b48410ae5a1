import { describe, expect, it } from "vitest";
import type { Connection } from "../src/connection.js";
import { settled } from "./fake-clock.js";
import { connected, make, reconnect, record, sent, server } from "./socket-fixture.js";

describe("a socket", () => {
  it("asks to be let in, and is connected when the server has answered", () => {
    const { socket } = make();
    const calls = record(socket);
    expect(socket).toMatchObject({ connected: false, disconnected: true, active: true, nsp: "/" });
    expect(socket.id).toBeUndefined();
    server.opens();
    expect(server.transport.sent).toEqual(["40"]);
    expect(calls).toEqual([]);
    server.transport.message('0{"sid":"socket-id"}');
    expect(socket).toMatchObject({ connected: true, disconnected: false, id: "socket-id", recovered: false });
    expect(calls).toEqual([["connect"]]);
  });

  it("names its namespace in every packet", () => {
    const { socket } = make({}, "/chat");
    server.accepts("/chat");
    socket.emit("a", () => {});
    socket.disconnect();
    expect(server.transport.sent[0]).toBe("40/chat,");
    expect(sent()).toEqual(['42/chat,0["a"]', "41/chat,"]);
  });

  it("shares its connection with other namespaces", () => {
    const { connection, socket } = make();
    const other = connection.socket("/other");
    server.opens();
    server.transport.drains();
    expect(server.transport.sent).toEqual(["40", "40/other,"]);
    expect(connection.socket("/")).toBe(socket);
    expect(server.transports).toHaveLength(1);
    server.transport.message('0{"sid":"a"}', '0/other,{"sid":"b"}');
    expect([socket.id, other.id]).toEqual(["a", "b"]);
  });

  it("joins a connection that is open already", () => {
    const { connection } = connected();
    connection.socket("/late");
    expect(sent()).toEqual(["40/late,"]);
  });

  it("asks only once, also if it is made while the connection opens", () => {
    const connection = server.connection();
    connection.on("open", () => connection.socket("/"));
    server.opens();
    connection.socket("/").connect().connect();
    server.transport.drains();
    expect(server.transport.sent).toEqual(["40"]);
  });

  it("waits to be told to connect, if that is wanted", () => {
    const { socket } = make({ autoConnect: false });
    expect(socket.active).toBe(false);
    expect(server.transports).toHaveLength(0);
    socket.open();
    server.accepts();
    expect(socket.connected).toBe(true);
  });

  it("says that a server without ids is of another version", () => {
    const { socket } = make();
    const calls = record(socket);
    server.opens();
    server.transport.message("0");
    expect(calls).toMatchObject([["connect_error", { message: expect.stringContaining("version") }]]);
    expect(socket.connected).toBe(false);
  });

  it("says that the server could not be reached, and goes on trying", () => {
    const { socket } = make();
    const calls = record(socket);
    server.transport.fails("websocket error", 502);
    expect(calls).toMatchObject([["connect_error", { message: "websocket error", description: 502 }]]);
    expect(socket.active).toBe(true);
    reconnect();
    expect(socket.connected).toBe(true);
  });

  it("says so before the connection does", () => {
    const { connection, socket } = make();
    const calls: string[] = [];
    connection.on("error", () => calls.push("error"));
    socket.on("connect_error", () => calls.push("connect_error"));
    server.transport.fails();
    expect(calls).toEqual(["connect_error", "error"]);
  });

  it("that is refused does not try again by itself", () => {
    const { connection, socket } = make();
    const calls = record(socket);
    server.opens();
    server.transport.message('4{"message":"not allowed","data":{"code":7}}');
    expect(calls).toMatchObject([["connect_error", { message: "not allowed", data: { code: 7 } }]]);
    expect(socket.active).toBe(false);
    server.transport.drains();
    server.clock.advance(100_000);
    expect(connection.engine.readyState).toBe("closed");
    expect(server.transports).toHaveLength(1);
    socket.connect();
    server.accepts();
    expect(socket.connected).toBe(true);
  });

  it("may be refused with a text alone", () => {
    const { socket } = make();
    const calls = record(socket);
    server.opens();
    server.transport.message('4"no"');
    expect(calls).toMatchObject([["connect_error", { message: "no" }]]);
  });
});

describe("authentication", () => {
  it("is sent as an object", () => {
    make({ auth: { token: "x" } });
    server.opens();
    expect(server.transport.sent).toEqual(['40{"token":"x"}']);
  });

  it("is asked for at every connect, if it is a function", () => {
    let count = 0;
    make({ auth: (send) => send({ count: ++count }) });
    server.accepts();
    server.transport.breaks(true);
    server.clock.advance(1000);
    server.opens();
    expect(server.transports.map(({ sent }) => sent[0])).toEqual(['40{"count":1}', '40{"count":2}']);
  });

  it("may be changed between connects", () => {
    const { socket } = connected({ auth: { a: 1 } });
    socket.auth = { a: 2 };
    server.transport.breaks(true);
    server.clock.advance(1000);
    server.opens();
    expect(server.transport.sent[0]).toBe('40{"a":2}');
  });

  it("that comes late, twice, or for a connection that is gone, is not sent", () => {
    const answers: ((data: object) => void)[] = [];
    make({ auth: (send) => answers.push(send) });
    server.opens();
    server.transport.breaks(true);
    server.clock.advance(1000);
    server.opens();
    answers[0]!({ a: 1 });
    expect(server.transport.sent).toEqual([]);
    answers[1]!({ a: 2 });
    answers[1]!({ a: 3 });
    server.transport.drains();
    expect(server.transport.sent).toEqual(['40{"a":2}']);
  });
});

describe("an event that is emitted", () => {
  it("is written at once, with all its arguments", () => {
    const { socket } = connected();
    expect(socket.emit("a", 1, "x", { b: [null] })).toBe(socket);
    socket.send("hello", 2);
    expect(sent()).toEqual(['42["a",1,"x",{"b":[null]}]', '42["message","hello",2]']);
  });

  it("is followed by its binary data, and by nothing else", () => {
    const { socket } = connected();
    const data = new Uint8Array([1]);
    socket.emit("a", { data: [data, new ArrayBuffer(2)] });
    socket.emit("b");
    server.transport.drains();
    server.transport.drains();
    expect(sent()).toEqual([
      '452-["a",{"data":[{"_placeholder":true,"num":0},{"_placeholder":true,"num":1}]}]',
      data,
      new ArrayBuffer(2),
      '42["b"]',
    ]);
  });

  it.each(["connect", "connect_error", "disconnect", "disconnecting", "newListener", "removeListener"])(
    "may not be named %s",
    (name) => {
      const { socket } = connected();
      expect(() => socket.emit(name)).toThrow(`"${name}" is a reserved event name`);
    },
  );

  it("is kept while disconnected, in order, and written before connect", () => {
    const { socket } = make();
    socket.emit("a", 1);
    socket.emit("b", 2);
    expect(socket.sendBuffer).toHaveLength(2);
    socket.on("connect", () => socket.emit("c"));
    server.accepts();
    expect(socket.sendBuffer).toHaveLength(0);
    expect(sent()).toEqual(['42["a",1]', '42["b",2]', '42["c"]']);
  });

  it("is kept when the heartbeat has expired unnoticed", async () => {
    const { socket } = connected();
    server.clock.sleep(100_000);
    socket.emit("a");
    expect(socket.sendBuffer).toHaveLength(1);
    await settled();
    expect(socket.connected).toBe(false);
    reconnect();
    expect(sent()).toEqual(['42["a"]']);
  });

  it("is dropped if it is volatile and cannot be written", () => {
    const { socket } = make();
    socket.volatile.emit("a");
    expect(socket.sendBuffer).toHaveLength(0);
    server.accepts();
    server.transport.drains();
    socket.volatile.emit("b");
    socket.volatile.emit("c");
    socket.emit("d");
    expect(sent()).toEqual(['42["b"]', '42["d"]']);
  });

  it("is refused when as many wait as the option allows", () => {
    const { socket } = make({ maxBuffered: 2 });
    socket.emit("a").emit("b");
    expect(() => socket.emit("c", () => {})).toThrow("buffer full");
    expect(() => socket.volatile.emit("d")).not.toThrow();
    expect(socket.sendBuffer).toHaveLength(2);
    server.accepts();
    socket.emit("e");
    expect(sent()).toEqual(['42["a"]', '42["b"]', '42["e"]']);
  });

  it("waits with any number of others by default", () => {
    const { socket } = make();
    for (let i = 0; i < 10_000; i++) socket.emit("a");
    expect(socket.sendBuffer).toHaveLength(10_000);
  });

  it("is as others after one with flags", () => {
    const { socket } = make();
    socket.volatile
      .compress(false)
      .timeout(10)
      .emit("a", () => {});
    socket.emit("b");
    expect(socket.sendBuffer).toHaveLength(1);
  });

  it("is shown to those who hear every event, when it is written", () => {
    const { socket } = make();
    const heard: unknown[][] = [];
    socket.onAnyOutgoing((...args) => heard.push(["second", ...args]));
    socket.prependAnyOutgoing((...args) => heard.push(["first", ...args]));
    socket.emit("a", 1, () => {});
    expect(heard).toEqual([]);
    server.accepts();
    expect(heard).toEqual([
      ["first", "a", 1],
      ["second", "a", 1],
    ]);
    const [first] = socket.listenersAnyOutgoing();
    expect(socket.offAnyOutgoing(first).listenersAnyOutgoing()).toHaveLength(1);
    expect(socket.offAnyOutgoing().listenersAnyOutgoing()).toEqual([]);
  });

  it("is shown to the other copies of a catch-all listener when the first copy was removed", () => {
    const { socket } = connected();
    const twice = () => {};
    const other = () => {};
    for (const [add, remove, list] of [
      ["onAny", "offAny", "listenersAny"],
      ["onAnyOutgoing", "offAnyOutgoing", "listenersAnyOutgoing"],
    ] as const) {
      for (const listener of [twice, other, twice]) socket[add](listener);
      expect(socket[remove](twice)[list]()).toEqual([other, twice]);
      expect(socket[remove](() => {})[list]()).toEqual([other, twice]);
      expect(socket[remove](twice)[list]()).toEqual([other]);
      expect(socket[remove](twice)[list]()).toEqual([other]);
    }
  });
});

describe("a socket of a connection without automatic connect", () => {
  it("keeps what is emitted until it is connected", () => {
    const connection: Connection = server.connection({ autoConnect: false });
    const socket = connection.socket("/");
    socket.volatile.emit("dropped");
    socket.emit("kept");
    socket.connect();
    server.accepts();
    expect(sent()).toEqual(['42["kept"]']);
  });
});
