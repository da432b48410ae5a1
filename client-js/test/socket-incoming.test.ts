import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { settled } from "./fake-clock.js";
import { connected, make, sent, server } from "./socket-fixture.js";

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
