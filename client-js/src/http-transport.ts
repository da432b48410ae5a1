import { TransportError } from "./close-reason.js";
import { decodePayload, encodePackets, type EnginePacket, SEPARATOR } from "./engine-packet.js";
import type { Transport, TransportEvents, TransportSetup } from "./transport.js";

const enum Retry {
  /** A request that failed so often in a row has failed the transport. */
  Tries = 4,
  /** Milliseconds for a POST, and for each ten bytes of its body. */
  PostMs = 6_000,
}

/** What a request needs beside the options. */
interface HttpRequest {
  /** Milliseconds it may take, until its last byte has come; without, as the options say. */
  _ms?: number | false | undefined;
  /** Makes it a POST. */
  _body?: string;
  /** Goes out though the page is left. */
  _keepalive?: boolean;
  /** Reads the body of an answer with status 200, in place of its whole text. */
  _read?: ((response: Response) => Promise<string>) | false;
}

/**
 * What carries over HTTP: requests for packets go out without a body, those with one carry packets away, and there is
 * one of each at a time.
 *
 * Long-polling as every Engine.IO server knows it opens sessions, and carries those that are not resumable. In a
 * resumable session, `open` offers the transport (`attach`), and `resume` makes use of it (`on`); down comes
 * long-polling or a stream, one answer whose packets each end with U+001E. Requests that fail are tried again there,
 * but a POST is not sent again here: the session composes it anew, from what is not acknowledged by then.
 *
 * @internal
 */
export class HttpTransport implements Transport {
  /** False before it carries, while a POST is under way or waits for its next try, and from a pause to its end. */
  writable = false;
  /** Set once the transport is over: everything that comes later is an echo. */
  private _over?: boolean;
  private _sid: string | undefined;
  /** End the GET, and the POST; set while it is under way, or waits for its next try. */
  private _get?: AbortController | undefined;
  private _post?: AbortController | undefined;
  /** Set while the transport is to come to rest: called when no request is under way. */
  private _paused?: (() => void) | undefined;
  /** GETs and POSTs that failed in a row. */
  private _failedGets = 0;
  private _failedPosts = 0;

  constructor(
    readonly name: "stream" | "polling",
    private readonly _setup: TransportSetup,
    private readonly _events: TransportEvents,
  ) {
    this._sid = _setup.sid;
  }

  open(): void {
    this._poll(!this._setup.resumable);
  }

  session(sid: string): void {
    this._sid = sid;
    this.writable = true;
  }

  send(packets: EnginePacket[]): void {
    const { _events, _setup } = this;
    this.writable = false;
    const abort = (this._post = new AbortController());
    encodePackets(
      packets,
      false,
      (encoded) => {
        const _body = encoded.join(SEPARATOR);
        this._ask(
          abort,
          { _body, _ms: _setup.resumable && Retry.PostMs + _body.length / 10 },
          true,
          (text) => {
            this._post = undefined;
            this._failedPosts = 0;
            this.writable = !this._paused;
            if (_setup.resumable) _events.opened(text.slice(1));
            this._rest();
            if (this.writable) _events.drained();
          },
          (error) =>
            this._again("fetch write error", error, ++this._failedPosts, () => {
              this.writable = true;
              _events.drained(packets);
            }),
        );
      },
      (error) => this._failed("fetch write error", error),
    );
  }

  pause(paused: () => void): void {
    this._paused = paused;
    this.writable = false;
    this._rest();
  }

  resume(): void {
    this._paused = undefined;
    this.writable = !this._post && !!this._sid && !this._over;
    if (this.name === "polling" && !this._get) this._poll();
  }

  close(bye?: boolean): void {
    // The server answers what waits when it has read the `1`. Aborted sooner, it would take a GET for a failure, and a
    // stream would leave the session without the transport that the `1` came on.
    this._stop(this._setup.resumable ? bye : this._sid);
  }

