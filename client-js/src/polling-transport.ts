import { HttpTransport } from "./http-transport.js";
import type { HttpRequest } from "./http-request.js";
import type { Transport, TransportEvents, TransportSetup } from "./transport.js";

/**
 * HTTP long-polling as every Engine.IO server knows it: one GET waits for packets, one POST at a time carries them
 * away. It opens sessions, and carries those that are not resumable.
 *
 * @internal
 */
export class PollingTransport extends HttpTransport implements Transport {
  private _sid: string | undefined;
  /** The GET is under way. */
  private _polling?: boolean;
  /** The POST is under way. */
  private _posting?: boolean;
  /** Set while the transport is to come to rest: called when no request is under way. */
  private _paused?: () => void;

  constructor(setup: TransportSetup, events: TransportEvents) {
    super("polling", setup, events);
    this._sid = setup.sid;
  }

  open(): void {
    this._poll();
  }

  session(sid: string): void {
    this._sid = sid;
    this.writable = true;
  }

  pause(paused: () => void): void {
    this._paused = paused;
    this.writable = false;
    this._rest();
  }

  resume(): void {
    this._paused = undefined;
    this.writable = !this._posting && !!this._sid && !this._over;
    if (!this._polling) this._poll();
  }

  close(): void {
    // The server answers the waiting GET when it has read the `1`. Aborted sooner, it would take that for a failure.
    this._stop(this._sid ? () => this._ask({ _body: "1", _keepalive: true }) : undefined);
  }

  protected _write(body: string): void {
    this._posting = true;
    this._ask({ _body: body }).then(
      () => {
        this._posting = false;
        if (this._over) return;
        this.writable = !this._paused;
        this._rest();
        if (this.writable) this._events.drained();
      },
      (error) => this._failed("fetch write error", error),
    );
  }

  private _poll(): void {
    if (this._over) return;
    this._polling = true;
    this._ask({}).then(
      (payload) => {
        this._polling = false;
        this._packets(payload);
        this._rest();
        if (!this._paused) this._poll();
      },
      (error) => this._failed("fetch read error", error),
    );
  }

  /** Tells that the transport rests, once it is asked to and does. */
  private _rest(): void {
    if (this._paused && !this._over && !this._polling && !this._posting) this._paused();
  }

  private _ask(request: HttpRequest): Promise<string> {
    return this._request(this._sid, false, { _ms: this._setup.requestTimeout, ...request });
  }
}
