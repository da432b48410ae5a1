import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import type { Connection } from "../src/connection.js";
import type { ConnectionOptions, SocketOptions } from "../src/options.js";
import type { Socket } from "../src/socket.js";
import { settled } from "./fake-clock.js";
import { FakeServer } from "./fake-server.js";

let server: FakeServer;
beforeEach(() => {
  server = new FakeServer();
  server.clock.chance = 0;
});

const make = (options?: Partial<ConnectionOptions & SocketOptions>, nsp = "/") => {
  const connection = server.connection(options);
  const socket = connection.socket(nsp, options);
  return { connection, socket };
};

/** A socket that the server has let in. */
const connected = (options?: Partial<ConnectionOptions & SocketOptions>) => {
  const made = make(options);
  server.accepts();
  return made;
};

/** What was sent since the connection was accepted, writing what waits. */
const sent = () => {
  server.transport.drains();
  return server.transport.sent.slice(1);
};

const record = (socket: Socket) => {
  const calls: unknown[][] = [];
  for (const event of ["connect", "connect_error", "disconnect"] as const) {
    socket.on(event, (...args: unknown[]) => calls.push([event, ...args]));
  }
  return calls;
};

const reconnect = (data: object = { sid: "second-id" }) => {
  server.clock.advance(1000);
  server.accepts("/", data);
};

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

describe("an event that arrives", () => {
  it("reaches its listeners with all its arguments", () => {
    const { socket } = connected();
    const heard = vi.fn();
    socket.on("a", heard);
    server.transport.message('2["a",1,{"b":2}]', '2["other"]');
    expect(heard.mock.calls).toEqual([[1, { b: 2 }]]);
  });

  it("may be a number", () => {
    const { socket } = connected();
    const heard = vi.fn();
    socket.on("1", heard);
    server.transport.message("2[1,2]");
    expect(heard).toHaveBeenCalledWith(2);
  });

  it("has its binary data where it was", () => {
    const { socket } = connected();
    const heard = vi.fn();
    const data = new ArrayBuffer(1);
    socket.on("a", heard);
    server.transport.message('51-["a",{"b":[{"_placeholder":true,"num":0}]}]', data);
    expect(heard.mock.calls[0]![0].b[0]).toBe(data);
  });

  it("before the server's answer waits for it, and is delivered before connect", () => {
    const { socket } = make();
    const calls: string[] = [];
    socket.on("a", (n) => calls.push(`a${n}`)).on("connect", () => calls.push("connect"));
    server.opens();
    server.transport.message('2["a",1]', '2["a",2]');
    expect(calls).toEqual([]);
    expect(socket.receiveBuffer).toEqual([
      ["a", 1],
      ["a", 2],
    ]);
    server.transport.message('0{"sid":"x"}');
    expect(calls).toEqual(["a1", "a2", "connect"]);
  });

  it("is shown to those who hear every event, before its listeners", () => {
    const { socket } = connected();
    const heard: unknown[][] = [];
    socket.on("a", (...args) => heard.push(["own", ...args]));
    socket.onAny((...args) => heard.push(["second", ...args]));
    socket.prependAny((...args) => heard.push(["first", ...args]));
    server.transport.message('2["a",1]');
    expect(heard).toEqual([
      ["first", "a", 1],
      ["second", "a", 1],
      ["own", 1],
    ]);
    const [first] = socket.listenersAny();
    expect(socket.offAny(first).listenersAny()).toHaveLength(1);
    expect(socket.offAny().listenersAny()).toEqual([]);
  });

  it("without a name reaches nobody", () => {
    const { socket } = connected();
    const heard = vi.fn();
    socket.on("undefined", heard);
    server.transport.message("2");
    expect(heard).not.toHaveBeenCalled();
    expect(socket.connected).toBe(true);
  });

  it("after the socket has left is ignored", () => {
    const { connection, socket } = connected();
    connection.socket("/other");
    const heard = vi.fn();
    socket.on("a", heard);
    socket.disconnect();
    server.transport.message('2["a"]', '0{"sid":"again"}');
    expect(heard).not.toHaveBeenCalled();
    expect(socket.connected).toBe(false);
    expect(connection.engine.readyState).toBe("open");
  });
});

