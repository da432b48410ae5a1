import { describe, expect, it } from "vitest";
import { TransportError } from "../src/close-reason.js";
import type { TransportSetup } from "../src/transport.js";
import { WebSocketTransport } from "../src/websocket-transport.js";
import { settled } from "./fake-clock.js";
import { FakeWebSocket } from "./fake-websocket.js";
import { TransportRecorder } from "./transport-recorder.js";

const make = (more?: Partial<TransportSetup>) => {
  const events = new TransportRecorder();
  const transport = new WebSocketTransport(events.setup({ WebSocket: FakeWebSocket, ...more }), events);
  transport.open();
  return { events, transport, ws: FakeWebSocket.last };
};

describe("WebSocket", () => {
  it("is opened at the address of the session, without a subprotocol", () => {
    expect(make({ sid: "x" }).ws.args).toEqual(["test:x", [], {}]);
  });

  it("is opened with the subprotocols given, and headers for those platforms that take them", () => {
    const { ws } = make({ protocols: ["a"], extraHeaders: { x: "1" } });
    expect(ws.args).toEqual(["test:", ["a"], { headers: { x: "1" } }]);
  });

  it("asks for buffers", () => expect(make().ws.binaryType).toBe("arraybuffer"));

  it("says when it opens", () => {
    const { ws, events } = make();
    ws.onopen();
    expect(events.take()).toEqual(["opened"]);
  });

  it("sends each packet as a message of its own, binary data as it is", async () => {
    const { ws, transport } = make();
    ws.onopen();
    const data = new Uint8Array([1]);
    const blob = new Blob(["x"]);
    transport.send([
      { type: "message", data: "a" },
      { type: "message", data },
      { type: "message", data: blob },
    ]);
    expect(ws.sent).toEqual(["4a", data, blob]);
  });

  it("sends binary data as text if it must", async () => {
    const { ws, transport } = make({ forceBase64: true });
    ws.onopen();
    transport.send([{ type: "message", data: new Uint8Array([1]) }]);
    expect(ws.sent).toEqual(["bAQ=="]);
  });

  it("delivers binary messages", () => {
    const { ws, events } = make();
    ws.onopen();
    const data = new ArrayBuffer(1);
    ws.onmessage({ data });
    expect(events.packets).toEqual([{ type: "message", data }]);
  });

  it.each([true, false])("says how it was closed; in good order: %s", (wasClean) => {
    const { ws, events } = make();
    ws.onopen();
    const event = { code: 1000, wasClean };
    ws.onclose(event);
    expect(events.failure).toEqual({ description: "websocket connection closed", context: event });
    expect(events.clean).toBe(wasClean);
  });

  it("fails with an error, and does not mention the closing that follows it", () => {
    const { ws, events } = make();
    const event = { type: "error", error: new Error("refused") };
    ws.onerror(event);
    ws.onclose({ code: 1006, wasClean: false });
    expect(events.take()).toEqual(["closed"]);
    expect(events.failure).toBeInstanceOf(TransportError);
    expect(events.failure).toMatchObject({ message: "websocket error", description: event });
  });

  it("fails later if the platform refuses to make it", async () => {
    const mistake = new Error("forbidden port");
    const { events } = make({
      WebSocket: class {
        constructor() {
          throw mistake;
        }
      },
    });
    expect(events.take()).toEqual([]);
    await settled();
    expect(events.take()).toEqual(["closed"]);
    expect(events.failure).toMatchObject({ description: mistake });
  });

  it("rests at once: it has no requests", () => {
    const { transport, events } = make();
    transport.pause(() => events.calls.push("paused"));
    expect(events.take()).toEqual(["paused"]);
  });

  it("closes that of the platform", () => {
    const { transport, ws } = make();
    transport.close();
    expect(ws.closes).toBe(1);
  });
});
