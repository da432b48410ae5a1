import { describe, expect, it } from "vitest";
import { io, type Socket } from "../src/index.js";
import { FakeServer } from "./fake-server.js";

interface FromServer {
  news: (title: string, count: number) => void;
  question: (text: string, answer: (yes: boolean) => void) => void;
}
interface ToServer {
  say: (text: string) => void;
  ask: (text: string, answer: (reply: string, score: number) => void) => void;
  message: (text: string) => void;
}

// Checked by `npm run check`: a line that should not compile and does is an error there.
describe("typed events", () => {
  it("are checked at compile time", () => {
    const socket: Socket<FromServer, ToServer> = io("https://types.test", {
      ...new FakeServer().options,
      autoConnect: false,
    });
    socket.on("news", (title, count) => [title.toUpperCase(), count.toFixed()]);
    socket.once("question", (_text, answer) => answer(true));
    socket.on("disconnect", (reason) => reason === "io server disconnect");
    // @ts-expect-error an event that the server does not send
    socket.on("olds", () => {});
    // @ts-expect-error an argument of another type
    socket.on("news", (title: number) => title);
    // @ts-expect-error a reason that does not exist
    socket.on("disconnect", (reason) => reason === "whatever");

    socket.emit("say", "hello");
    socket.emit("ask", "why", (reply, score) => [reply.trim(), score.toFixed()]);
    socket.send("hello");
    // @ts-expect-error an event that the server does not take
    socket.emit("shout", "hello");
    // @ts-expect-error an argument of another type
    socket.emit("say", 1);
    // @ts-expect-error an argument is missing
    socket.emit("say");

    socket.timeout(1).emit("ask", "why", (error, reply, score) => [error.message, reply.trim(), score.toFixed()]);
    const wrong = async () => {
      const reply: string = await socket.emitWithAck("ask", "why");
      const timed: string = await socket.timeout(1).emitWithAck("ask", "why");
      // @ts-expect-error the answer is a text
      const number: number = await socket.emitWithAck("ask", "why");
      return [reply, timed, number];
    };
    expect(wrong).toBeTypeOf("function");
    expect(socket.sendBuffer).toHaveLength(7);
  });

  it("may be left out", () => {
    const socket = io("https://types.test/untyped", { ...new FakeServer().options, autoConnect: false });
    socket.on("anything", (a, b) => [a, b]);
    socket.emit("anything", 1, "x", () => {});
    expect(socket.sendBuffer).toHaveLength(1);
  });
});