describe("the answer to an event", () => {
  it("reaches the callback, once", () => {
    const { socket } = connected();
    const ack = vi.fn();
    socket.emit("a", ack);
    server.transport.message('30["x",1]', '30["again"]', "37[]");
    expect(ack.mock.calls).toEqual([["x", 1]]);
  });

  it("may be empty, or binary", () => {
    const { socket } = connected();
    const ack = vi.fn();
    socket.emit("a", ack);
    socket.emit("b", ack);
    const data = new ArrayBuffer(1);
    server.transport.message("30", '61-1[{"_placeholder":true,"num":0}]', data);
    expect(ack.mock.calls).toEqual([[], [data]]);
  });

  it("is found by a number that is never used again", () => {
    const { socket } = connected();
    socket.emit("a", () => {});
    socket.emit("b", () => {});
    expect(sent()).toEqual(['420["a"]', '421["b"]']);
    server.transport.breaks(true);
    reconnect();
    socket.emit("c", () => {});
    expect(sent()).toEqual(['422["c"]']);
  });

  it("is promised by emitWithAck, with and without a timeout", async () => {
    const { socket } = connected();
    const answers = [socket.emitWithAck("a", 1), socket.timeout(10).emitWithAck("b")];
    expect(sent()).toEqual(['420["a",1]', '421["b"]']);
    server.transport.message('30["x"]', '31["y"]');
    expect(await Promise.all(answers)).toEqual(["x", "y"]);
    expect(server.clock.pending).toBe(1); // the heartbeat
  });

  it("that does not come in time is an error", async () => {
    const { socket } = connected();
    const ack = vi.fn();
    socket.timeout(10).emit("a", ack);
    const promise = socket.timeout(10).emitWithAck("b");
    server.clock.advance(9);
    expect(ack).not.toHaveBeenCalled();
    server.clock.advance(1);
    expect(ack.mock.calls).toEqual([[new Error("operation has timed out")]]);
    await expect(promise).rejects.toThrow("operation has timed out");
    server.transport.message('30["late"]');
    expect(ack).toHaveBeenCalledTimes(1);
  });

  it("in time comes after an error that is null", () => {
    const { socket } = connected();
    const ack = vi.fn();
    socket.timeout(10).emit("a", ack);
    server.transport.message('30["x"]');
    expect(ack.mock.calls).toEqual([[null, "x"]]);
  });

  it("has the timeout of the option, if the event has none of its own", () => {
    const { socket } = connected({ ackTimeout: 100 });
    const ack = vi.fn();
    const quick = vi.fn();
    socket.emit("a", ack);
    socket.timeout(10).emit("b", quick);
    server.clock.advance(10);
    expect([ack.mock.calls.length, quick.mock.calls.length]).toEqual([0, 1]);
    server.clock.advance(90);
    expect(ack).toHaveBeenCalledTimes(1);
  });

  it("that timed out takes an event back that is not sent yet", () => {
    const { socket } = make();
    const ack = vi.fn();
    socket.timeout(10).emit("a", ack);
    socket.emit("b");
    server.clock.advance(10);
    expect(ack).toHaveBeenCalledTimes(1);
    server.accepts();
    expect(sent()).toEqual(['42["b"]']);
  });

  it("is an error when the connection is lost, for those who take one", async () => {
    const { socket } = connected();
    const plain = vi.fn();
    const timed = vi.fn();
    socket.emit("a", plain);
    socket.timeout(10).emit("b", timed);
    const promise = socket.emitWithAck("c");
    server.transport.breaks(true);
    expect(timed.mock.calls).toEqual([[new Error("socket has been disconnected")]]);
    await expect(promise).rejects.toThrow("socket has been disconnected");
    reconnect();
    server.transport.message('30["x"]');
    expect(plain).not.toHaveBeenCalled();
    server.clock.advance(10);
    expect(timed).toHaveBeenCalledTimes(1);
  });

  it("is still awaited when the event has not been sent before the loss", () => {
    const { socket } = make();
    const ack = vi.fn();
    socket.emit("a", ack);
    server.opens();
    server.transport.breaks(true);
    reconnect();
    expect(sent()).toEqual(['420["a"]']);
    server.transport.message('30["x"]');
    expect(ack).toHaveBeenCalledWith("x");
  });
});

