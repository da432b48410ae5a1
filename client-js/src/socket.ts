import type { CloseDetails, DisconnectReason } from "./close-reason.js";
import type { Connection } from "./connection.js";
import {
  type DefaultEventsMap,
  Emitter,
  type EventNames,
  type EventParams,
  type EventsMap,
  guarded,
} from "./emitter.js";
import type { Auth, SocketOptions } from "./options.js";
import { ACK, CONNECT, CONNECT_ERROR, DISCONNECT, EVENT, isReserved, type SocketPacket } from "./socket-packet.js";

/** Events of a {@link Socket} besides those the application declares. */
export interface SocketEvents {
  /** In the namespace: for the first time, or again. */
  connect: () => void;
  /** Refused by the server (`data` may say more), or it could not be reached. */
  connect_error: (error: Error & { data?: any; description?: any }) => void;
  /** Out of the namespace. */
  disconnect: (reason: DisconnectReason, details?: CloseDetails | Error) => void;
}

/** The last element of a tuple: the callback of an event that expects an answer. */
type Last<T extends any[]> = T extends [...any[], infer L] ? L : any;
/** A tuple without its last element. */
type AllButLast<T extends any[]> = T extends [...infer Head, any] ? Head : any[];
/** What an answer brings: its first argument that is no error. */
type Answer<Ack> = Ack extends (...args: infer P) => any ? (P[0] extends Error ? P[1] : P[0]) : any;
/** A tuple whose functions take an error first. */
type ErrorFirst<T extends any[]> = {
  [I in keyof T]: T[I] extends (...args: infer P) => infer R ? (error: Error, ...args: P) => R : T[I];
};
/** Events whose callbacks take an error first; see {@link Socket.timeout}. */
export type WithTimeout<Events extends EventsMap> = {
  [Event in keyof Events]: Events[Event] extends (...args: infer P) => infer R
    ? (...args: ErrorFirst<P>) => R
    : Events[Event];
};

/** Hears every event, its name first. */
type AnyListener = (event: string, ...args: any[]) => void;

/** What is left without the first copy of one listener, or without all. The list itself may be being walked. */
const without = (list: AnyListener[], listener?: AnyListener): AnyListener[] =>
  listener ? list.filter((other) => other !== listener || (listener = undefined)) : [];

/** Waits for the answer to an event. */
interface PendingAck {
  readonly _fn: (...args: any[]) => void;
  /** `_fn` takes an error first, and hears of a disconnection. */
  readonly _withError: boolean;
  _timer?: unknown;
}

interface Flags {
  _volatile?: boolean;
  _timeout?: number;
}

/**
 * One namespace of a {@link Connection}: events with any arguments, both ways, with answers. It connects again after
 * the connection was lost; what was emitted meanwhile is kept and sent then.
 *
 * @typeParam ListenEvents - events the server sends
 * @typeParam EmitEvents - events the server takes
 */
export class Socket<
  ListenEvents extends EventsMap = DefaultEventsMap,
  EmitEvents extends EventsMap = ListenEvents,
