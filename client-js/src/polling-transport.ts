import { TransportError } from "./close-reason.js";
import { decodePayload, encodePackets, encodePayload, type EnginePacket } from "./engine-packet.js";
import { httpRequest } from "./http-request.js";
import type { Transport, TransportEvents, TransportSetup } from "./transport.js";

/**
 * HTTP long-polling as every Engine.IO server knows it: one GET waits for packets, one POST at a time carries them
 * away. It opens sessions, and carries those that are not resumable.
 *
 * @internal
 */
export class PollingTransport implements Transport {
  readonly name = "polling";
  /** False before the first answer, while a POST is under way, and from a pause to its end. */
  writable = false;
  private _sid: string | undefined;
  /** The GET is under way. */
  private _polling = false;
  /** The POST is under way. */
  private _posting = false;
  /** Set while the transport is to come to rest: called when no request is under way. */
  private _paused: (() => void) | undefined;
  /** Set once the transport is over: everything that comes later is an echo. */
  private _over = false;
  private readonly _abort = new AbortController();

  constructor(
    private readonly _setup: TransportSetup,
    private readonly _events: TransportEvents,
  ) {
    this._sid = _setup.sid;
  }

  open(): void {
    this._poll();
  }

  session(sid: string): void {
    this._sid = sid;
    this.writable = true;
  }

  send(packets: EnginePacket[]): void {
    this.writable = false;
    this._posting = true;
    const failed = (error: unknown) => this._failed("fetch write error", error);
    encodePackets(
      packets,
      false,
      (encoded) =>
        this._request(encodePayload(encoded)).then(() => {
          this._posting = false;
          if (this._over) return;
          this.writable = !this._paused;
          this._rest();
          if (this.writable) this._events.drained();
        }, failed),
      failed,
    );
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
    if (this._over) return;
    this._end();
    const abort = () => this._abort.abort();
    // The server answers the waiting GET when it has read the `1`. Aborted sooner, it would take that for a failure.
    if (this._sid) this._request("1", true).then(abort, abort);
    else abort();
  }

  private _poll(): void {
    if (this._over) return;
    this._polling = true;
    this._request().then(
      (payload) => {
        this._polling = false;
        try {
          decodePayload(payload, (packet) => {
            if (!this._over) this._events.packet(packet);
          });
        } catch (violation) {
          return this._failed("server error", violation);
        }
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

  private _request(_body?: string, _keepalive?: boolean): Promise<string> {
    const { uri, requestTimeout: _ms } = this._setup;
    return httpRequest(this._setup, uri(this._sid), { _abort: this._abort, _ms, _body, _keepalive });
  }

  private _end(): void {
    this._over = true;
    this.writable = false;
  }

  private _failed(message: string, error: any): void {
    if (this._over) return;
    this._end();
    this._abort.abort();
    const { description, context } =
      error instanceof TransportError ? error : { description: error, context: undefined };
    this._events.closed(new TransportError(message, description, context));
  }
}