describe("an answer to the server", () => {
  const asked = () => {
    const made = connected();
    let answer!: (...args: unknown[]) => void;
    made.socket.on("a", (...args) => (answer = args.pop()));
    server.transport.message('27["a",1]');
    return { ...made, answer };
  };

  it("is written with the number of the question, once", () => {
    const { answer } = asked();
    answer("x", 2);
    answer("again");
    expect(sent()).toEqual(['437["x",2]']);
  });

  it("may be binary, or empty", () => {
    const { answer } = asked();
    const data = new Uint8Array([1]);
    answer(data);
    expect(sent()).toEqual(['461-7[{"_placeholder":true,"num":0}]', data]);
    const second = asked();
    second.answer();
    expect(sent()).toEqual(["437[]"]);
  });

  it("to a question from before the server's answer is written", () => {
    const { socket } = make();
    socket.on("a", (answer) => answer("x"));
    server.opens();
    server.transport.message('20["a"]', '0{"sid":"x"}');
    expect(sent()).toEqual(['430["x"]']);
  });

  it("is not given to a namespace that the server has closed", () => {
    const { connection, answer } = asked();
    connection.socket("/other");
    server.transport.message("1");
    answer("x");
    expect(sent()).toEqual(["40/other,"]);
  });

  it("is not given to another session", () => {
    const { answer } = asked();
    server.transport.breaks(true);
    answer("offline");
    reconnect();
    answer("x");
    expect(sent()).toEqual([]);
  });
});

describe("a disconnection", () => {
  it("by the client is told to the server, and ends the connection if nobody else uses it", () => {
    const { connection, socket } = connected();
    const calls = record(socket);
    expect(socket.disconnect()).toBe(socket);
    expect(calls).toEqual([["disconnect", "io client disconnect", undefined]]);
    expect(socket).toMatchObject({ connected: false, active: false, id: undefined });
    expect(sent()).toEqual(["41"]);
    expect(connection.engine.readyState).toBe("closed");
    server.clock.advance(100_000);
    expect(server.transports).toHaveLength(1);
  });

  it("by the client leaves the connection to the other sockets", () => {
    const { connection, socket } = connected();
    const other = connection.socket("/other");
    socket.close();
    expect(connection.engine.readyState).toBe("open");
    other.disconnect();
    server.transport.drains();
    server.transport.drains();
    expect(connection.engine.readyState).toBe("closed");
  });

  it("by the client before it is connected is not an event, and stops it", () => {
    const { connection, socket } = make();
    const calls = record(socket);
    socket.disconnect();
    expect(calls).toEqual([]);
    expect(connection.engine.readyState).toBe("closed");
    server.clock.advance(100_000);
    expect(server.transports).toHaveLength(1);
  });

  it("by the server is not followed by a reconnection", () => {
    const { socket } = connected();
    const calls = record(socket);
    server.transport.message("1");
    expect(calls).toEqual([["disconnect", "io server disconnect", undefined]]);
    expect(socket.active).toBe(false);
    server.clock.advance(100_000);
    expect(server.transports).toHaveLength(1);
    socket.connect();
    server.accepts();
    expect(socket.connected).toBe(true);
  });

  it.each([
    ["transport close", () => server.transport.breaks()],
    ["transport error", () => server.transport.fails()],
    ["ping timeout", () => server.clock.advance(45_000)],
    ["parse error", () => server.transport.message("9")],
    ["transport close", () => server.transport.receives({ type: "close" })],
  ])("by a %s tells details, and is followed by a reconnection", (reason, end) => {
    const { socket } = connected();
    const calls = record(socket);
    end();
    expect(calls).toMatchObject([["disconnect", reason, { attempt: { transport: "websocket", outcome: "ended" } }]]);
    expect(socket.active).toBe(true);
    reconnect();
    expect(calls[1]).toEqual(["connect"]);
    expect(socket.id).toBe("second-id");
  });

  it("by closing the engine is a forced close, followed by a reconnection", () => {
    const { connection, socket } = connected();
    const calls = record(socket);
    connection.engine.close();
    expect(calls).toEqual([["disconnect", "forced close", undefined]]);
    reconnect();
    expect(socket.connected).toBe(true);
  });

  it("by closing the connection is a forced close, without a reconnection", () => {
    const { connection, socket } = connected();
    const calls = record(socket);
    connection.close();
    expect(calls).toEqual([["disconnect", "forced close", undefined]]);
    server.clock.advance(100_000);
    expect(server.transports).toHaveLength(1);
  });

  it("may be answered with a new connection from within", () => {
    const { socket } = connected();
    socket.once("disconnect", () => socket.connect());
    server.transport.message("1");
    expect(server.transports).toHaveLength(2);
    server.accepts();
    expect(socket.connected).toBe(true);
  });

  it("from within an event that waited keeps the events that wait to be sent", () => {
    const { socket } = make();
    const calls = record(socket);
    socket.emit("kept");
    socket.on("a", () => socket.disconnect());
    server.opens();
    server.transport.message('2["a"]', '0{"sid":"x"}');
    expect(calls).toEqual([["disconnect", "io client disconnect", undefined]]);
    expect(socket.sendBuffer).toHaveLength(1);
  });

  it("after the last attempt may be ended by connecting again", () => {
    const { connection, socket } = make({ reconnectionAttempts: 1 });
    const failed = vi.fn();
    connection.on("reconnect_failed", failed);
    server.transport.fails();
    server.clock.advance(1000);
    server.transport.fails();
    expect(failed).toHaveBeenCalledTimes(1);
    expect(socket.active).toBe(true);
    socket.connect();
    server.accepts();
    expect(socket.connected).toBe(true);
  });
});

