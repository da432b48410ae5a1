import { describe, expect, it } from "vitest";
import {
  decodePacket,
  decodePayload,
  encodePacket,
  encodePackets,
  SEPARATOR,
  type EnginePacket,
  isBinary,
  payloadSize,
} from "../src/engine-packet.js";
import { ProtocolViolation } from "../src/close-reason.js";

const never = () => expect.fail("must not be called");
const bytes = (hex: string) => Uint8Array.from(hex.match(/../g) || [], (byte) => parseInt(byte, 16));
const hex = (data: unknown) => Buffer.from(data as ArrayBuffer).toString("hex");

describe("an engine packet", () => {
  it.each([
    [{ type: "open", data: "{}" }, "0{}"],
    [{ type: "close" }, "1"],
    [{ type: "ping", data: "probe" }, "2probe"],
    [{ type: "pong" }, "3"],
    [{ type: "message", data: "4" }, "44"],
    [{ type: "upgrade" }, "5"],
    [{ type: "noop" }, "6"],
  ] as [EnginePacket, string][])("%j is written %s, and read back", (packet, text) => {
    expect(encodePacket(packet, true)).toBe(text);
    expect(decodePacket(text)).toEqual({ data: "", ...packet });
  });

  it("with binary data is the data itself where that is allowed", () => {
    const data = bytes("010203");
    expect(encodePacket({ type: "message", data }, true)).toBe(data);
  });

  it.each(["", "00", "ff", "0102", "010203", "fffefdfc"])("with the bytes %s is base64 in text", (content) => {
    const text = "b" + Buffer.from(content, "hex").toString("base64");
    expect(encodePacket({ type: "message", data: bytes(content) }, false)).toBe(text);
    const packet = decodePacket(text);
    expect(packet.type).toBe("message");
    expect(hex(packet.data)).toBe(content);
  });

  it("with a view carries only what the view shows", () => {
    const view = new Uint16Array(bytes("0102030405060708").buffer, 2, 2);
    expect(encodePacket({ type: "message", data: view }, false)).toBe("b" + btoa("\x03\x04\x05\x06"));
    const dataView = new DataView(bytes("010203").buffer, 1, 1);
    expect(encodePacket({ type: "message", data: dataView }, false)).toBe("b" + btoa("\x02"));
  });

  it("with more bytes than a function takes arguments is base64 too", () => {
    const data = new Uint8Array(300_000).fill(7);
    expect(encodePacket({ type: "message", data }, false)).toBe("b" + Buffer.from(data).toString("base64"));
  });

  it("is a message where the platform delivers binary data", () => {
    const data = bytes("aa").buffer;
    expect(decodePacket(data)).toEqual({ type: "message", data });
  });

  it.each(["", "7", "9", "x", " 4", "-1", "+4", "b***", "b=", "bA", "٤"])("%j is a violation", (text) => {
    expect(() => decodePacket(text)).toThrow(ProtocolViolation);
  });

  it.each([null, undefined, 4, {}])("%j is a violation", (data) => {
    expect(() => decodePacket(data)).toThrow(ProtocolViolation);
  });
});

describe("packets that are written", () => {
  it("are written at once if none is a Blob", () => {
    let written: unknown;
    encodePackets([{ type: "message", data: "a" }, { type: "pong" }], false, (all) => (written = all), never);
    expect(written).toEqual(["4a", "3"]);
  });

  it("keep their order when a Blob must be read first", async () => {
    const packets: EnginePacket[] = [
      { type: "message", data: new Blob(["xyz"]) },
      { type: "message", data: "a" },
    ];
    const written = await new Promise((resolve, reject) => encodePackets(packets, false, resolve, reject));
    expect(written).toEqual(["b" + btoa("xyz"), "4a"]);
  });

  it("fail if a Blob cannot be read", async () => {
    const blob = Object.assign(new Blob(["x"]), { arrayBuffer: () => Promise.reject(new Error("gone")) });
    const failure = new Promise((resolve) => encodePackets([{ type: "message", data: blob }], false, never, resolve));
    expect(await failure).toEqual(new Error("gone"));
  });
});

describe("a payload", () => {
  it("is packets joined by U+001E", () => {
    expect(["4a", "2", "bAQ=="].join(SEPARATOR)).toBe("4a\x1e2\x1ebAQ==");
  });

  it("is read packet by packet", () => {
    const packets: EnginePacket[] = [];
    decodePayload("4a\x1e2\x1ebAQ==", (packet) => packets.push(packet));
    expect(packets.map(({ type }) => type)).toEqual(["message", "ping", "message"]);
  });

  it("delivers what is good before the violation", () => {
    const packets: EnginePacket[] = [];
    expect(() => decodePayload("4a\x1e9\x1e4b", (packet) => packets.push(packet))).toThrow(ProtocolViolation);
    expect(packets).toEqual([{ type: "message", data: "a" }]);
  });

  it("that is empty is a violation", () => {
    expect(() => decodePayload("", () => {})).toThrow(ProtocolViolation);
  });
});

describe("the size of data in a payload", () => {
  it.each(["", "a", "é", "€", "😀", "aé€😀"])("is that of UTF-8: %j", (text) => {
    expect(payloadSize(text)).toBe(new TextEncoder().encode(text).length);
  });

  it("is a third more for binary data", () => {
    expect(payloadSize(new ArrayBuffer(100))).toBe(133);
    expect(payloadSize(new Uint8Array(10))).toBe(14);
    expect(payloadSize(new Blob(["0123456789"]))).toBe(14);
  });

  it("is nothing for no data", () => expect(payloadSize(undefined)).toBe(0));
});

describe("binary data", () => {
  it.each([
    ["ArrayBuffer", new ArrayBuffer(1)],
    ["Uint8Array", new Uint8Array(1)],
    ["Float64Array", new Float64Array(1)],
    ["DataView", new DataView(new ArrayBuffer(1))],
    ["Buffer", Buffer.of(1)],
    ["Blob", new Blob([])],
    ["File", new File([], "x")],
  ])("is a %s", (_, value) => expect(isBinary(value)).toBe(true));

  it.each([null, undefined, 1, "x", {}, [], new Date(), { byteLength: 1 }])("is not %s", (value) => {
    expect(isBinary(value)).toBe(false);
  });
});
