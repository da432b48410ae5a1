import { describe, expect, it } from "vitest";
import io, {
  connect,
  Connection,
  type ConnectionOptions,
  type DisconnectReason,
  type LookupOptions,
  Manager,
  Socket,
  type TransportAttempt,
} from "../src/index.js";
import { FakeServer } from "./fake-server.js";

interface FromServer {
  news: (title: string, count: number) => void;
  picture: (data: ArrayBuffer) => void;
  question: (text: string, answer: (yes: boolean) => void) => void;
}
interface ToServer {
  say: (text: string) => void;
  ask: (text: string, answer: (reply: string) => void) => void;
  save: (data: { n: number }, done: (id: number) => void) => void;
  leave: () => void;
}

const offline = (): Partial<LookupOptions> => ({ ...new FakeServer().options, autoConnect: false, forceNew: true });
const typed = (): Socket<FromServer, ToServer> => io("https://declarations.test", offline());

// Each of these is checked by `npm run check`: what should compile does, and a line that should not and does is an error there.
describe("events declared once", () => {
  it("are checked for on, once and off", () => {
    const socket = typed();
    const listener = (title: string) => title.trim();
    socket.on("news", listener).once("news", listener).off("news", listener).off("news").off();
    socket.on("picture", (data) => data.byteLength);
    // A listener may take fewer arguments than there are, not others.
    socket.on("news", () => {});
    // @ts-expect-error too many
    socket.on("news", (title: string, count: number, more: string) => [title, count, more]);
    // @ts-expect-error another type
    socket.once("picture", (data: string) => data);
    // @ts-expect-error not an event of the server
    socket.once("say", () => {});
    // @ts-expect-error not an event of the server
    socket.off("olds");
    // @ts-expect-error another listener
    socket.off("news", (count: number) => count);
    const listeners: ((title: string, count: number) => void)[] = socket.listeners("news");
    expect(listeners).toHaveLength(2);
    // @ts-expect-error not an event of the server
    expect(socket.hasListeners("olds")).toBe(false);
  });

  it("are checked for what the library itself fires", () => {
    const socket = typed();
    socket.on("connect", () => {});
    socket.on("connect_error", (error) => [error.message.trim(), error.data]);
    socket.on("disconnect", (reason, details) => {
      const known: DisconnectReason = reason;
      return [known, details];
    });
    // @ts-expect-error it has no argument
    socket.on("connect", (id: string) => id);
    socket.io.on("reconnect", (attempt) => attempt.toFixed());
    socket.io.on("transport", (attempt: TransportAttempt) => attempt.reason === "refused");
    // @ts-expect-error of the connection, not of the socket
    socket.on("reconnect", () => {});
    // @ts-expect-error an outcome that does not exist
    socket.io.on("transport", ({ outcome }) => outcome === "fine");
    expect(socket.hasListeners("connect")).toBe(true);
  });

  it("are checked for emit, and for the answers", () => {
    const socket = typed();
    socket.emit("say", "hello").emit("leave");
    socket.emit("ask", "why", (reply) => reply.trim());
    socket.volatile.emit("say", "hello");
    socket.timeout(100).emit("ask", "why", (error, reply) => [error.message, reply.trim()]);
    // @ts-expect-error not an event of ours
    const one = () => socket.emit("news", "x", 1);
    // @ts-expect-error an argument too many
    const two = () => socket.emit("say", "hello", "again");
    // @ts-expect-error an argument too few
    const three = () => socket.emit("ask", "why");
    // @ts-expect-error another type of answer
    const four = () => socket.emit("ask", "why", (reply: number) => reply);
    // @ts-expect-error in the wrong form
    const five = () => socket.emit("save", { n: "1" }, () => {});
    // @ts-expect-error with a time the callback takes an error first
    const six = () => socket.timeout(100).emit("ask", "why", (reply: string) => reply);
    expect([one, two, three, four, five, six]).toHaveLength(6);
  });

  it("are checked for emitWithAck", () => {
    const socket = typed();
    const good = async () => {
      const reply: string = await socket.emitWithAck("ask", "why");
      // With a time the error is thrown, and the answer is the same.
      const id: number = await socket.timeout(100).emitWithAck("save", { n: 1 });
      return [reply, id];
    };
    const bad = async () => {
      // @ts-expect-error another type of answer
      const reply: number = await socket.emitWithAck("ask", "why");
      // @ts-expect-error an argument is missing
      await socket.emitWithAck("ask");
      // @ts-expect-error not an event of ours
      await socket.emitWithAck("news", "x");
      return reply;
    };
    expect([good, bad]).toHaveLength(2);
  });

  it("reach listeners of every event by name", () => {
    const socket = typed();
    const any = (event: string, ...args: any[]) => [event.trim(), args.length];
    const other = (event: string) => event.trim();
    socket.onAny(any).prependAny(other).onAnyOutgoing(any).prependAnyOutgoing(other);
    // @ts-expect-error the name is a text
    socket.onAny((event: number) => event);
    expect(socket.listenersAny()).toHaveLength(3);
    expect(socket.offAny().listenersAny()).toEqual([]);
    expect(socket.offAnyOutgoing(any).listenersAnyOutgoing()).toEqual([other]);
  });

  it("are taken in one map for both directions too", () => {
    const socket: Socket<ToServer> = io("https://declarations.test", offline());
    socket.on("say", (text) => text.trim());
    socket.emit("say", "hello");
    // @ts-expect-error in neither
    expect(() => socket.emit("news", "x")).not.toThrow();
  });
});

describe("the names of socket.io-client", () => {
  it("are all there", () => {
    const manager = new Manager("https://declarations.test", offline());
    const socket: Socket = manager.socket("/admin", { auth: { token: "x" } });
    expect(manager).toBeInstanceOf(Connection);
    expect(socket).toBeInstanceOf(Socket);
    expect(connect).toBe(io);
    expect(io).toBe(io);
    const delay: number = manager.reconnectionDelay();
    const same: Manager = manager.reconnectionDelay(delay).reconnectionAttempts(3).timeout(false);
    expect(same).toBe(manager);
  });

  it("have options that are checked", () => {
    const good: Partial<ConnectionOptions>[] = [
      { transports: ["polling", "websocket"], withCredentials: true, extraHeaders: { "X-Of-Mine": "x" } },
      { reconnection: false, timeout: false, query: { room: "7" } },
      // @ts-expect-error a transport that does not exist
      { transports: ["pigeon"] },
      // @ts-expect-error an option that does not exist
      { transport: ["polling"] },
      // @ts-expect-error another type
      { reconnectionDelay: "1s" },
    ];
    expect(good).toHaveLength(5);
  });
});
