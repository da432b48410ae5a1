import { ProtocolViolation } from "./close-reason.js";
import { type BinaryData, isBinary } from "./engine-packet.js";

/** Version of the Socket.IO protocol that this client speaks. */
export const protocol = 5;

/**
 * The packet types of Socket.IO v5. The wire has two more, 5 and 6: an event and an ack with attachments.
 *
 * @internal
 */
export const CONNECT = 0,
  DISCONNECT = 1,
  EVENT = 2,
  ACK = 3,
  CONNECT_ERROR = 4;

/** A Socket.IO packet, as the `packet` event of a {@link Connection} shows it. */
export interface SocketPacket {
  /** 0 connect, 1 disconnect, 2 event, 3 ack, 4 connect error. */
  type: number;
  /** Namespace, `/` by default. */
  nsp: string;
  /** What belongs to the type: arguments of an event or ack, an object for the others. */
  data?: any;
  /** Number by which an ack finds its event. */
  id?: number;
}

/** Events an application can neither emit nor be sent: they are the library's own. */
const RESERVED = ["connect", "connect_error", "disconnect", "disconnecting", "newListener", "removeListener"];

/** @internal */
export const isReserved = (event: unknown): boolean => RESERVED.includes(event as string);

/**
 * Encodes a packet: its text, then its binary attachments, which must follow it without another message between.
 *
 * @internal
 */
export function encodeSocketPacket({ type, nsp, data, id }: SocketPacket): [string, ...BinaryData[]] {
  const attachments: BinaryData[] = [];
  const json =
    data === undefined
      ? ""
      : JSON.stringify(data, function (this: any, key, value) {
          // Not `value`: that of a Node Buffer has been through its toJSON already.
          const raw = isBinary(value) ? value : this[key];
          return isBinary(raw) && (type === EVENT || type === ACK)
            ? { _placeholder: true, num: attachments.push(raw) - 1 }
            : value;
        });
  return [
    (attachments.length ? type + 3 + `${attachments.length}-` : type) +
      (nsp === "/" ? "" : nsp + ",") +
      (id ?? "") +
      json,
    ...attachments,
  ];
}

const isObject = (data: unknown): boolean => Object(data) === data;

/** Whether a payload that is present is one its type may have. */
function isValid(type: number, data: any): boolean {
  const isArray = Array.isArray(data);
  if (type === CONNECT) return isObject(data) && !isArray;
  if (type === CONNECT_ERROR) return typeof data === "string" || isObject(data);
  if (type === ACK || !isArray) return isArray;
  return type === EVENT && (typeof data[0] === "number" || (typeof data[0] === "string" && !isReserved(data[0])));
}

// [attachments "-"] [namespace ","] [id]; the comma may be missing at the end of the input. Digits are digits: no
// spaces, signs, fractions or exponents.
const HEADER = /^(?:([0-4])|([56])(\d+)-)(?:(\/[^,]*),?)?(\d*)/;

/**
 * Puts messages together to packets; holds a packet while its attachments arrive. Belongs to one connection, and
 * throws {@link ProtocolViolation} for anything that the protocol does not allow.
 *
 * @internal
 */
export class SocketPacketDecoder {
  /** Set from a header with attachments until the last of them is here. */
  private _pending?: SocketPacket;
  /** Attachments still to come for `_pending`. */
  private _missing = 0;
  private _attachments: BinaryData[] = [];

  /** @param _maxAttachments - most attachments a packet may announce */
  constructor(private readonly _maxAttachments: number) {}

  /** Takes a message; returns the packet it completes, if it does. */
  add(message: unknown): SocketPacket | undefined {
    if (typeof message === "string") {
      if (this._pending) throw new ProtocolViolation("illegal attachments");
      return this._text(message);
    }
    const packet = this._pending;
    if (!packet) throw new ProtocolViolation("illegal attachments");
    this._attachments.push(message as BinaryData);
    if (--this._missing) return;
    const attachments = this._attachments;
    this._pending = undefined;
    this._attachments = [];
    packet.data = restore(packet.data, attachments);
    return packet;
  }

  private _text(text: string): SocketPacket | undefined {
    const header = HEADER.exec(text);
    if (!header) throw new ProtocolViolation("invalid packet");
    const binary = header[2];
    const type = binary ? +binary - 3 : +header[1]!;
    const packet: SocketPacket = { type, nsp: header[4] || "/" };
    if (header[5]) packet.id = +header[5];
    if (!Number.isSafeInteger(packet.id ?? 0)) throw new ProtocolViolation("invalid packet");
    const payload = text.slice(header[0].length);
    if (payload) {
      try {
        packet.data = JSON.parse(payload);
      } catch {
        // stays undefined, which is no valid payload
      }
      if (!isValid(type, packet.data)) throw new ProtocolViolation("invalid packet");
    } else if (type === EVENT || type === ACK) {
      // The reference tolerates that there is nothing at all: an event without a name, an ack without arguments.
      packet.data = [];
    }
    if (!binary) return packet;
    const count = +header[3]!;
    if (count < 1 || count > this._maxAttachments) throw new ProtocolViolation("illegal attachments");
    this._missing = count;
    this._pending = packet;
    return;
  }
}

/** Replaces the placeholders in what JSON.parse returned, in place. The same attachment may be named twice. */
function restore(data: any, attachments: BinaryData[]): any {
  if (!isObject(data)) return data;
  if (data._placeholder === true) {
    const attachment = typeof data.num === "number" && attachments[data.num];
    if (!attachment) throw new ProtocolViolation("illegal attachments");
    return attachment;
  }
  for (const key of Object.keys(data)) data[key] = restore(data[key], attachments);
  return data;
}