  /** @param on - it is no offer */
  private _poll(on = true): void {
    if (this._over) return;
    this._get = new AbortController();
    const { pollTimeout } = this._setup;
    this._ask(
      this._get,
      on ? { _ms: pollTimeout } : { _read: this.name === "stream" && ((response) => this._stream(response)) },
      on,
      (body) => {
        this._get = undefined;
        this._failedGets = 0;
        if (!on) return body ? this._packets(body) : this._failed("fetch read error", "stream ended");
        if (pollTimeout) this._events.opened();
        this._packets(body);
        this._rest();
        if (!this._paused) this._poll();
      },
      (error) => this._again("fetch read error", error, on ? ++this._failedGets : Retry.Tries, () => this._poll()),
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
      decodePayload(payload, (packet) => this._over || this._events.packet(packet), this._setup.resumable);
    } catch (violation) {
      this._failed("server error", violation);
    }
  }

  /** Tells that the transport rests, once it is asked to and does. */
  private _rest(): void {
    if (!this._over && !this._get && !this._post) this._paused?.();
  }

  /** Requests; what comes when the transport is over is not heard any more. */
  private _ask(
    abort: AbortController,
    request: HttpRequest,
    on: boolean,
    done: (text: string) => void,
    failed: (error: any) => void,
  ): void {
    this._request(abort, request, on).then(
      (text) => this._over || done(text),
      (error) => this._over || failed(error),
    );
  }

  /**
   * A GET, or a POST if there is a body; fails with the status unless that is 200. The message of the error is then the
   * body.
   *
   * It uses `fetch` and not XMLHttpRequest: every browser of the last years has it, workers and Node have it, it can be
   * aborted and streamed, and with `keepalive` the last request of a page that is being left still goes out.
   *
   * @param abort - ends it
   * @param on - in a resumable session, for the use of the transport, and not for its offer
   */
  private async _request(
    abort: AbortController,
    { _body, _ms, _keepalive, _read }: HttpRequest,
    on: boolean,
  ): Promise<string> {
    const { clock, extraHeaders, fetch, requestTimeout, resumable, uri, withCredentials } = this._setup;
    const post = _body !== undefined;
    const ms = _ms || (!resumable && requestTimeout);
    const timer = ms && clock.setTimeout(() => abort.abort(), ms);
    try {
      const response = await fetch!(uri(this._sid, on), {
        method: post ? "POST" : "GET",
        body: _body,
        // Of text that is sent, the platform says itself that it is text/plain;charset=UTF-8.
        headers: extraHeaders,
        credentials: withCredentials ? "include" : "same-origin",
        signal: abort.signal,
        keepalive: _keepalive,
      });
      const ok = response.status === 200;
      // Read in any case: a connection with an unread body is not used again.
      const text = await (ok && _read ? _read(response) : response.text());
      // Whoever else answered a POST in the name of the server does not know what it acknowledges.
      if (ok && !(post && resumable && !/^7\d+$/.test(text))) return text;
      throw new TransportError(text, response.status, response);
    } finally {
      clock.clearTimeout(timer);
    }
  }

  /** Ends the transport; if it says goodbye, the requests under way are not aborted before that has been answered. */
  private _stop(bye?: unknown): void {
    if (this._over) return;
    this._over = true;
    this.writable = false;
    const abort = () => {
      this._get?.abort();
      this._post?.abort();
    };
    if (bye)
      this._request(new AbortController(), { _body: "1", _keepalive: true, _ms: Retry.PostMs }, true).then(
        abort,
        abort,
      );
    else abort();
  }

  /** Tries again after a pause, unless the server has refused, or this was the last try. */
  private _again(message: string, error: any, tries: number, then: () => void): void {
    const { clock, resumable } = this._setup;
    if (!resumable || tries >= Retry.Tries || /^4[01]/.test(error.description)) {
      return this._failed(message, error);
    }
    clock.setTimeout(() => this._over || then(), Math.min(2000, 100 << tries));
  }

  private _failed(message: string, error: any): void {
    if (this._over) return;
    this._stop();
    const { description = error, context, message: body } = error instanceof TransportError ? error : ({} as any);
    this._events.closed(new TransportError((this._setup.resumable && body) || message, description, context));
  }
}
