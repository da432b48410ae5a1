import { beforeEach, describe, expect, it } from "vitest";
import { TransportError } from "../src/close-reason.js";
import type { EnginePacket } from "../src/engine-packet.js";
import { HttpTransport } from "../src/http-transport.js";
import { settled } from "./fake-clock.js";
import { FakeFetch } from "./fake-fetch.js";
import { TransportRecorder } from "./transport-recorder.js";

let http: FakeFetch;
let recorder: TransportRecorder;
beforeEach(() => {
  http = new FakeFetch();
  recorder = new TransportRecorder();
});
const make = (name: "stream" | "polling") =>
  new HttpTransport(
    name,
    recorder.setup({
      sid: "id",
      resumable: true,
      pollTimeout: 30_000,
      fetch: http.fetch,
      uri: (sid, on) => `test:${sid}:${on ? "on" : "attach"}`,
    }),
    recorder,
  );
const message = (data: string): EnginePacket => ({ type: "message", data });
const wait = async (ms: number) => {
  recorder.clock.advance(ms);
  await settled();
};

describe("the offer of HTTP", () => {
  it("is one GET for long-polling, which is not used before the session says so", async () => {
    const polling = make("polling");
    polling.open();
    expect(http.get.url).toBe("test:id:attach");
    http.get.answers("73");
    await settled();
    expect(recorder.take()).toEqual(["packet ack"]);
    expect(http.pending).toBe(0);
    expect(polling.writable).toBe(false);
    polling.resume();
    expect(polling.writable).toBe(true);
    expect(http.get.url).toBe("test:id:on");
  });

  it("is the stream itself, whose packets end with U+001E wherever the chunks do", async () => {
    const stream = make("stream");
    stream.open();
    const answer = http.get.streams();
    answer.chunk("7");
    answer.chunk("3\x1e4gr");
    await settled();
    expect(recorder.take()).toEqual(["packet ack"]);
    const bytes = new TextEncoder().encode("üße\x1e6\x1e2");
    for (const byte of bytes) answer.chunk(new Uint8Array([byte]));
    await settled();
    expect(recorder.packets[1]).toEqual(message("grüße"));
    expect(recorder.take()).toEqual(["packet message", "packet noop"]);
  });

  it("throws away what has no end when the stream does", async () => {
    make("stream").open();
    const answer = http.get.streams();
    answer.chunk("70\x1e4torn");
    answer.end();
    await settled();
    expect(recorder.take()).toEqual(["packet ack", "closed"]);
    expect(recorder.failure).toMatchObject({ description: "stream ended" });
  });

  it("says how the stream broke, or what it brought that is no packet", async () => {
    make("stream").open();
    http.requests[0]!.streams().fail("cut");
    await settled();
    expect(recorder.failure).toMatchObject({ message: "fetch read error", description: "cut" });
    make("stream").open();
    http.requests[1]!.streams().chunk("x\x1e");
    await settled();
    expect(recorder.failure).toMatchObject({ message: "server error" });
  });

  it.each(["stream", "polling"] as const)("tells of a refusal with its body, on %s", async (name) => {
    make(name).open();
    http.get.answers('{"code":1}', 400);
    await settled();
    expect(recorder.failure).toBeInstanceOf(TransportError);
    expect(recorder.failure).toMatchObject({ message: '{"code":1}', description: 400 });
  });
});

