import { Buffer } from "node:buffer";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { happens, MODES, ReferenceServer } from "./reference-server.js";

const hex = (data: any) => Buffer.from(data).toString("hex");

describe.each(Object.entries(MODES))("against the npm socket.io server, over %s", (name, mode) => {
  let server: ReferenceServer;
  beforeEach(async () => {
    server = await ReferenceServer.start();
  });
  afterEach(() => server.stop());

  it("the transport is the one that the mode names", async () => {
    const [socket] = await server.connect(mode);
    const { transport } = socket.io.engine;
    expect(transport.name).toBe(name === "polling only" ? "polling" : "websocket");
    const last = socket.io.engine.explain().pop();
    expect(last).toMatchObject({ transport: transport.name, outcome: "carrying" });
  });

  it("events with any arguments pass both ways, in order", async () => {
    const [socket, peer] = await server.connect(mode);
    const args = [1, -1.5, "grüße \u001e 😀", true, null, { a: [{ b: {} }] }, []];
    peer.on("there", (...got) => peer.emit("back", ...got));
    const order: number[] = [];
    socket.on("number", (n) => order.push(n));
    for (let i = 0; i < 100; i++) peer.emit("number", i);
    const back = happens(socket, "back");
    socket.emit("there", ...args);
    expect(await back).toEqual(args);
    expect(order).toEqual(Array.from({ length: 100 }, (_, i) => i));
  });

  it("a hundred events emitted in one turn arrive in order", async () => {
    const [socket, peer] = await server.connect(mode);
    const order: number[] = [];
    peer.on("number", (n) => order.push(n));
    const done = happens(peer, "done");
    for (let i = 0; i < 100; i++) socket.emit("number", i);
    socket.emit("done");
    await done;
    expect(order).toEqual(Array.from({ length: 100 }, (_, i) => i));
  });

  it("both sides answer", async () => {
    const [socket, peer] = await server.connect(mode);
    peer.on("ask", (n, answer) => answer(n + 1, "x"));
    socket.on("ask", (n, answer) => answer(n + 2));
    expect(await new Promise((resolve) => socket.emit("ask", 1, (...args: unknown[]) => resolve(args)))).toEqual([
      2,
      "x",
    ]);
    expect(await socket.emitWithAck("ask", 5)).toBe(6);
    expect(await socket.timeout(5000).emitWithAck("ask", 6)).toBe(7);
    expect(await peer.emitWithAck("ask", 1)).toBe(3);
  });

  it("an answer that does not come is an error in time", async () => {
    const [socket] = await server.connect(mode);
    await expect(socket.timeout(20).emitWithAck("nobody")).rejects.toThrow("operation has timed out");
  });

  it("binary data passes both ways, several pieces and nested, in events and answers", async () => {
    const [socket, peer] = await server.connect(mode);
    peer.on("bytes", (value, answer) => {
      peer.emit("bytes", value);
      answer({ list: [value.a, { deep: value.list[1] }] });
    });
    const back = happens(socket, "bytes");
    const answer = await socket.emitWithAck("bytes", {
      a: new Uint8Array([0, 1, 255]),
      list: [Buffer.from("0203", "hex"), new Uint16Array([0x0504]).buffer, new DataView(new ArrayBuffer(3), 1, 1)],
      blob: new Blob(["xyz"]),
      empty: new ArrayBuffer(0),
    });
    expect([hex(answer.list[0]), hex(answer.list[1].deep)]).toEqual(["0001ff", "0405"]);
    const [value] = await back;
    expect(value.a).toBeInstanceOf(ArrayBuffer);
    expect([value.a, ...value.list, value.blob, value.empty].map(hex)).toEqual([
      "0001ff",
      "0203",
      "0405",
      "00",
      "78797a",
      "",
    ]);
    socket.on("ask", (data, reply) => reply({ again: [data] }));
    expect(hex((await peer.emitWithAck("ask", Buffer.of(7, 8))).again[0])).toBe("0708");
  });

  it("a large message passes both ways", async () => {
    const [socket, peer] = await server.connect(mode);
    peer.on("large", (text, bytes, answer) => answer(text, bytes));
    const text = "ä".repeat(200_000);
    const bytes = new Uint8Array(300_000).fill(0xab);
    const [gotText, gotBytes] = await new Promise<any[]>((resolve) =>
      socket.emit("large", text, bytes, (...args: unknown[]) => resolve(args)),
    );
    expect(gotText === text && Buffer.from(gotBytes).equals(bytes)).toBe(true);
  });

  it("many messages that exceed the limit of a request together pass", async () => {
    const [socket, peer] = await server.connect(mode);
    let received = 0;
    peer.on("piece", () => received++);
    peer.on("end", (answer) => answer());
    for (let i = 0; i < 30; i++) socket.emit("piece", "x".repeat(100_000));
    await socket.emitWithAck("end");
    expect(received).toBe(30);
  });

  it("a namespace takes the client in with its authentication", async () => {
    const [socket, peer] = await server.connect({ ...mode, auth: { token: "abc" } }, "/admin");
    expect(peer.handshake.auth).toEqual({ token: "abc" });
    expect(socket.id).toBe(peer.id);
  });

  it("a namespace may ask for authentication that is made at the moment", async () => {
    const [, peer] = await server.connect({ ...mode, auth: (send) => send({ at: "now" }) }, "/admin");
    expect(peer.handshake.auth).toEqual({ at: "now" });
  });

  it("a namespace refuses, and says why", async () => {
    server.io.of("/admin").use((_, next) => next(Object.assign(new Error("not allowed"), { data: { code: 7 } })));
    const [error] = await happens(server.client(mode, "/admin"), "connect_error");
    expect(error).toMatchObject({ message: "not allowed", data: { code: 7 } });
  });

  it("a namespace that does not exist refuses", async () => {
    const socket = server.client(mode, "/nowhere");
    const [error] = await happens(socket, "connect_error");
    expect(error.message).toBe("Invalid namespace");
    expect(socket.active).toBe(false);
  });

  it("two namespaces share a connection", async () => {
    server.io.of("/other");
    const [socket] = await server.connect(mode);
    const other = socket.io.socket("/other");
    await happens(other, "connect");
    socket.disconnect();
    server.io.of("/other").once("connection", () => {});
    expect(other.connected).toBe(true);
    expect(other.io.engine.readyState).toBe("open");
  });

  it("a broadcast reaches the members of a room and nobody else", async () => {
    const [inside, insidePeer] = await server.connect(mode);
    const [outside] = await server.connect(mode);
    insidePeer.join("room");
    const heard: string[] = [];
    outside.on("news", (news) => heard.push(news));
    const news = happens(inside, "news");
    const end = happens(outside, "end");
    server.io.to("room").emit("news", "inside", Buffer.of(1));
    server.io.emit("end");
    expect((await news)[0]).toBe("inside");
    await end;
    expect(heard).toEqual([]);
  });

  it("a broadcast is answered", async () => {
    const [socket] = await server.connect(mode);
    socket.on("ask", (answer) => answer("yes"));
    expect(await server.io.timeout(5000).emitWithAck("ask")).toEqual(["yes"]);
  });

  it("the client leaves, and both sides know why", async () => {
    const [socket, peer] = await server.connect(mode);
    const here = happens(socket, "disconnect");
    const there = happens(peer, "disconnect");
    socket.disconnect();
    expect((await here)[0]).toBe("io client disconnect");
    expect((await there)[0]).toBe("client namespace disconnect");
  });

  it("what was emitted before leaving still arrives", async () => {
    const [socket, peer] = await server.connect(mode);
    const messages: unknown[] = [];
    peer.conn.on("data", (data) => messages.push(typeof data === "string" ? data : hex(data)));
    const left = happens(peer, "disconnect");
    socket.emit("first");
    socket.emit("last", new Uint8Array([1]));
    socket.disconnect();
    await left;
    // The server itself drops events that came together with the leave-taking; the engine shows that they came.
    expect(messages).toEqual(['2["first"]', '51-["last",{"_placeholder":true,"num":0}]', "01", "1"]);
  });

  it("the server sends the client away, and both sides know why", async () => {
    const [socket, peer] = await server.connect(mode);
    const here = happens(socket, "disconnect");
    const there = happens(peer, "disconnect");
    peer.disconnect();
    expect((await here)[0]).toBe("io server disconnect");
    expect((await there)[0]).toBe("server namespace disconnect");
    expect(socket.active).toBe(false);
  });

  it("the server closes the connection in good order, and the client does not come back", async () => {
    const [socket, peer] = await server.connect(mode);
    const here = happens(socket, "disconnect");
    peer.disconnect(true);
    expect((await here)[0]).toBe("io server disconnect");
    expect(socket.active).toBe(false);
  });

  it("the server drops the connection, and the client comes back with what it was told meanwhile", async () => {
    const [socket, peer] = await server.connect(mode);
    const first = socket.id;
    const disconnect = happens(socket, "disconnect");
    const reconnect = happens(socket.io, "reconnect");
    const again = new Promise<any>((resolve) =>
      server.io.once("connection", (next) => next.on("kept", (...args) => resolve(args))),
    );
    socket.on("disconnect", () => socket.emit("kept", 1, new Uint8Array([2])));
    peer.conn.close();
    const [reason, details] = await disconnect;
    expect(reason).toBe("transport close");
    expect(details.attempt.outcome).toBe("ended");
    expect(await reconnect).toEqual([1]);
    expect((await again)[0]).toBe(1);
    expect(socket.connected).toBe(true);
    expect(socket.id).not.toBe(first);
  });

  it("the client's engine is closed, and the client comes back", async () => {
    const [socket, peer] = await server.connect(mode);
    const here = happens(socket, "disconnect");
    const there = happens(peer, "disconnect");
    const reconnect = happens(socket, "connect");
    socket.io.engine.close();
    expect((await here)[0]).toBe("forced close");
    expect((await there)[0]).toBe("transport close");
    await reconnect;
  });

  it("a packet that breaks the protocol closes the connection, and the client comes back", async () => {
    const [socket, peer] = await server.connect(mode);
    const here = happens(socket, "disconnect");
    const reconnect = happens(socket, "connect");
    peer.conn.write("9 no packet");
    expect((await here)[0]).toBe("parse error");
    await reconnect;
  });
});

