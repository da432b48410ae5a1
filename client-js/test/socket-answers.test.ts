import { describe, expect, it, vi } from "vitest";
import { connected, make, reconnect, sent, server } from "./socket-fixture.js";

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
