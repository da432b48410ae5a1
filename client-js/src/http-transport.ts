import { TransportError } from "./close-reason.js";
import { decodePayload, encodePackets, encodePayload, type EnginePacket } from "./engine-packet.js";
import { type HttpRequest, httpRequest } from "./http-request.js";
import type { TransportEvents, TransportSetup } from "./transport.js";
import type { TransportName } from "./transport-log.js";

/**
 * What carries over HTTP: requests for packets go out without a body, those with one carry packets away, and there is
 * one of each at a time. The two kinds differ in when they ask, and in what they make of a failure.
 *
 * @internal
 */
export abstract class HttpTransport {
  /** False before it carries, and while a POST is under way. */
  writable = false;
  /** Set once the transport is over: everything that comes later is an echo. */
  protected _over?: boolean;
  /** End the requests of either kind that began last. */
  private _get?: AbortController;
  private _post?: AbortController;

  constructor(
    readonly name: TransportName,
    protected readonly _setup: TransportSetup,
    protected readonly _events: TransportEvents,
    /** The packets of resumable sessions are packets, and the body of an error tells what it is. */
    private readonly _resumable?: boolean,
  ) {}

  send(packets: EnginePacket[]): void {
    this.writable = false;
    encodePackets(
      packets,
      false,
      (encoded) => this._write(encodePayload(encoded), packets),
      (error) => this._failed("fetch write error", error),
    );
  }

  /** Sends the body made of some packets. */
  protected abstract _write(body: string, packets: EnginePacket[]): void;

  protected _packets(payload: string): void {
    try {
      decodePayload(payload, (packet) => this._over || this._events.packet(packet), this._resumable);
    } catch (violation) {
      this._failed("server error", violation);
    }
  }

  protected _request(sid: string | undefined, on: boolean, request: HttpRequest): Promise<string> {
    const abort = new AbortController();
    if (request._body === undefined) this._get = abort;
    else this._post = abort;
    return httpRequest(this._setup, this._setup.uri(sid, on), abort, request);
  }

  /** Ends the transport; with a last request, those under way are not aborted before it has been answered. */
  protected _stop(last?: () => Promise<unknown>): void {
    if (this._over) return;
    this._over = true;
    this.writable = false;
    const { _get, _post } = this;
    const abort = () => {
      _get?.abort();
      _post?.abort();
    };
    if (last) last().then(abort, abort);
    else abort();
  }

  protected _failed(message: string, error: any): void {
    if (this._over) return;
    this._stop();
    const { description, context, message: body } = error instanceof TransportError ? error : ({} as any);
    this._events.closed(new TransportError((this._resumable && body) || message, description ?? error, context));
  }
}
