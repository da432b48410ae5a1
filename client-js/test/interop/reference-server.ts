import { createServer, type Server as HttpServer } from "node:http";
import type { AddressInfo } from "node:net";
import { Server, type ServerOptions, type Socket as ServerSocket } from "socket.io";
import WebSocket from "ws";
// @ts-ignore: the bundle is built before these tests run, and typed by its sources
import * as bundle from "../../dist/towpath.esm.min.js";
import type * as Client from "../../src/index.js";

const { io } = bundle as typeof Client;

/** The modes of transport that the table has, as options of the client. */
export const MODES: Record<string, Partial<Client.LookupOptions>> = {
  "polling only": { transports: ["polling"] },
  "WebSocket only": { transports: ["websocket"] },
  "polling, upgraded": { transports: ["polling", "websocket"] },
  "WebSocket first": {},
};

/** The npm server on a free port of the loopback, and clients of it. */
export class ReferenceServer {
  private readonly clients: Client.Socket[] = [];

  private constructor(
    readonly http: HttpServer,
    readonly io: Server,
  ) {}

  static async start(options?: Partial<ServerOptions>): Promise<ReferenceServer> {
    const http = createServer();
    const server = new Server(http, options);
    await new Promise<void>((resolve) => http.listen(0, "127.0.0.1", resolve));
    return new ReferenceServer(http, server);
  }

  get port(): number {
    return (this.http.address() as AddressInfo).port;
  }

  /** A client that has not connected yet; closed with the server. */
  client(options?: Partial<Client.LookupOptions>, nsp = "", port = this.port): Client.Socket {
    const socket = io(`http://127.0.0.1:${port}${nsp}`, {
      WebSocket: WebSocket as any,
      forceNew: true,
      reconnectionDelay: 20,
      ...options,
    });
    this.clients.push(socket);
    return socket;
  }

  /** A connected client, after its upgrade if it will have one, and the server's side of it. */
  async connect(options?: Partial<Client.LookupOptions>, nsp = ""): Promise<[Client.Socket, ServerSocket]> {
    const connection = new Promise<ServerSocket>((resolve) => this.io.of(nsp || "/").once("connection", resolve));
    const socket = this.client(options, nsp);
    const upgraded = options?.transports?.join() === "polling,websocket";
    await Promise.all([
      happens(socket, "connect"),
      upgraded && new Promise((resolve) => socket.io.engine.on("upgrade", resolve)),
    ]);
    return [socket, await connection];
  }

  async stop(): Promise<void> {
    for (const client of this.clients) client.disconnect();
    await this.io.close();
  }
}

/** The arguments of the next event. */
export const happens = (emitter: any, event: string): Promise<any[]> =>
  new Promise((resolve) => emitter.once(event, (...args: unknown[]) => resolve(args)));
