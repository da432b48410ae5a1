import { ProtocolViolation } from "./close-reason.js";

/** Binary data as it may be emitted, nested anywhere in the arguments. */
export type BinaryData = ArrayBuffer | ArrayBufferView | Blob;

const TYPES = ["open", "close", "ping", "pong", "message", "upgrade", "noop", "ack", "next"] as const;

/**
 * The packet types, at their numbers on the wire: those of Engine.IO v4, `0` to `6`, and those that only resumable
 * sessions have, `7` and `8`.
 */
export type EnginePacketType = (typeof TYPES)[number];

/** An Engine.IO packet. Binary data only in messages. */
export interface EnginePacket {
  type: EnginePacketType;
  data?: string | BinaryData;
}

/** Joins packets in a long-polling payload; JSON escapes it, so it cannot occur in one. @internal */
export const SEPARATOR = "\x1e";

/**
 * Whether a value travels as binary data. By tag, not by `instanceof`: buffers of another frame count too.
 *
 * @internal
 */
export const isBinary = (value: unknown): value is BinaryData =>
  ArrayBuffer.isView(value) || / (ArrayBuffer|Blob|File)]$/.test({}.toString.call(value));

/** Of a view, what it shows. */
function toBase64(data: ArrayBuffer | ArrayBufferView): string {
  const { buffer, byteOffset, byteLength } = data as Uint8Array<ArrayBuffer>;
  let text = "";
  for (const byte of new Uint8Array(buffer || data, byteOffset, byteLength)) text += String.fromCharCode(byte);
  return "b" + btoa(text);
}

/**
 * Encodes one packet: text, or the binary data itself where `binary` is allowed. A promise only for a Blob that must
 * become text, as its bytes cannot be read at once.
 *
 * @internal
 */
export function encodePacket(packet: EnginePacket, binary: boolean): string | BinaryData | Promise<string> {
  const { type, data } = packet;
  if (!isBinary(data)) return TYPES.indexOf(type) + (data || "");
  if (binary) return data;
  return "size" in data ? data.arrayBuffer().then(toBase64) : toBase64(data);
}

/**
 * Encodes packets, in order, and hands them to `then`: at once if it can be, so that nothing waits without need.
 *
 * @internal
 */
export function encodePackets(
  packets: EnginePacket[],
  binary: boolean,
  then: (encoded: (string | BinaryData)[]) => void,
  failed: (error: unknown) => void,
): void {
  const encoded = packets.map((packet) => encodePacket(packet, binary));
  if (encoded.some((piece) => (piece as Promise<string>).then)) Promise.all(encoded).then(then, failed);
  else then(encoded as (string | BinaryData)[]);
}

/**
 * @param resumable - the packets of resumable sessions are packets
 * @internal
 */
export function decodePacket(data: unknown, resumable?: boolean): EnginePacket {
  if (typeof data !== "string") {
    if (isBinary(data)) return { type: "message", data };
  } else if (data[0] === "b") {
    try {
      return { type: "message", data: Uint8Array.from(atob(data.slice(1)), (char) => char.charCodeAt(0)).buffer };
    } catch {
      // falls through to the violation
    }
  } else {
    const type = (resumable || data < "7") && TYPES[data[0] as any];
    if (type) return { type, data: data.slice(1) };
  }
  throw new ProtocolViolation("invalid packet");
}

/**
 * Decodes a long-polling payload packet by packet: those before a bad one are delivered, then it throws.
 *
 * @internal
 */
export function decodePayload(payload: string, packet: (packet: EnginePacket) => void, resumable?: boolean): void {
  for (const piece of payload.split(SEPARATOR)) packet(decodePacket(piece, resumable));
}

/**
 * Bytes a packet's data takes in a long-polling payload: UTF-8 for text, base64 for binary.
 *
 * @internal
 */
export function payloadSize(data: string | BinaryData = ""): number {
  // A Blob counts the bytes of whatever it is made of.
  const { size } = new Blob([data as BlobPart]);
  return isBinary(data) ? Math.ceil(size * 1.33) : size;
}
