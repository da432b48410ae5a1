import { beforeEach, describe, expect, it, vi } from "vitest";
import type { SocketOptions } from "../src/options.js";
import { settled } from "./fake-clock.js";
import { FakeServer } from "./fake-server.js";

let server: FakeServer;
beforeEach(() => {
  server = new FakeServer();
  server.clock.chance = 0;
});

const make = (options: Partial<SocketOptions> = { retries: 2, ackTimeout: 50 }) => {
  const socket = server.connection().socket("/", options);
  const calls: unknown[][] = [];
  const note =
    (name: string) =>
    (...args: unknown[]) =>
      void calls.push([name, ...args]);
  return { socket, calls, note };
};

/** What was sent since the last question, writing what waits. */
const sent = () => {
  const all: unknown[] = [];
  for (let more = server.transport.take(); more.length; more = server.transport.take()) {
    all.push(...more);
    server.transport.drains();
  }
  return all;
};

/** Lets the socket in. */
const accept = () => {
  server.accepts();
  expect(server.transport.batches.shift()).toEqual(["40"]);
};

describe("a socket with retries", () => {
  it("sends one event at a time, the next when it has been answered", () => {
    const { socket, calls, note } = make();
    accept();
    socket.emit("a", 1, note("a"));
    socket.emit("b");
    socket.emit("c", note("c"));
    expect(sent()).toEqual(['420["a",1]']);
    server.transport.message('30["one",2]');
    expect(sent()).toEqual(['421["b"]']);
    server.transport.message("31[]");
    expect(sent()).toEqual(['422["c"]']);
    server.transport.message("32[]");
    expect(calls).toEqual([
      ["a", null, "one", 2],
      ["c", null],
    ]);
    expect(sent()).toEqual([]);
  });

  it("sends an event again that was not answered in time, and gives it up after so many tries", () => {
    const { socket, calls, note } = make();
    accept();
    socket.emit("a", note("a"));
    socket.emit("b", note("b"));
    for (const id of [0, 1, 2]) {
      expect(sent()).toEqual([`42${id}["a"]`]);
      expect(calls).toEqual([]);
      server.clock.advance(50);
    }
    expect(calls).toEqual([["a", new Error("operation has timed out")]]);
    expect(sent()).toEqual(['423["b"]']);
    server.transport.message("33[]");
    expect(calls[1]).toEqual(["b", null]);
  });

  it("does not hear an answer to a try that was given up", () => {
    const { socket, calls, note } = make();
    accept();
    socket.emit("a", note("a"));
    server.clock.advance(50);
    server.transport.message("30[]");
    expect(calls).toEqual([]);
    server.transport.message("31[]", "31[]");
    expect(calls).toEqual([["a", null]]);
  });

  it("an answer that looks like an error is an answer", () => {
    const { socket, calls, note } = make({ retries: 2 });
    accept();
    socket.emit("a", note("a"));
    server.transport.message('30["no"]');
    expect(calls).toEqual([["a", null, "no"]]);
    expect(sent()).toEqual(['420["a"]']);
  });

  it("waits while disconnected, and does not count that as a try", () => {
    const { socket, calls, note } = make();
    socket.emit("a", note("a"));
    server.clock.advance(1000);
    expect(socket.sendBuffer).toEqual([]);
    accept();
    expect(sent()).toEqual(['420["a"]']);
    server.transport.message("30[]");
    expect(calls).toEqual([["a", null]]);
  });

  it("sends the first event again after a reconnection, before those of the connect handler", () => {
    const { socket, calls, note } = make({ retries: 2 });
    accept();
    socket.emit("a", note("a"));
    socket.on("connect", () => socket.emit("b"));
    expect(sent()).toEqual(['420["a"]']);
    server.transport.breaks();
    expect(calls).toEqual([]);
    server.clock.advance(1000);
    accept();
    expect(sent()).toEqual(['421["a"]']);
    server.transport.message("31[]");
    expect(calls).toEqual([["a", null]]);
    expect(sent()).toEqual(['422["b"]']);
  });

  it("an event that was lost with its connection too often is given up", () => {
    const { socket, calls, note } = make({ retries: 1 });
    accept();
    socket.emit("a", note("a"));
    server.transport.breaks();
    server.clock.advance(1000);
    accept();
    expect(calls).toEqual([]);
    server.transport.breaks();
    expect(calls).toEqual([["a", new Error("socket has been disconnected")]]);
  });

  it("sends an event once if it emits it in the connect handler", () => {
    const { socket } = make();
    socket.on("connect", () => socket.emit("a"));
    accept();
    expect(sent()).toEqual(['420["a"]']);
  });

  it("does not write when the heartbeat has expired unnoticed", async () => {
    const { socket } = make({ retries: 2 });
    accept();
    server.clock.sleep(100_000);
    socket.emit("a");
    expect(sent()).toEqual([]);
    await settled();
    server.clock.advance(1000);
    accept();
    expect(sent()).toEqual(['420["a"]']);
  });

  it("sends volatile events at once and only once", () => {
    const { socket } = make();
    accept();
    socket.emit("a");
    expect(sent()).toEqual(['420["a"]']);
    socket.volatile.emit("b");
    expect(sent()).toEqual(['42["b"]']);
    server.clock.advance(50);
    expect(sent()).toEqual(['421["a"]']);
  });

  it("takes the time of each event, and that of all others from ackTimeout", () => {
    const { socket } = make();
    accept();
    socket.timeout(200).emit("a");
    server.clock.advance(199);
    expect(sent()).toEqual(['420["a"]']);
    server.clock.advance(1);
    expect(sent()).toEqual(['421["a"]']);
  });

  it("has no more events that wait for their answers than the option allows", () => {
    const { socket } = make({ retries: 1, maxBuffered: 2 });
    accept();
    socket.emit("a").emit("b");
    expect(() => socket.emit("c")).toThrow("buffer full");
    server.transport.message("30[]");
    socket.emit("d");
    sent();
    server.transport.message("31[]");
    expect(sent()).toEqual(['422["d"]']);
  });

  it("promises the answer", async () => {
    const { socket } = make();
    accept();
    const answer = socket.emitWithAck("a");
    server.clock.advance(50);
    server.transport.message("31[7]");
    expect(await answer).toBe(7);
    const failure = socket.emitWithAck("b");
    server.clock.advance(150);
    await expect(failure).rejects.toThrow("operation has timed out");
  });

  it("a callback that throws does not hold up the next event", async () => {
    const { socket } = make();
    accept();
    const reported = vi.fn();
    const uncaught = process.listeners("uncaughtException");
    process.removeAllListeners("uncaughtException");
    process.on("uncaughtException", reported);
    socket.emit("a", () => {
      throw new Error("mistake");
    });
    socket.emit("b");
    server.transport.message("30[]");
    expect(sent()).toEqual(['420["a"]', '421["b"]']);
    await settled();
    process.removeAllListeners("uncaughtException");
    uncaught.forEach((listener) => process.on("uncaughtException", listener));
    expect(reported.mock.calls[0]![0]).toEqual(new Error("mistake"));
  });
});