describe("long-polling in a resumable session", () => {
  beforeEach(() => make("polling").resume());

  it("tells of each body before its packets, and asks for the next", async () => {
    http.get.answers("81\x1e4a\x1e4b");
    await settled();
    expect(recorder.take()).toEqual(["opened", "packet next", "packet message", "packet message"]);
    expect(http.get).toBeDefined();
  });

  it("repeats a GET that failed after 0.2, 0.4 and 0.8 seconds, and gives up then", async () => {
    for (const pause of [200, 400, 800]) {
      http.get.fails();
      await settled();
      await wait(pause - 1);
      expect(http.pending).toBe(0);
      await wait(1);
      expect(http.pending).toBe(1);
    }
    expect(recorder.take()).toEqual([]);
    http.get.answers("bad gateway", 502);
    await settled();
    expect(recorder.take()).toEqual(["closed"]);
  });

  it("forgets the failures when one succeeds", async () => {
    for (let i = 0; i < 6; i++) {
      http.get.fails();
      await settled();
      await wait(200);
      http.get.answers("6");
      await settled();
    }
    expect(recorder.calls).not.toContain("closed");
  });

  it("repeats a GET that takes longer than it may", async () => {
    await wait(30_000);
    await wait(200);
    expect(http.requests.map(({ aborted }) => aborted)).toEqual([true, false]);
  });

  it.each([400, 403, 404, 409, 410, 413])("takes %i for an answer", async (status) => {
    http.get.answers("", status);
    await settled();
    expect(recorder.failure).toMatchObject({ description: status });
  });
});

describe("the POST of a resumable session", () => {
  let stream: HttpTransport;
  beforeEach(() => {
    stream = make("stream");
    stream.resume();
  });

  it("goes out though it is empty, and its answer acknowledges", async () => {
    stream.send([]);
    expect(stream.writable).toBe(false);
    expect(http.post).toMatchObject({ url: "test:id:on", init: { body: "" } });
    http.post.answers("75");
    await settled();
    expect(recorder.take()).toEqual(["opened 5", "drained"]);
    expect(stream.writable).toBe(true);
  });

  it("carries packets joined by U+001E", () => {
    stream.send([{ type: "next", data: "4" }, message("a"), { type: "pong" }]);
    expect(http.post.init.body).toBe("84\x1e4a\x1e3");
  });

  it.each([
    ["fails", () => http.post.fails()],
    ["is answered with 503", () => http.post.answers("", 503)],
    ["is answered by somebody else", () => http.post.answers("<html>")],
    ["is answered with more than its acknowledgement", () => http.post.answers("71\x1e3")],
    ["takes longer than 6 seconds", () => recorder.clock.advance(6_001)],
  ])("is handed back when it %s", async (_, happens) => {
    stream.send([message("a"), { type: "pong" }]);
    happens();
    await settled();
    expect(recorder.take()).toEqual([]);
    await wait(200);
    expect(recorder.take()).toEqual(["drained without message,pong"]);
    expect(stream.writable).toBe(true);
  });

  it("may take longer the more it carries", async () => {
    stream.send([message("x".repeat(100_000))]);
    await wait(15_000);
    expect(http.post.aborted).toBe(false);
    await wait(2_000);
    expect(http.pending).toBe(0);
  });

  it("fails the transport when it failed four times", async () => {
    for (let i = 0; i < 4; i++) {
      stream.send([message("a")]);
      http.post.fails();
      await wait(2_000);
    }
    expect(recorder.take().pop()).toBe("closed");
    expect(recorder.failure).toMatchObject({ message: "fetch write error" });
  });
});

describe("the end of HTTP in a resumable session", () => {
  it("aborts what is under way", async () => {
    const polling = make("polling");
    polling.resume();
    polling.send([]);
    polling.close();
    await settled();
    expect(http.requests.map(({ aborted }) => aborted)).toEqual([true, true]);
    expect(recorder.take()).toEqual([]);
  });

  it("ends the session first if it is to, and the stream after that", async () => {
    const stream = make("stream");
    stream.open();
    const { signal } = http.get.init;
    http.get.streams();
    stream.resume();
    stream.close(true);
    expect(http.post.init).toMatchObject({ body: "1", keepalive: true });
    expect(signal!.aborted).toBe(false);
    http.post.answers("70");
    await settled();
    expect(signal!.aborted).toBe(true);
  });

  it("is silence, whatever comes", async () => {
    const polling = make("polling");
    polling.resume();
    polling.send([message("a")]);
    const [get, post] = http.requests;
    polling.close();
    get!.answers("81\x1e4a");
    post!.answers("71");
    await wait(10_000);
    expect(recorder.take()).toEqual([]);
    expect(http.requests).toHaveLength(2);
  });
});