describe.each(Object.entries(MODES))("a session of the npm server that it can recover, over %s", (_, mode) => {
  it("goes on where it stood, with what was sent meanwhile", async () => {
    const server = await ReferenceServer.start({ connectionStateRecovery: {} });
    try {
      const [socket, peer] = await server.connect(mode);
      const first = happens(socket, "first");
      peer.emit("first");
      await first;
      const { id } = socket;
      const disconnected = happens(socket, "disconnect");
      const missed = happens(socket, "missed");
      const connect = happens(socket, "connect");
      peer.conn.close();
      await disconnected;
      server.io.to(id!).emit("missed", 1, Buffer.of(2));
      expect((await missed)[0]).toBe(1);
      await connect;
      expect(socket).toMatchObject({ recovered: true, id });
    } finally {
      await server.stop();
    }
  });
});

describe.each(Object.entries(MODES))("the heartbeat of the npm server, over %s", (_, mode) => {
  it("is kept, ping after ping", async () => {
    const server = await ReferenceServer.start({ pingInterval: 40, pingTimeout: 500 });
    try {
      const [socket] = await server.connect(mode);
      for (let i = 0; i < 5; i++) await happens(socket.io, "ping");
      expect(socket.connected).toBe(true);
    } finally {
      await server.stop();
    }
  });
});
