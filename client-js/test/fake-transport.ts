import { type CloseDetails, TransportError } from "../src/close-reason.js";
import { decodePacket, encodePacket, type EnginePacket } from "../src/engine-packet.js";
import type { Transport, TransportEvents, TransportSetup } from "../src/transport.js";
import type { TransportName } from "../src/transport-log.js";

/** A transport whose every event a test triggers, and which keeps what was sent. */
export class FakeTransport implements Transport {
  writable = false;
  isOpen = false;
  isClosed = false;
  /** It was closed to end the session too. */
  bye = false;
  /** How often a pause was taken back, or its use begun. */
  resumed = 0;
  sid: string | undefined;
  /** Batches as they were sent, each packet as its text. */
  readonly batches: unknown[][] = [];
  /** Set while the engine waits for the transport to come to rest. */
  paused: (() => void) | undefined;

  constructor(
    readonly name: TransportName,
    readonly setup: TransportSetup,
    readonly events: TransportEvents,
  ) {
    this.sid = setup.sid;
  }

  open(): void {
    this.isOpen = true;
  }

  session(sid: string): void {
    this.sid = sid;
    this.writable = true;
  }

  send(packets: EnginePacket[]): void {
    if (!this.writable) throw new Error("sent while not writable");
    this.writable = false;
    this.batches.push(packets.map((packet) => encodePacket(packet, true)));
  }

  pause(paused: () => void): void {
    this.paused = paused;
    this.writable = false;
  }

  resume(): void {
    this.paused = undefined;
    this.writable = true;
    this.resumed++;
  }

  close(bye?: boolean): void {
    if (this.isClosed) return;
    this.isClosed = true;
    this.bye = !!bye;
    this.writable = false;
  }

  // --- for tests ---

  /** Everything sent, in order. */
  get sent(): unknown[] {
    return this.batches.flat();
  }

  /** The platform says it is open. */
  opens(): void {
    this.writable = this.name === "websocket";
    this.events.opened();
  }

  /** The server sends packets. */
  receives(...packets: EnginePacket[]): void {
    for (const packet of packets) this.events.packet(packet);
  }

  /** The server sends packets, as they are written. */
  hears(...texts: string[]): void {
    for (const text of texts) this.receives(decodePacket(text, true));
  }

  /** The parameters of its request. */
  query(on?: boolean): URLSearchParams {
    return new URL(this.setup.uri(this.sid, on)).searchParams;
  }

  /** Takes what was sent since the last question. */
  take(): unknown[] {
    return this.batches.splice(0).flat();
  }

  /** The server sends messages. */
  message(...data: (string | ArrayBuffer)[]): void {
    for (const piece of data) this.receives({ type: "message", data: piece });
  }

  /** What was sent is on its way. */
  drains(): void {
    this.writable = true;
    this.events.drained();
  }

  /** The connection breaks, or is closed in good order. */
  breaks(clean = false, details: CloseDetails = { description: "websocket connection closed" }): void {
    this.writable = false;
    this.events.closed(details, clean);
  }

  /** The transport fails. */
  fails(message = `${this.name} error`, description?: unknown): void {
    this.writable = false;
    this.events.closed(new TransportError(message, description));
  }
}
