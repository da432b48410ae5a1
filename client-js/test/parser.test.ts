import { describe, expect, it } from "vitest";
import { FakeServer } from "./fake-server.js";

/** Writes a packet as two messages, and reads it from two: `type`, then the rest. */
class Encoder {
  static made = 0;

  constructor() {
    Encoder.made++;
  }

  encode({ type, nsp, data, id }: any) {
    return [`${type}`, JSON.stringify([nsp, data ?? null, id ?? null])];
  }
}
class Decoder {
  static made = 0;
  private decoded?: (packet: any) => void;
  private type?: number | undefined;

  constructor() {
    Decoder.made++;
  }

  on(_event: "decoded", decoded: (packet: any) => void) {
    this.decoded = decoded;
  }

  add(message: string) {
    if (this.type === undefined) {
      this.type = +message;
      return;
    }
    const [nsp, data, id] = JSON.parse(message);
    const packet = { type: this.type, nsp, data, id: id ?? undefined };
    this.type = undefined;
    this.decoded!(packet);
  }
}

const make = () => {
  const server = new FakeServer();
  server.clock.chance = 0;
  const socket = server.connection({ parser: { Encoder, Decoder } }).socket("/a", { auth: { b: 1 } });
  server.opens();
  server.transport.drains();
  return { server, socket };
};

describe("the parser of a connection", () => {
  it("writes its packets, message for message, and reads those of the server", async () => {
    const { server, socket } = make();
    expect(server.transport.take()).toEqual(["40", '4["/a",{"b":1},null]']);
    server.transport.message("0", '["/a",{"sid":"x"},null]');
    expect(socket.id).toBe("x");
    server.transport.drains();
    const got: unknown[] = [];
    socket.on("here", (...args: unknown[]) => got.push(args));
    server.transport.message("2", '["/a",["here",1,{"c":2}],null]');
    expect(got).toEqual([[1, { c: 2 }]]);
    const answer = socket.emitWithAck("there", "d");
    server.transport.drains();
    expect(server.transport.take()).toEqual(["42", '4["/a",["there","d"],0]']);
    server.transport.message("3", '["/a",["e"],0]');
    expect(await answer).toBe("e");
  });

  it("closes the connection with what it cannot read, and begins anew with the next session", () => {
    const { server, socket } = make();
    server.transport.message("0", '["/a",{"sid":"x"},null]');
    const reasons: string[] = [];
    socket.on("disconnect", (reason) => reasons.push(reason));
    const { made } = Decoder;
    const encoders = Encoder.made;
    server.transport.message("2", "no JSON");
    expect(reasons).toEqual(["parse error"]);
    server.clock.advance(1000);
    server.opens();
    server.transport.drains();
    server.transport.message("0", '["/a",{"sid":"y"},null]');
    expect(socket.id).toBe("y");
    expect(Decoder.made).toBe(made + 1);
    expect(Encoder.made).toBe(encoders);
  });
});
