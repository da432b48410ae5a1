/** A socket, its connection, and a server that answers as it is told to. */
import { beforeEach } from "vitest";
import type { ConnectionOptions, SocketOptions } from "../src/options.js";
import type { Socket } from "../src/socket.js";
import { FakeServer } from "./fake-server.js";

export let server: FakeServer;
beforeEach(() => {
  server = new FakeServer();
  server.clock.chance = 0;
});

export const make = (options?: Partial<ConnectionOptions & SocketOptions>, nsp = "/") => {
  const connection = server.connection(options);
  const socket = connection.socket(nsp, options);
  return { connection, socket };
};

/** A socket that the server has let in. */
export const connected = (options?: Partial<ConnectionOptions & SocketOptions>) => {
  const made = make(options);
  server.accepts();
  return made;
};

/** What was sent since the connection was accepted, writing what waits. */
export const sent = () => {
  server.transport.drains();
  return server.transport.sent.slice(1);
};

export const record = (socket: Socket) => {
  const calls: unknown[][] = [];
  for (const event of ["connect", "connect_error", "disconnect"] as const) {
    socket.on(event, (...args: unknown[]) => calls.push([event, ...args]));
  }
  return calls;
};

export const reconnect = (data: object = { sid: "second-id" }) => {
  server.clock.advance(1000);
  server.accepts("/", data);
};
