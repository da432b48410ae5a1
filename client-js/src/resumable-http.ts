import { type HttpRequest } from "./http-request.js";
import { HttpTransport } from "./http-transport.js";
import { type EnginePacket, SEPARATOR } from "./engine-packet.js";
import type { Transport, TransportEvents, TransportSetup } from "./transport.js";

const enum Retry {
  /** A request that failed so often in a row has failed the transport. */
  Tries = 4,
  /** Milliseconds for a POST, and for each ten bytes of its body. */
  PostMs = 6_000,
}

/**
 * HTTP in a resumable session. Down comes a stream, one answer whose packets each end with U+001E, or long-polling; up
 * goes one POST at a time. `open` offers the transport (`attach`), `resume` makes use of it (`on`).
 *
 * A POST that fails is not sent again here: the session composes it anew, from what is not acknowledged by then.
 *
 * @internal
 */
export class ResumableHttpTransport extends HttpTransport implements Transport {
  /** GETs and POSTs that failed in a row. */
  private _failedGets = 0;
  private _failedPosts = 0;

  constructor(name: "stream" | "polling", setup: TransportSetup, events: TransportEvents) {
    super(name, setup, events, true);
  }

  open(): void {
    const failed = (error: unknown) => this._failed("fetch read error", error);
    this._ask(false, {
      _read: this.name === "stream" ? (response) => this._stream(response) : undefined,
    }).then((body) => {
      if (body) this._packets(body);
      else failed("stream ended");
    }, failed);
  }

  session(): void {
    // Known from the start.
  }

  pause(): void {}

  resume(): void {
    this.writable = true;
    if (this.name === "polling") this._poll();
  }

  close(bye?: boolean): void {
    // A stream that is aborted before the `1` is read would leave the session without the transport that it came on.
    this._stop(bye ? () => this._ask(true, { _body: "1", _keepalive: true, _ms: Retry.PostMs }) : undefined);
  }

  protected _write(body: string, packets: EnginePacket[]): void {
    this._ask(true, { _body: body, _ms: Retry.PostMs + body.length / 10 })
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
  }

  private _poll(): void {
    if (this._over) return;
    this._ask(true, { _ms: this._setup.pollTimeout }).then(
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

  private _ask(on: boolean, request: HttpRequest): Promise<string> {
    return this._request(this._setup.sid, on, request);
  }

  /** Tries again after a pause, unless the server has refused, or this was the last try. */
  private _again(message: string, error: any, tries: number, then: () => void): void {
    if (tries >= Retry.Tries || (error.description >= 400 && error.description < 429))
      return this._failed(message, error);
    this._setup.clock.setTimeout(() => this._over || then(), Math.min(2000, 100 << tries));
  }
}
