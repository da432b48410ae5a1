import { beforeEach, describe, expect, it } from "vitest";
import callable from "../src/callable.js";
import io, * as all from "../src/index.js";
import { FakeServer } from "./fake-server.js";

let server: FakeServer;
let host = 0;
beforeEach(() => {
  server = new FakeServer();
  host++;
});
const uri = (rest = "") => `https://host-${host}.test${rest}`;

describe("io", () => {
  it("gives the socket of the namespace in the address", () => {
    const socket = io(uri("/admin?a=1"), server.options);
    expect(socket.nsp).toBe("/admin");
    expect(server.transport.setup.uri(undefined)).toBe(
      `wss://host-${host}.test/socket.io/?a=1&EIO=4&transport=websocket&towpath=1`,
    );
  });

  it("may be called with options alone", () => {
    expect(io({ ...server.options, forceNew: true }).nsp).toBe("/");
  });

  it("shares a connection between the namespaces of a server", () => {
    const one = io(uri("/a"), server.options);
    const two = io(uri(":443/b"), server.options);
    expect(two.io).toBe(one.io);
  });

  it("makes another connection for a second socket of a namespace, even if the first has left", () => {
    const one = io(uri(), server.options);
    const two = io(uri(), server.options);
    expect(two.io).not.toBe(one.io);
    one.disconnect();
    expect(io(uri(), server.options).io).not.toBe(one.io);
  });

  it.each([{ forceNew: true }, { multiplex: false }])("makes another connection with %j", (option) => {
    const one = io(uri("/a"), server.options);
    const two = io(uri("/b"), { ...server.options, ...option });
    expect(two.io).not.toBe(one.io);
    expect(io(uri("/c"), server.options).io).toBe(one.io);
  });

  it("makes another connection for another path, port or scheme", () => {
    const one = io(uri("/a"), server.options).io;
    expect(io(uri("/b"), { ...server.options, path: "/other" }).io).not.toBe(one);
    expect(io(uri(":444/b"), server.options).io).not.toBe(one);
    expect(io(uri("/b").replace("https", "http"), server.options).io).not.toBe(one);
  });

  it("hands its options to the socket", () => {
    expect(io(uri(), { ...server.options, auth: { a: 1 } }).auth).toEqual({ a: 1 });
  });
});

describe("the package", () => {
  it("exports what socket.io-client does, under its names and ours", () => {
    expect(all.io).toBe(io);
    expect(all.connect).toBe(io);
    expect(all.Manager).toBe(all.Connection);
    expect(io(uri(), server.options)).toBeInstanceOf(all.Socket);
    expect(all.protocol).toBe(5);
    expect(all.Engine.protocol).toBe(4);
  });

  it("is a function with everything as its properties, for script tags and CommonJS", () => {
    expect(callable).toBe(io);
    const { Connection, Manager, Socket, connect, protocol } = all;
    expect({ ...callable }).toMatchObject({ io, connect, Connection, Manager, Socket, protocol });
  });
});
