import { TransportError } from "./close-reason.js";
import { decodePayload, encodePackets, encodePayload, type EnginePacket, SEPARATOR } from "./engine-packet.js";
import { httpRequest } from "./http-request.js";
import type { Transport, TransportEvents, TransportSetup } from "./transport.js";

/** A request that failed so often in a row has failed the transport. */
const TRIES = 4;
/** Milliseconds for a POST, and for each ten bytes of its body. */
const POST_MS = 6_000;

/**
 * HTTP in a resumable session. Down comes a stream, one answer whose packets each end with U+001E, or long-polling; up
 * goes one POST at a time. `open` offers the transport (`attach`), `resume` makes use of it (`on`).
 *
 * A POST that fails is not sent again here: the session composes it anew, from what is not acknowledged by then.
 *
 * @internal
 */
export class ResumableHttpTransport implements Transport {
  /** False before it carries, while a POST is under way, and while one that failed waits for its next try. */
  writable = false;
  /** Set once the transport is over: everything that comes later is an echo. */
  private _over = false;
  private _get!: AbortController;
  private _post?: AbortController;
  /** GETs and POSTs that failed in a row. */
  private _failedGets = 0;
  private _failedPosts = 0;

  constructor(
    readonly name: "stream" | "polling",
    private readonly _setup: TransportSetup,
    private readonly _events: TransportEvents,
  ) {}

  open(): void {
    const failed = (error: unknown) => this._failed("fetch read error", error);
    this._request((this._get = new AbortController()), false, {
      _read: this.name === "stream" ? (response) => this._stream(response) : undefined,
    }).then((body) => {
      if (body) this._packets(body);
      else failed("stream ended");
    }, failed);
  }

  session(): void {
    // Known from the start.
  }

  send(packets: EnginePacket[]): void {
    this.writable = false;
    encodePackets(
      packets,
      false,
      (encoded) => {
        const body = encodePayload(encoded);
        this._request((this._post = new AbortController()), true, { _body: body, _ms: POST_MS + body.length / 10 })
          .then((text) => {
            // Whoever else answered in the name of the server does not know this.
            if (!/^7\d+$/.test(text)) throw text;
            return () => {
              this._failedPosts = 0;
              this.writable = true;
              this._events.opened(text.slice(1));
              if (!this._over) this._events.drained();
            };
          })
          .catch(
            (error) => () =>
              this._again("fetch write error", error, ++this._failedPosts, () => {
                this.writable = true;
                this._events.drained(packets);
              }),
          )
          .then((then) => this._over || then());
      },
      (error) => this._failed("fetch write error", error),
    );
  }

  pause(): void {}

  resume(): void {
    this.writable = true;
    if (this.name === "polling") this._poll();
  }

  close(bye?: boolean): void {
    if (this._over) return;
    this._end();
    const abort = () => {
      this._get?.abort();
      this._post?.abort();
    };
    // A stream that is aborted before the `1` is read would leave the session without the transport that it came on.
    if (bye) {
      this._request(new AbortController(), true, { _body: "1", _keepalive: true, _ms: POST_MS }).then(abort, abort);
    } else abort();
  }

  private _poll(): void {
    if (this._over) return;
    this._request((this._get = new AbortController()), true, { _ms: this._setup.pollTimeout }).then(
      (body) => {
        if (this._over) return;
        this._failedGets = 0;
        this._events.opened();
        this._packets(body);
        this._poll();
      },
      (error) => this._over || this._again("fetch read error", error, ++this._failedGets, () => this._poll()),
    );
  }

  private async _stream(response: Response): Promise<string> {
    const reader = response.body!.getReader();
    const decoder = new TextDecoder();
    let tail = "";
    for (;;) {
      const { value, done } = await reader.read();
      // What has no end is thrown away.
      if (done || this._over) return "";
      const pieces = (tail + decoder.decode(value, { stream: true })).split(SEPARATOR);
      tail = pieces.pop()!;
      for (const piece of pieces) this._packets(piece);
    }
  }

  private _packets(payload: string): void {
    try {
      decodePayload(payload, (packet) => this._over || this._events.packet(packet), true);
    } catch (violation) {
      this._failed("server error", violation);
    }
  }

  private _request(
    _abort: AbortController,
    on: boolean,
    more: { _body?: string; _ms?: number; _keepalive?: boolean; _read?: (response: Response) => Promise<string> },
  ): Promise<string> {
    return httpRequest(this._setup, this._setup.uri(this._setup.sid, on), { _abort, ...more });
  }

  /** Tries again after a pause, unless the server has refused, or this was the last try. */
  private _again(message: string, error: any, tries: number, then: () => void): void {
    if (tries >= TRIES || (error.description >= 400 && error.description < 429)) return this._failed(message, error);
    this._setup.clock.setTimeout(() => this._over || then(), Math.min(2000, 100 << tries));
  }

  private _end(): void {
    this._over = true;
    this.writable = false;
  }

  private _failed(message: string, error: any): void {
    if (this._over) return;
    this.close();
    const { description, context, message: body } = error instanceof TransportError ? error : ({} as any);
    this._events.closed(new TransportError(body || message, description ?? error, context));
  }
}
