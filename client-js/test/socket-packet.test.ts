import { describe, expect, it } from "vitest";
import { ProtocolViolation } from "../src/close-reason.js";
import { encodeSocketPacket, type SocketPacket, SocketPacketDecoder } from "../src/socket-packet.js";

const decode = (...messages: unknown[]) => {
  const decoder = new SocketPacketDecoder(10);
  return messages.map((message) => decoder.add(message));
};
const one = (message: string) => decode(message)[0];
const packet = (type: number, data?: unknown, id?: number, nsp = "/"): SocketPacket => ({
  type,
  nsp,
  ...(data === undefined ? {} : { data }),
  ...(id === undefined ? {} : { id }),
});

describe("a packet", () => {
  it.each([
    [packet(0), "0"],
    [packet(0, { token: "x" }), '0{"token":"x"}'],
    [packet(0, { sid: "x" }, undefined, "/a"), '0/a,{"sid":"x"}'],
    [packet(1), "1"],
    [packet(1, undefined, undefined, "/a"), "1/a,"],
    [packet(2, ["a"], 12), '212["a"]'],
    [packet(2, ["a"], 12, "/admin"), '2/admin,12["a"]'],
    [packet(2, ["a", { b: [1, "2", null, true] }]), '2["a",{"b":[1,"2",null,true]}]'],
    [packet(3, [], 0, "/a"), "3/a,0[]"],
    [packet(3, [1], 7), "37[1]"],
    [packet(4, { message: "no", data: { code: 7 } }, undefined, "/mw"), '4/mw,{"message":"no","data":{"code":7}}'],
    [packet(4, "no"), '4"no"'],
  ] as [SocketPacket, string][])("%j is written %s, and read back", (value, text) => {
    expect(encodeSocketPacket(value)).toEqual([text]);
    expect(one(text)).toEqual(value);
  });

  it("with attachments is written as a header and the data that follows it", () => {
    const a = new Uint8Array([1, 2]);
    const b = new ArrayBuffer(1);
    expect(encodeSocketPacket(packet(2, ["b", { x: a, y: [b] }], 5))).toEqual([
      '51-5["b",{"x":{"_placeholder":true,"num":0},"y":[{"_placeholder":true,"num":1}]}]'.replace("1-", "2-"),
      a,
      b,
    ]);
    expect(encodeSocketPacket(packet(3, [a], 1, "/n"))[0]).toBe('61-/n,1[{"_placeholder":true,"num":0}]');
  });

  it("carries every kind of binary data, the same one twice as two attachments", () => {
    const buffer = Buffer.of(1);
    const blob = new Blob(["x"]);
    const view = new DataView(new ArrayBuffer(2));
    const [header, ...attachments] = encodeSocketPacket(packet(2, ["b", buffer, blob, view, buffer]));
    expect(header).toMatch(/^54-\["b"/);
    expect(attachments).toEqual([buffer, blob, view, buffer]);
  });

  it("finds binary data behind toJSON", () => {
    const data = new Uint8Array([1]);
    const [header, attachment] = encodeSocketPacket(packet(2, ["b", { toJSON: () => ({ data }) }]));
    expect(header).toBe('51-["b",{"data":{"_placeholder":true,"num":0}}]');
    expect(attachment).toBe(data);
  });

  it("writes what JSON cannot as JSON does", () => {
    const data = ["a", undefined, NaN, { b: undefined }, new Date(0)];
    expect(encodeSocketPacket(packet(2, data))).toEqual(['2["a",null,null,{},"1970-01-01T00:00:00.000Z"]']);
  });

  it("to connect has no attachments, as the protocol knows none there", () => {
    expect(encodeSocketPacket(packet(0, { a: new ArrayBuffer(1) }))).toEqual(['0{"a":{}}']);
  });

  it("may miss the comma after the namespace at its end", () => {
    expect(one("1/a")).toEqual(packet(1, undefined, undefined, "/a"));
    expect(one("0/a")).toEqual(packet(0, undefined, undefined, "/a"));
  });

  it("keeps a query in the namespace: it is another namespace", () => {
    expect(one('2/a?x=1,["b"]')!.nsp).toBe("/a?x=1");
  });

  it("may be empty, as the reference tolerates it", () => {
    expect(one("2")).toEqual(packet(2, []));
    expect(one("212")).toEqual(packet(2, [], 12));
    expect(one("31")).toEqual(packet(3, [], 1));
    expect(one("0123")).toEqual(packet(0, undefined, 123));
  });

  it("takes a space for a part of the JSON, never for an id", () => {
    expect(one('2 ["a"]')).toEqual(packet(2, ["a"]));
    expect(one('2\t["a"]')).toEqual(packet(2, ["a"]));
  });

  it("may have an event that is a number", () => {
    expect(one("2[1,2]")).toEqual(packet(2, [1, 2]));
  });

  it("may have the largest safe id, and none above", () => {
    expect(one('29007199254740991["a"]')!.id).toBe(9007199254740991);
    expect(() => one('29007199254740992["a"]')).toThrow(ProtocolViolation);
  });
});

describe("a violation", () => {
  it.each([
    ["nothing", ""],
    ["an unknown type", "7"],
    ["no type", '["a"]'],
    ["a letter", "x"],
    ["an array to connect", "0[]"],
    ["a string to connect", '0"x"'],
    ["null to connect", "0null"],
    ["false to connect", "0false"],
    ["data to disconnect", "1{}"],
    ["an array to disconnect", "1[]"],
    ["a comma to disconnect", "1,"],
    ["an event without a name", "2[]"],
    ["an event that is an object", "2{}"],
    ["an event that is a string", '2"a"'],
    ["an event named null", "2[null]"],
    ["an event named by an object", "2[{}]"],
    ["an ack that is an object", "31{}"],
    ["an error that is a number", "4/,1.5"],
    ["an error that is null", "4null"],
    ["JSON that is none", '2["a"'],
    ["JSON with something behind it", '2["a"]x'],
    ["a space before an id", '2 1["a"]'],
    ["a space behind an id that is none", '2 x["a"]'],
    ["a sign before an id", '2-1["a"]'],
    ["a fraction as an id", '21.0["a"]'],
    ["an exponent as an id", '21e1["a"]'],
    ["no count", '5-["a"]'],
    ["no dash", '51["a"]'],
    ["a count of zero", '50-["a"]'],
    ["a count with a sign", '5+1-["a"]'],
    ["a count with a fraction", '51.0-["a"]'],
    ["a count with an exponent", '51e0-["a"]'],
    ["a count with a space", '5 1-["a"]'],
    ["a count that has no end", `5${"9".repeat(400)}-["a"]`],
    ["attachments for an object", "51-{}"],
  ])("is %s", (_, text) => {
    expect(() => one(text)).toThrow(ProtocolViolation);
  });

  it.each(["connect", "connect_error", "disconnect", "disconnecting", "newListener", "removeListener"])(
    "is an event named %s",
    (name) => expect(() => one(`2["${name}"]`)).toThrow(ProtocolViolation),
  );

  it.each(["connection", "error", "message", "__proto__", "constructor"])("is not an event named %s", (name) => {
    expect(one(`2["${name}"]`)!.data).toEqual([name]);
  });
});

describe("attachments", () => {
  const header = '52-["b",{"x":{"_placeholder":true,"num":1},"y":[{"_placeholder":true,"num":0}]}]';
  const a = new ArrayBuffer(1);
  const b = new ArrayBuffer(2);

  it("complete their packet, in the order of their numbers", () => {
    expect(decode(header, a, b)).toEqual([undefined, undefined, packet(2, ["b", { x: b, y: [a] }])]);
  });

  it("belong to acks too", () => {
    expect(decode('61-3[{"_placeholder":true,"num":0}]', a)[1]).toEqual(packet(3, [a], 3));
  });

  it("may be named twice, or not at all", () => {
    const text = '52-["b",{"_placeholder":true,"num":1},{"_placeholder":true,"num":1}]';
    expect(decode(text, a, b)[2]).toEqual(packet(2, ["b", b, b]));
  });

  it("may be ten", () => {
    expect(decode('510-["b"]', ...Array(10).fill(a))[10]).toEqual(packet(2, ["b"]));
  });

  it("may not be eleven", () => {
    expect(() => decode('511-["b"]')).toThrow(ProtocolViolation);
  });

  it("may not be interrupted by text", () => {
    expect(() => decode(header, a, '2["x"]')).toThrow(/illegal attachments/);
  });

  it("may not come without a header, nor after the last", () => {
    expect(() => decode(a)).toThrow(/illegal attachments/);
    expect(() => decode(header, a, b, a)).toThrow(/illegal attachments/);
  });

  it.each(["2", "-1", "0.5", '"0"', "null", "1e9", "true"])("have no number %s", (num) => {
    expect(() => decode(`52-["b",{"_placeholder":true,"num":${num}}]`, a, b)).toThrow(/illegal attachments/);
  });

  it("do not reach prototypes", () => {
    const text = '51-["b",{"__proto__":{"_placeholder":true,"num":0},"c":{"_placeholder":false}}]';
    const [, value] = decode(text, a);
    expect(Object.getPrototypeOf(value!.data[1])).toBe(Object.prototype);
    expect(Object.getOwnPropertyDescriptor(value!.data[1], "__proto__")!.value).toBe(a);
  });

  it("leave the decoder fit for the next packet", () => {
    expect(decode(header, a, b, '2["x"]')[3]).toEqual(packet(2, ["x"]));
  });
});
