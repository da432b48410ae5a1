import { describe, expect, it } from "vitest";
import { HttpTransport } from "../src/http-transport.js";
import type { Transport, TransportSetup } from "../src/transport.js";
import { WebSocketTransport } from "../src/websocket-transport.js";
import { settled } from "./fake-clock.js";
import { FakeFetch } from "./fake-fetch.js";
import { FakeWebSocket } from "./fake-websocket.js";
import { TransportRecorder } from "./transport-recorder.js";

/** A transport, and the ways to make its platform do things. */
interface Bench {
  transport: Transport;
  events: TransportRecorder;
  opens(): Promise<void>;
  receives(...packets: string[]): Promise<void>;
  writes(): Promise<void>;
  breaks(): Promise<void>;
}

const benches: Record<string, (more?: Partial<TransportSetup>) => Bench> = {
  websocket: (more) => {
    const events = new TransportRecorder();
    const transport = new WebSocketTransport(events.setup({ WebSocket: FakeWebSocket, ...more }), events);
    const ws = () => FakeWebSocket.last;
    return {
      transport,
      events,
      opens: async () => ws().onopen(),
      receives: async (...packets) => packets.forEach((data) => ws().onmessage({ data })),
      writes: settled,
      breaks: async () => ws().onclose({ code: 1006, wasClean: false }),
    };
  },
  polling: (more) => {
    const events = new TransportRecorder();
    const network = new FakeFetch();
    const transport = new HttpTransport("polling", events.setup({ fetch: network.fetch, ...more }), events);
    const receives = async (...packets: string[]) => {
      network.get?.answers(packets.join("\x1e"));
      await settled();
    };
    return {
      transport,
      events,
      opens: async () => {
        await receives("0{}");
        events.take();
        transport.session("id");
      },
      receives,
      writes: async () => {
        network.post?.answers("ok");
        await settled();
      },
      breaks: async () => {
        network.get?.fails();
        await settled();
      },
    };
  },
};

describe.each(Object.keys(benches))("the contract of a transport, kept by %s", (name) => {
  const open = async () => {
    const bench = benches[name]!();
    bench.transport.open();
    await bench.opens();
    bench.events.take();
    return bench;
  };

  it("is not writable before it is open, and says nothing from within `open`", () => {
    const { transport, events } = benches[name]!();
    transport.open();
    expect(transport.name).toBe(name);
    expect(transport.writable).toBe(false);
    expect(events.take()).toEqual([]);
  });

  it("is writable when it is open, and again when what was sent is on its way", async () => {
    const { transport, events, writes } = await open();
    expect(transport.writable).toBe(true);
    transport.send([{ type: "message", data: "a" }]);
    expect(transport.writable).toBe(false);
    expect(events.take()).toEqual([]);
    await writes();
    expect(transport.writable).toBe(true);
    expect(events.take()).toEqual(["drained"]);
  });

  it("delivers packets in order", async () => {
    const { events, receives } = await open();
    await receives("4a", "2", "4b");
    expect(events.take()).toEqual(["packet message", "packet ping", "packet message"]);
  });

  it("closes at a packet that is none, with an error", async () => {
    const { events, receives } = await open();
    await receives("4a", "x", "4b");
    expect(events.take()).toEqual(["packet message", "closed"]);
    expect(events.failure).toMatchObject({ type: "TransportError", message: "server error" });
  });

  it("says once that it is closed, and nothing after it", async () => {
    const { transport, events, receives, breaks } = await open();
    await breaks();
    await breaks();
    await receives("4a");
    expect(events.take()).toEqual(["closed"]);
    expect(transport.writable).toBe(false);
  });

  it("is silent after `close`", async () => {
    const { transport, events, receives, breaks } = await open();
    transport.close();
    await receives("4a");
    await breaks();
    expect(events.take()).toEqual([]);
    expect(transport.writable).toBe(false);
  });

  it("is silent after `close` from within a packet", async () => {
    const { transport, events, receives } = await open();
    events.packet = () => {
      events.calls.push("packet");
      transport.close();
    };
    await receives("4a", "4b");
    expect(events.take()).toEqual(["packet"]);
  });

  it("does not drain after `close`", async () => {
    const { transport, events, writes } = await open();
    transport.send([{ type: "message", data: "a" }]);
    transport.close();
    await writes();
    expect(events.take()).toEqual([]);
  });

  it("is silent when it was closed before it opened", async () => {
    const { transport, events, opens, breaks } = benches[name]!();
    transport.open();
    transport.close();
    await opens();
    await breaks();
    expect(events.take()).toEqual([]);
  });

  it("may be closed twice", async () => {
    const { transport, events } = await open();
    transport.close();
    transport.close();
    await settled();
    expect(events.take()).toEqual([]);
  });

  it("closes with an error when a Blob cannot be read", async () => {
    const bench = benches[name]!({ forceBase64: true });
    bench.transport.open();
    await bench.opens();
    bench.events.take();
    const blob = Object.assign(new Blob(["x"]), { arrayBuffer: () => Promise.reject(new Error("gone")) });
    bench.transport.send([{ type: "message", data: blob }]);
    await settled();
    expect(bench.events.take()).toEqual(["closed"]);
    expect(bench.events.failure).toMatchObject({ type: "TransportError", description: new Error("gone") });
  });
});
