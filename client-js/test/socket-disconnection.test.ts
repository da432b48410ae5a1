import { describe, expect, it, vi } from "vitest";
import { connected, make, reconnect, record, sent, server } from "./socket-fixture.js";

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
