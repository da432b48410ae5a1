import { type BinaryData, type EnginePacket, payloadSize } from "./engine-packet.js";

/** Where one transport stands in the numbers of a session. */
export interface Cursor {
  /** It is a WebSocket: a mark may go out alone, and a payload has no limit. */
  readonly _live: boolean;
  /** Number of the next message that it will bring; unset before its first mark. */
  _next?: number;
  /** Number of the next message to write on it. */
  _cursor: number;
  /** The cursor has to be told before the next message. */
  _mark: boolean;
}

const enum Bytes {
  /** Counted for each kept message beside its own. */
  Overhead = 64,
}

/** A number of the wire, or NaN: decimal digits up to 2^53-1, nothing else. @internal */
export const wireNumber = (text: unknown): number =>
  /^\d+$/.test(text as string) && Number.isSafeInteger(+(text as string)) ? +(text as string) : NaN;

/** What a message counts in the buffer. @internal */
export const weight = (data: string | BinaryData): number =>
  Bytes.Overhead + ((data as string).length ?? (data as ArrayBuffer).byteLength ?? (data as Blob).size);

/**
 * The numbers of a resumable session, both ways, and the messages that the server has not acknowledged. Messages are
 * numbered 1, 2, 3 … in each direction, whatever transport carries them.
 *
 * @internal
 */
export class Sequence {
  /** Everything up to this number has reached the server. */
  _acked = 0;
  /** Highest number ever written on any transport. */
  _sent = 0;
  /** Everything up to this number has been received. */
  _received = 0;
  /** Messages from `_acked + 1` on, each with the weight of all before it, and with its own. */
  private _kept: { _data: string | BinaryData; _begin: number; _end: number }[] = [];
  /** Weight of all messages ever added, and of those acknowledged. */
  private _total = 0;
  private _gone = 0;

  /** Number of the newest message. */
  get _last(): number {
    return this._acked + this._kept.length;
  }

  /** Weight of what is kept. */
  get _weight(): number {
    return this._total - this._gone;
  }

  /** Keeps a message until it is acknowledged. */
  _add(data: string | BinaryData): void {
    this._kept.push({ _data: data, _begin: this._total, _end: (this._total += weight(data)) });
  }

  /** The server has everything up to `n`; false if it cannot have. */
  _ack(n: number): boolean {
    if (n > this._acked && n <= this._sent) {
      this._gone = this._kept.splice(0, n - this._acked).pop()!._end;
      this._acked = n;
    }
    return n <= this._sent;
  }

  /** The next message on a transport is number `k`; returns what is wrong with that. */
  _marked(cursor: Cursor, k: number): string | undefined {
    if (k > this._received + 1) return "sequence gap";
    if (!(k > 0)) return "protocol error";
    cursor._next = k;
    return;
  }

  /** A message arrived on a transport that has had its mark; false if it is known already. */
  _arrived(cursor: Cursor): boolean {
    const isNew = cursor._next!++ > this._received;
    if (isNew) this._received++;
    return isNew;
  }

  /**
   * What may be written on a transport now, with its mark if it needs one.
   *
   * @param window - bytes that may be on the way, more or less
   * @param payload - bytes that fit into one request; one message that is larger goes alone
   */
  _take(cursor: Cursor, window: number, payload: number): EnginePacket[] {
    const packets: EnginePacket[] = [];
    const from = Math.max(cursor._cursor, this._acked + 1);
    if (from !== cursor._cursor) cursor._mark = true;
    cursor._cursor = from;
    let size = 0;
    for (;;) {
      const kept = this._kept[cursor._cursor - this._acked - 1];
      if (!kept || kept._begin - this._gone > window) break;
      // Separator and type; and the mark before the first.
      if (!cursor._live) size += payloadSize(kept._data) + 2 + (packets.length ? 0 : 20);
      if (packets.length && size > payload) break;
      packets.push({ type: "message", data: kept._data });
      cursor._cursor++;
    }
    this._sent = Math.max(this._sent, cursor._cursor - 1);
    if (cursor._mark && (packets.length || cursor._live)) {
      cursor._mark = false;
      packets.unshift({ type: "next", data: "" + from });
    }
    return packets;
  }
}
