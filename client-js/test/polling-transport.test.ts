import { describe, expect, it } from "vitest";
import { HttpTransport } from "../src/http-transport.js";
import type { TransportSetup } from "../src/transport.js";
import { settled } from "./fake-clock.js";
import { FakeFetch } from "./fake-fetch.js";
import { TransportRecorder } from "./transport-recorder.js";

const make = (more?: Partial<TransportSetup>) => {
  const events = new TransportRecorder();
  const network = new FakeFetch();
  const transport = new HttpTransport("polling", events.setup({ fetch: network.fetch, ...more }), events);
  transport.open();
  return { events, transport, network };
};

const open = async (more?: Partial<TransportSetup>) => {
  const bench = make(more);
  bench.events.packet = (packet) => {
    bench.events.packets.push(packet);
    if (packet.type === "open") bench.transport.session("id");
  };
  bench.network.get.answers("0{}");
  await settled();
  bench.events.packets.length = 0;
  return bench;
};

const message = (data: string) => ({ type: "message" as const, data });

describe("long-polling", () => {
  it("begins with a GET that has no session", () => {
    const { network } = make({ extraHeaders: { a: "b" } });
    expect(network.requests).toHaveLength(1);
    expect(network.get.url).toBe("test:");
    expect(network.get.init).toMatchObject({ method: "GET", headers: { a: "b" }, credentials: "same-origin" });
  });

  it("polls again, with the session, when the answer has been read", async () => {
    const { network } = await open();
    expect(network.get.url).toBe("test:id");
    network.get.answers("4a\x1e4b");
    await settled();
    expect(network.requests).toHaveLength(3);
    expect(network.pending).toBe(1);
  });

  it("sends a batch as one POST of plain text, beside the GET", async () => {
    const { network, transport } = await open({ extraHeaders: { a: "b" }, withCredentials: true });
    transport.send([message("a"), { type: "message", data: new Uint8Array([1]) }, { type: "pong" }]);
    expect(network.post.url).toBe("test:id");
    expect(network.post.init).toMatchObject({
      method: "POST",
      body: "4a\x1ebAQ==\x1e3",
      headers: { a: "b" },
      credentials: "include",
    });
    // The platform adds what the body is.
    const sent = new Request("http://test", network.post.init);
    expect(sent.headers.get("Content-type")).toBe("text/plain;charset=UTF-8");
    expect(network.pending).toBe(2);
  });

  it.each([204, 301, 400, 413, 500])("fails if a GET is answered with %d", async (status) => {
    const { network, events } = await open();
    network.get.answers("", status);
    await settled();
    expect(events.failure).toMatchObject({ message: "fetch read error", description: status, context: { status } });
  });

  it.each([204, 400, 413])("fails if a POST is answered with %d, and gives the GET up", async (status) => {
    const { network, events, transport } = await open();
    transport.send([message("a")]);
    network.post.answers("", status);
    await settled();
    expect(events.failure).toMatchObject({ message: "fetch write error", description: status });
    expect(network.pending).toBe(0);
  });

  it("fails if the network does", async () => {
    const { network, events } = await open();
    const error = new TypeError("failed to fetch");
    network.get.fails(error);
    await settled();
    expect(events.failure).toMatchObject({ message: "fetch read error", description: error });
  });

  it("gives a request up that takes too long, if it has a bound", async () => {
    const { network, events } = await open({ requestTimeout: 1000 });
    events.clock.advance(999);
    await settled();
    expect(events.failure).toBeUndefined();
    events.clock.advance(1);
    await settled();
    expect(events.failure).toMatchObject({ message: "fetch read error" });
    expect(network.pending).toBe(0);
    expect(events.clock.pending).toBe(0);
  });

  it("gives a POST up that takes too long, if it has a bound", async () => {
    const { network, events, transport } = await open({ requestTimeout: 1000 });
    events.clock.advance(500);
    transport.send([message("a")]);
    network.get.answers("6");
    await settled();
    events.clock.advance(1000);
    await settled();
    expect(events.failure).toMatchObject({ message: "fetch write error" });
    expect(network.pending).toBe(0);
  });

  it("leaves no timer behind when a request is answered", async () => {
    const { network, events, transport } = await open({ requestTimeout: 1000 });
    transport.send([message("a")]);
    network.post.answers("ok");
    await settled();
    expect(events.clock.pending).toBe(1); // that of the GET
  });

  describe("that is to rest", () => {
    it("waits for the GET, whose packets it still delivers, and does not poll again", async () => {
      const { network, events, transport } = await open();
      transport.pause(() => events.calls.push("paused"));
      expect(transport.writable).toBe(false);
      expect(events.take()).toEqual([]);
      network.get.answers("4a\x1e6");
      await settled();
      expect(events.packets).toEqual([message("a"), { type: "noop", data: "" }]);
      expect(events.take()).toEqual(["paused"]);
      expect(network.pending).toBe(0);
    });

    it("waits for the POST too", async () => {
      const { network, events, transport } = await open();
      transport.send([message("a")]);
      transport.pause(() => events.calls.push("paused"));
      network.get.answers("6");
      await settled();
      expect(events.take()).toEqual([]);
      network.post.answers("ok");
      await settled();
      expect(events.take()).toEqual(["paused"]);
      expect(transport.writable).toBe(false);
    });

    it("goes on when the pause is taken back, at rest or not", async () => {
      const { network, transport } = await open();
      transport.pause(() => {});
      transport.resume();
      expect(network.pending).toBe(1);
      transport.pause(() => {});
      network.get.answers("6");
      await settled();
      expect(network.pending).toBe(0);
      transport.resume();
      expect(network.pending).toBe(1);
      expect(transport.writable).toBe(true);
    });

    it("is not writable after the pause while its POST is under way", async () => {
      const { network, events, transport } = await open();
      transport.send([message("a")]);
      transport.pause(() => {});
      transport.resume();
      expect(transport.writable).toBe(false);
      network.post.answers("ok");
      await settled();
      expect(transport.writable).toBe(true);
      expect(events.take()).toEqual(["drained"]);
    });
  });

  describe("that is closed", () => {
    it("says so to the server, and keeps the GET until the server has read it", async () => {
      const { network, transport } = await open();
      transport.close();
      expect(network.post.init).toMatchObject({ body: "1", keepalive: true });
      expect(network.pending).toBe(2);
      network.post.answers("ok");
      await settled();
      expect(network.pending).toBe(0);
    });

    it("gives the GET up if the server cannot be told", async () => {
      const { network, transport } = await open();
      transport.close();
      network.post.fails();
      await settled();
      expect(network.pending).toBe(0);
    });

    it("before there is a session gives its GET up", () => {
      const { network, transport } = make();
      transport.close();
      expect(network.requests[0]!.aborted).toBe(true);
      expect(network.requests).toHaveLength(1);
    });
  });
});
