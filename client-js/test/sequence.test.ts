import { describe, expect, it } from "vitest";
import { type Cursor, Sequence, weight, wireNumber } from "../src/sequence.js";

const cursor = (live = true): Cursor => ({ _live: live, _cursor: 1, _mark: false });
const filled = (count: number, text = "x") => {
  const sequence = new Sequence();
  for (let i = 1; i <= count; i++) sequence._add(text + i);
  return sequence;
};
const texts = (packets: { type: string; data?: unknown }[]) => packets.map(({ type, data }) => `${type} ${data}`);

describe("a number of the wire", () => {
  it.each([
    ["0", 0],
    ["17", 17],
    ["007", 7],
    ["9007199254740991", 9007199254740991],
  ])("may be %s", (text, number) => expect(wireNumber(text)).toBe(number));

  it.each(["", "-1", "+1", "1.5", "1e3", " 1", "٤", "9007199254740992", "99999999999999999", undefined, null])(
    "may not be %j",
    (text) => expect(wireNumber(text)).toBeNaN(),
  );
});

describe("the numbers of a session", () => {
  it("count every message with its own bytes and 64", () => {
    expect([
      weight("abc"),
      weight(new ArrayBuffer(5)),
      weight(new Uint8Array(6)),
      weight(new Blob(["1234567"])),
    ]).toEqual([67, 69, 70, 71]);
    const sequence = filled(2);
    expect(sequence._weight).toBe(132);
    sequence._take(cursor(), 1000, Infinity);
    sequence._ack(1);
    expect(sequence._weight).toBe(66);
  });

  it("refuse the acknowledgement of what was not sent, and ignore an old one", () => {
    const sequence = filled(3);
    expect(sequence._ack(1)).toBe(false);
    sequence._take(cursor(), 1000, Infinity);
    expect([sequence._ack(3), sequence._ack(1), sequence._acked, sequence._ack(NaN)]).toEqual([true, true, 3, false]);
  });

  it("begin with a mark on a new transport, and after what was acknowledged elsewhere", () => {
    const sequence = filled(3);
    const first = cursor();
    expect(texts(sequence._take(first, 1000, Infinity))).toEqual(["message x1", "message x2", "message x3"]);
    sequence._ack(1);
    const second = { ...cursor(), _cursor: 2, _mark: true };
    expect(texts(sequence._take(second, 1000, Infinity))).toEqual(["next 2", "message x2", "message x3"]);
    const behind = cursor();
    expect(texts(sequence._take(behind, 1000, Infinity))).toEqual(["next 2", "message x2", "message x3"]);
    expect(sequence._take(behind, 1000, Infinity)).toEqual([]);
  });

  it("have a mark alone on a WebSocket, and not in a body", () => {
    const sequence = new Sequence();
    expect(texts(sequence._take({ ...cursor(), _mark: true }, 1000, Infinity))).toEqual(["next 1"]);
    expect(sequence._take({ ...cursor(false), _mark: true }, 1000, 1000)).toEqual([]);
  });

  it("fill a body up to its limit, and let one message that is larger go alone", () => {
    const sequence = filled(3, "é".repeat(20));
    const body = { ...cursor(false), _mark: true };
    const size = 20 + 2 * (41 + 2);
    expect(sequence._take(body, 1000, size - 1)).toHaveLength(2);
    body._cursor = 1;
    body._mark = true;
    expect(sequence._take(body, 1000, size)).toHaveLength(3);
    body._cursor = 1;
    body._mark = true;
    expect(texts(sequence._take(body, 1000, 1))).toHaveLength(2);
  });
});
