import { TransportError } from "./close-reason.js";
import { decodePacket, encodePackets, type EnginePacket } from "./engine-packet.js";
import type { Transport, TransportEvents, TransportSetup } from "./transport.js";

/**
 * One packet per WebSocket message; binary messages are binary WebSocket messages.
 *
 * @internal
 */
export class WebSocketTransport implements Transport {
  readonly name = "websocket";
  /** False before the opening and while a batch is being written. */
  writable = false;
  /** Set by open, unless the constructor of the platform threw. */
  private _ws: any;
  /** Set once the transport is over: everything that comes later is an echo. */
  private _over?: boolean;
  /** The packets of resumable sessions are packets. */
  private _resumable: boolean | undefined;

  constructor(
    private readonly _setup: TransportSetup,
    private readonly _events: TransportEvents,
  ) {
    this._resumable = _setup.resumable;
  }

  open(): void {
    const { WebSocket, uri, sid, protocols, extraHeaders } = this._setup;
    let ws: any;
    try {
      // A third argument means nothing to browsers; the `ws` package takes its headers from it.
      ws = this._ws = new WebSocket!(uri(sid), protocols || [], { headers: extraHeaders });
    } catch (error) {
      // e.g. a forbidden port, or a content security policy
      queueMicrotask(() => this._failed(error));
      return;
    }
    ws.binaryType = "arraybuffer";
    ws.onopen = () => {
      if (this._over) return;
      this.writable = true;
      this._events.opened();
    };
    ws.onmessage = (event: MessageEvent) => {
      if (this._over) return;
      let packet: EnginePacket;
      try {
        packet = decodePacket(event.data, this._resumable);
      } catch (violation) {
        return this._failed(violation, "server error");
      }
      this._events.packet(packet);
    };
    ws.onerror = (event: Event) => this._failed(event);
    ws.onclose = (event: CloseEvent) => {
      if (this._over) return;
      this._end();
      this._events.closed({ description: "websocket connection closed", context: event }, event.wasClean);
    };
  }

  session(_sid: string, resumable?: boolean): void {
    this._resumable = resumable;
  }

  send(packets: EnginePacket[]): void {
    this.writable = false;
    encodePackets(
      packets,
      !this._setup.forceBase64,
      (encoded) => {
        // Sending on a WebSocket that has closed meanwhile is no error.
        for (const piece of encoded) this._ws.send(piece);
        // Not at once: what is emitted in the same turn leaves in one batch, and `volatile` means the same everywhere.
        queueMicrotask(() => {
          if (this._over) return;
          this.writable = true;
          this._events.drained();
        });
      },
      (error) => this._failed(error),
    );
  }

  pause(paused: () => void): void {
    paused();
  }

  resume(): void {}

  /** Bytes that the platform has not passed to the network. */
  get bufferedAmount(): number {
    return this._ws?.bufferedAmount;
  }

  close(bye?: boolean): void {
    // The end of a WebSocket is not the end of a resumable session. One that is not open cannot say so.
    if (bye && this._ws?.readyState === 1) this._ws.send("1");
    this._end();
    this._ws?.close();
  }

  private _end(): void {
    this._over = true;
    this.writable = false;
  }

  private _failed(description: unknown, message = "websocket error"): void {
    if (this._over) return;
    this.close();
    this._events.closed(new TransportError(message, description));
  }
}
