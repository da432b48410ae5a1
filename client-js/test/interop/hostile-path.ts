import { type AddressInfo, connect, createServer, type Server, type Socket } from "node:net";
import { createHash } from "node:crypto";

/**
 * What the path does to a WebSocket: pass it, answer 403, never answer, answer 101 itself and pass nothing on, or cut
 * it 200 ms after its request. HTTP always passes.
 */
export type PathMode = "pass" | "refuse" | "hang" | "mute" | "cut";

/** A path to a server, with something on it that does not like WebSocket. */
export class HostilePath {
  mode: PathMode = "pass";
  private readonly sockets = new Set<Socket>();

  private constructor(
    private readonly server: Server,
    /** Port of the server. */
    public target: number,
  ) {
    server.on("connection", (client) => this.take(client));
  }

  static async to(target: number, mode: PathMode): Promise<HostilePath> {
    const path = new HostilePath(createServer(), target);
    path.mode = mode;
    await new Promise<void>((resolve) => path.server.listen(0, "127.0.0.1", resolve));
    return path;
  }

  get port(): number {
    return (this.server.address() as AddressInfo).port;
  }

  close(): void {
    this.server.close();
    for (const socket of this.sockets) socket.destroy();
  }

  private own(socket: Socket): Socket {
    this.sockets.add(socket);
    socket.on("close", () => this.sockets.delete(socket)).on("error", () => socket.destroy());
    return socket;
  }

  private take(client: Socket): void {
    this.own(client).once("data", (head) => {
      const key = /^sec-websocket-key: *(\S+)/im.exec(head.toString("latin1"))?.[1];
      if (key && this.mode === "refuse") client.end("HTTP/1.1 403 Forbidden\r\nContent-Length: 0\r\n\r\n");
      else if (key && this.mode === "mute") {
        const accept = createHash("sha1").update(`${key}258EAFA5-E914-47DA-95CA-C5AB0DC85B11`).digest("base64");
        client.write(
          "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n" +
            `Sec-WebSocket-Accept: ${accept}\r\n\r\n`,
        );
        client.resume();
      } else if (!key || this.mode !== "hang") {
        const server = this.own(connect(this.target, "127.0.0.1"));
        server.write(head);
        client.pipe(server);
        server.pipe(client);
        server.on("close", () => client.destroy());
        client.on("close", () => server.destroy());
        if (key && this.mode === "cut") setTimeout(() => client.destroy(), 200);
      }
    });
  }
}