> extends Emitter<ListenEvents, SocketEvents> {
  /** The connection, shared with other namespaces. */
  readonly io: Connection<ListenEvents, EmitEvents>;
  /** The namespace. */
  readonly nsp: string;
  /** The id the server knows this socket by; not known while disconnected, and new after a reconnection. */
  id?: string;
  /** Whether the server has let this socket in. */
  connected = false;
  /** Whether the last connection went on with the session before: nothing that the server sent was missed. */
  recovered = false;
  /** Sent at the next connect. */
  auth: Auth | undefined;
  /** Arguments of events that arrived before the connection was complete. */
  receiveBuffer: any[][] = [];
  /** Packets emitted while not connected. */
  sendBuffer: SocketPacket[] = [];

  /** Wants to be connected, whenever the connection is open. */
  private _active = false;
  /** What was asked of the connection, which answers with a session or a refusal. */
  private _request?: object;
  /** Of the next emit only. */
  private _flags: Flags = {};
  /** Number of the next event with a callback; never used again, not even after a reconnection. */
  private _nextId = 0;
  private readonly _acks = new Map<number, PendingAck>();
  private _anyIn: AnyListener[] = [];
  private _anyOut: AnyListener[] = [];
  /** Private id of the session, from a server that can recover it. */
  private _pid?: string;
  /** Where the session stands: what the server appended to the last event. */
  private _offset?: string;
  /** What sends the events that are to be answered, in order; the first is on its way. */
  private readonly _queue: (() => void)[] = [];

  /** @internal */
  constructor(
    io: Connection<ListenEvents, EmitEvents>,
    nsp: string,
    private readonly _opts: Partial<SocketOptions> = {},
  ) {
    super();
    this.io = io;
    this.nsp = nsp;
    this.auth = _opts.auth;
  }

  /** Not connected. */
  get disconnected(): boolean {
    return !this.connected;
  }

  /** Whether it will connect by itself when the connection is open (again). */
  get active(): boolean {
    return this._active;
  }

  /** The next event is dropped rather than kept if it cannot be written now. */
  get volatile(): this {
    this._flags._volatile = true;
    return this;
  }

  /** Connects, unless it does so already. */
  connect(): this {
    if (this.connected) return this;
    const waiting = this._active;
    this._active = true;
    // Also when it waits: what may have given up.
    if (!this.io._reconnecting) this.io.open();
    if (!waiting && this.io._state === "open") this._onOpen();
    return this;
  }

  /** Alias of {@link Socket.connect}. */
  open(): this {
    return this.connect();
  }

  /** Leaves the namespace; closes the connection if no other socket uses it. It does not connect again by itself. */
  disconnect(): this {
    if (this.connected) this._send(DISCONNECT);
    this._leave();
    if (this.connected) this._onClose("io client disconnect");
    return this;
  }

  /** Alias of {@link Socket.disconnect}. */
  close(): this {
    return this.disconnect();
  }

  /**
   * Sends an event. If the last argument is a function, the server may answer, and it is called with the answer.
   * While disconnected, events are kept and sent later.
   *
   * @throws Error if the name is one of our own, e.g. `connect`, or if too many events wait already
   */
  emit<Event extends EventNames<EmitEvents>>(event: Event, ...args: EventParams<EmitEvents, Event>): this {
    if (isReserved(event)) throw new Error(`"${String(event)}" is a reserved event name`);
    const { _volatile, _timeout = this._opts.ackTimeout } = this._flags;
    this._flags = {};
    if (!_volatile && this.sendBuffer.length + this._queue.length >= this._opts.maxBuffered!)
      throw new Error("buffer full");
    const data: any[] = [event, ...args];
    const ack = args.length && typeof data[args.length] === "function" ? data.pop() : undefined;
    const { retries } = this._opts;
    if (!retries || _volatile) {
      this._write(data, ack, _timeout, _volatile);
      return this;
    }
    let tries = 0;
    const answered: PendingAck["_fn"] & { _withError?: boolean } = (error, ...answer) => {
      const done = !error || tries > retries;
      if (done) this._queue.shift();
      this._try();
      if (done) ack?.(error, ...answer);
    };
    answered._withError = true;
    const send = () => {
      tries++;
      this._write(data, answered, _timeout);
    };
    if (this._queue.push(send) < 2) this._try();
    return this;
  }

  /**
   * Sends an event and promises the answer. It fails if the socket is disconnected before the answer, or after the
   * time that {@link Socket.timeout} set.
   */
  emitWithAck<Event extends EventNames<EmitEvents>>(
    event: Event,
    ...args: AllButLast<EventParams<EmitEvents, Event>>
  ): Promise<Answer<Last<EventParams<EmitEvents, Event>>>> {
    return new Promise((resolve, reject) => {
      const settle = (error: Error | null, answer: any) => (error ? reject(error) : resolve(answer));
      settle._withError = true;
      (this.emit as any)(event, ...args, settle);
    });
  }

  /** Sends the event `message`. */
  send(...args: EventParams<EmitEvents, "message">): this {
    return this.emit("message" as EventNames<EmitEvents>, ...(args as any));
  }

  /**
   * Bounds the time for the answer to the next event; its callback takes an error first.
   *
   * @param ms - milliseconds
   */
  timeout(ms: number): Socket<ListenEvents, WithTimeout<EmitEvents>> {
    this._flags._timeout = ms;
    return this as any;
  }

  /** Without effect: browsers compress by themselves. Here so that programs for socket.io-client run unchanged. */
  compress(_compress: boolean): this {
    return this;
  }

  /** Adds a listener that hears every event of the server, before those of the event itself. */
  onAny(listener: AnyListener): this {
    this._anyIn = [...this._anyIn, listener];
    return this;
  }

  /** As {@link Socket.onAny}, before those added already. */
  prependAny(listener: AnyListener): this {
    this._anyIn = [listener, ...this._anyIn];
    return this;
  }

  /** Removes a listener of {@link Socket.onAny}, once if it was added several times; or all of them. */
  offAny(listener?: AnyListener): this {
    this._anyIn = without(this._anyIn, listener);
    return this;
  }

  /** The listeners of {@link Socket.onAny}. */
  listenersAny(): AnyListener[] {
    return [...this._anyIn];
  }

  /** Adds a listener that hears every event when it is written. */
  onAnyOutgoing(listener: AnyListener): this {
    this._anyOut = [...this._anyOut, listener];
    return this;
  }

  /** As {@link Socket.onAnyOutgoing}, before those added already. */
  prependAnyOutgoing(listener: AnyListener): this {
    this._anyOut = [listener, ...this._anyOut];
    return this;
  }

  /** Removes a listener of {@link Socket.onAnyOutgoing}, once if it was added several times; or all of them. */
  offAnyOutgoing(listener?: AnyListener): this {
    this._anyOut = without(this._anyOut, listener);
    return this;
  }

  /** The listeners of {@link Socket.onAnyOutgoing}. */
  listenersAnyOutgoing(): AnyListener[] {
    return [...this._anyOut];
  }

  // --- called by the connection ---

  /** The connection is open: ask to be let in, once. @internal */
  _onOpen(): void {
    if (!this._active || this._request) return;
    const request = (this._request = {});
    let asked = false;
    const ask = (data?: object) => {
      // A function may answer late, or twice; a second CONNECT would cost the whole connection.
      if (asked || request !== this._request) return;
      asked = true;
      this._send(CONNECT, this._pid ? { pid: this._pid, offset: this._offset, ...data } : data);
    };
    // Guarded: a function that throws must not keep the other sockets out.
    if (typeof this.auth === "function") guarded(this.auth as (send: typeof ask) => void, [ask]);
    else ask(this.auth);
  }

  /** @internal */
  _onError(error: Error): void {
    if (this._active && !this.connected) this._fire("connect_error", error);
  }

  /** The connection, or the namespace, is closed. @internal */
  _onClose(reason: DisconnectReason, details?: CloseDetails | Error): void {
    this._request = undefined;
    this.connected = false;
    this.id = undefined;
    this._fire("disconnect", reason, details);
    // Their answers can no longer come. What is still in the buffer has not been asked yet.
    this._acks.forEach((ack, id) => {
      if (this.sendBuffer.some((packet) => packet.id === id)) return;
      this._settle(id, ack, ack._withError ? [new Error("socket has been disconnected")] : undefined);
    });
  }

  /** @internal */
  _onPacket({ type, data, id }: SocketPacket): void {
    if (!this._active) return;
    switch (type) {
      case CONNECT:
        if (data && typeof data.sid === "string") this._onConnect(data.sid, data.pid);
        else {
          this._fire("connect_error", new Error("no id: is the server of version 2?"));
        }
        break;
      case DISCONNECT:
        this._leave();
        this._onClose("io server disconnect");
        break;
      case EVENT:
        if (id !== undefined) data.push(this._answer(id));
        if (this.connected) this._deliver(data);
        else this.receiveBuffer.push(data);
        break;
      case ACK: {
        const ack = this._acks.get(id!);
        if (ack) this._settle(id!, ack, ack._withError ? [null, ...data] : data);
        break;
      }
      case CONNECT_ERROR:
        this._leave();
        this._fire(
          "connect_error",
          Object.assign(new Error(typeof data === "string" ? data : data?.message), { data: data?.data }),
        );
    }
  }

  private _onConnect(sid: string, pid?: string): void {
    this.id = sid;
    this.recovered = !!pid && pid === this._pid;
    this._pid = pid;
    this.connected = true;
    const emitted = this.sendBuffer.splice(0);
    for (const args of this.receiveBuffer.splice(0)) this._deliver(args);
    for (const packet of emitted) {
      // One that JSON cannot write must not hold up the others; and a listener may have left again.
      if (this.connected) guarded(() => this._sendEvent(packet), []);
      else this.sendBuffer.push(packet);
    }
    this._try();
    if (this.connected) this._fire("connect");
  }

  private _deliver(args: any[]): void {
    for (const listener of this._anyIn) guarded(listener, args);
    if (args.length) this._fire(String(args[0]), ...args.slice(1));
    const last = args[args.length - 1];
    // Every string in last place counts, as the server's own cannot be told from others.
    if (this._pid && typeof last === "string") this._offset = last;
  }

  /** Sends the first event that has not been answered. */
  private _try(): void {
    if (this.connected && !this.io.engine._hasExpired()) this._queue[0]?.();
  }

  // --- answers ---

  /** Remembers who waits for an answer, and for how long. */
  private _await(id: number, _fn: PendingAck["_fn"] & { _withError?: boolean }, timeout?: number): void {
    const ack: PendingAck = { _fn, _withError: !!_fn._withError || timeout !== undefined };
    this._acks.set(id, ack);
    if (timeout === undefined) return;
    ack._timer = this.io._clock.setTimeout(() => {
      this.sendBuffer = this.sendBuffer.filter((packet) => packet.id !== id);
      this._settle(id, ack, [new Error("operation has timed out")]);
    }, timeout);
  }

  private _settle(id: number, { _fn, _timer }: PendingAck, args?: unknown[]): void {
    this._acks.delete(id);
    this.io._clock.clearTimeout(_timer);
    if (args) guarded(_fn, args);
  }

  /** The function with which an event of the server is answered: once, and only in the session that asked. */
  private _answer(id: number): (...args: any[]) => void {
    const { engine } = this.io;
    let answered = false;
    return (...args) => {
      // Another session numbers its events anew: the answer would go to a stranger.
      if (answered || !this.connected || engine !== this.io.engine) return;
      answered = true;
      this._send(ACK, args, id);
    };
  }

  // --- sending ---

  private _write(data: any[], ack?: PendingAck["_fn"], timeout?: number, volatile?: boolean): void {
    const packet: SocketPacket = { type: EVENT, nsp: this.nsp, data };
    if (ack) this._await((packet.id = this._nextId++), ack, timeout);
    const { engine } = this.io;
    if (volatile && !engine?.transport?.writable) return;
    if (this.connected && !engine._hasExpired()) this._sendEvent(packet);
    else this.sendBuffer.push(packet);
  }

  private _sendEvent(packet: SocketPacket): void {
    for (const listener of this._anyOut) guarded(listener, packet.data);
    this.io._send(packet);
  }

  private _send(type: number, data?: any, id?: number): void {
    this.io._send({ type, nsp: this.nsp, data, id });
  }

  private _leave(): void {
    this._active = false;
    this._request = undefined;
    this.io._left();
  }
}