describe("recovery", () => {
  it("sends where the session stands, and knows that nothing was missed", () => {
    const { socket } = make({ auth: { token: "t" } });
    server.accepts("/", { sid: "one", pid: "secret" });
    expect(socket.recovered).toBe(false);
    server.transport.message('2["a","x","offset-1"]', '2["b",1]', '2["c","offset-2"]', '29["d","e"]');
    server.transport.breaks(true);
    server.clock.advance(1000);
    server.opens();
    expect(server.transport.sent).toEqual(['40{"pid":"secret","offset":"offset-2","token":"t"}']);
    const heard = vi.fn();
    socket.on("missed", heard);
    server.transport.message('2["missed","offset-3"]', '0{"sid":"one","pid":"secret"}');
    expect(socket).toMatchObject({ recovered: true, id: "one" });
    expect(heard).toHaveBeenCalledWith("offset-3");
  });

  it("that the server could not do leaves a new session", () => {
    const { socket } = make();
    server.accepts("/", { sid: "one", pid: "first" });
    server.transport.breaks(true);
    server.clock.advance(1000);
    server.accepts("/", { sid: "two", pid: "second" });
    expect(socket).toMatchObject({ recovered: false, id: "two" });
  });

  it("is not asked of a server that has none", () => {
    const { socket } = connected();
    server.transport.message('2["a","x"]');
    server.transport.breaks(true);
    server.clock.advance(1000);
    server.opens();
    expect(server.transport.sent).toEqual(["40"]);
    expect(socket.recovered).toBe(false);
  });
});

describe("a mistake in the application", () => {
  const before = process.listeners("uncaughtException");
  const reported = vi.fn();
  beforeEach(() => {
    reported.mockClear();
    process.removeAllListeners("uncaughtException");
    process.on("uncaughtException", reported);
  });
  afterEach(async () => {
    await settled();
    process.removeAllListeners("uncaughtException");
    before.forEach((listener) => process.on("uncaughtException", listener));
    expect(reported).toHaveBeenCalledTimes(1);
  });
  const mistake = () => {
    throw new Error("mistake");
  };

  it("in a listener costs neither the connection nor the events that follow", () => {
    const { socket } = connected();
    const heard = vi.fn();
    socket.on("a", mistake).on("b", heard);
    server.transport.message('2["a"]', '2["b"]');
    expect(heard).toHaveBeenCalledTimes(1);
    expect(socket.connected).toBe(true);
  });

  it("in the authentication of one socket does not keep the others out", () => {
    const { connection } = make({ auth: mistake });
    const other = connection.socket("/other");
    server.opens();
    server.transport.message('0/other,{"sid":"x"}');
    expect(other.connected).toBe(true);
  });

  it("in an event that was kept does not hold up the others", () => {
    const { socket } = make();
    socket.emit("a", 1n).emit("b");
    server.accepts();
    expect(socket.connected).toBe(true);
    expect(sent()).toEqual(['42["b"]']);
  });

  it("in an event that is written at once is thrown at its author", () => {
    const { socket } = connected();
    expect(() => socket.emit("a", 1n)).toThrow(TypeError);
    socket.on("b", mistake);
    server.transport.message('2["b"]');
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
