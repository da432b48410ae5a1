import { type Address, parseAddress } from "./address.js";
import type { CloseDetails, CloseReason } from "./close-reason.js";
import { type DefaultEventsMap, Emitter, type EventParams, type EventsMap } from "./emitter.js";
import { Engine, type EngineEvents } from "./engine.js";
import { type Clock, systemClock, Timer } from "./environment.js";
import type { ConnectionOptions, Parser, SocketOptions } from "./options.js";
import { reconnectDelay } from "./reconnect.js";
import { Socket } from "./socket.js";
import { encodeSocketPacket, type SocketPacket, SocketPacketDecoder } from "./socket-packet.js";
import { type TransportAttempt, TransportLog } from "./transport-log.js";

/** Events of a {@link Connection}. */
export interface ConnectionEvents {
  /** The connection is open; its sockets now ask to be let into their namespaces. */
  open: () => void;
  /** An attempt to connect failed. */
  error: (error: Error) => void;
  /** A ping of the server arrived. */
  ping: () => void;
  /** A packet arrived. */
  packet: (packet: SocketPacket) => void;
  /** The connection ended. */
  close: (reason: CloseReason, details?: CloseDetails | Error) => void;
  /** An attempt to reconnect begins, the first is 1. */
  reconnect_attempt: (attempt: number) => void;
  /** Connected again, at this attempt. */
  reconnect: (attempt: number) => void;
  /** An attempt to reconnect failed. */
  reconnect_error: (error: Error) => void;
  /** The last attempt failed; there will be no other. */
  reconnect_failed: () => void;
  /** The transport that carries the connection changed: one began to carry, or the one that did is gone. */
  transport: (attempt: TransportAttempt) => void;
}

/** The options that may be changed later. */
type Settings = Pick<
  ConnectionOptions,
  | "reconnection"
  | "reconnectionAttempts"
  | "reconnectionDelay"
  | "reconnectionDelayMax"
  | "randomizationFactor"
  | "timeout"
>;

/** Says an option; given a value, sets it. */
interface Setting<Value> {
  (): Value;
  <This>(this: This, value: Value): This;
}

/**
 * The connection to one server: shared by the sockets of its namespaces, and made anew when it is lost. Those who come
 * from socket.io-client know it as `Manager`.
 *
 * The engine below belongs to one session; every reconnection has a new one.
 */
export class Connection<
  ListenEvents extends EventsMap = DefaultEventsMap,
  EmitEvents extends EventsMap = ListenEvents,
> extends Emitter<{}, ConnectionEvents> {
  /** The current session, or the last one; none before the first attempt. */
  engine!: Engine;
  /** The options this connection was made with. */
  readonly opts: Partial<ConnectionOptions>;

  /** Whether it reconnects by itself; or sets it. */
  declare reconnection: Setting<boolean>;
  /** Attempts before it gives up; or sets it. */
  declare reconnectionAttempts: Setting<number>;
  /** First pause in milliseconds; or sets it. */
  declare reconnectionDelay: Setting<number>;
  /** Longest pause in milliseconds; or sets it. */
  declare reconnectionDelayMax: Setting<number>;
  /** Share of chance in the pauses; or sets it. */
  declare randomizationFactor: Setting<number>;
  /** Milliseconds for an attempt to connect, or false; or sets it. */
  declare timeout: Setting<number | false>;

  /** @internal */
  _state: "closed" | "opening" | "open" = "closed";
  /** An attempt to reconnect is due, or under way. @internal */
  _reconnecting = false;
  /** @internal */
  readonly _clock: Clock;
  /** By namespace. @internal */
  readonly _sockets = new Map<string, Socket<ListenEvents, EmitEvents>>();

  private readonly _address: Address;
  private readonly _log: TransportLog;
  private readonly _settings: Settings;
  private readonly _encoder: InstanceType<Parser["Encoder"]> | undefined;
  /** Attempts to reconnect since the last success. */
  private _attempts = 0;
  /** Nobody wants the connection any more. */
  private _unwanted = false;
  private readonly _reconnectTimer: Timer;
  private readonly _openTimer: Timer;

  /**
   * @param uri - the server; a namespace in it is ignored
   * @param opts - see {@link ConnectionOptions}
   */
  constructor(uri?: string | Partial<ConnectionOptions>, opts?: Partial<ConnectionOptions>) {
    super();
    if (typeof uri === "object") {
      opts = uri;
      uri = undefined;
    }
    this.opts = opts = { ...opts };
    this._address = parseAddress(uri as string | undefined);
    this._clock = opts.clock || systemClock;
    this._reconnectTimer = new Timer(this._clock);
    this._openTimer = new Timer(this._clock);
    this._log = new TransportLog(this._clock.now, (attempt) => this._fire("transport", attempt));
    this._encoder = opts.parser && new opts.parser.Encoder();
    this._settings = {
      reconnection: opts.reconnection !== false,
      reconnectionAttempts: opts.reconnectionAttempts || Infinity,
      reconnectionDelay: opts.reconnectionDelay || 1000,
      reconnectionDelayMax: opts.reconnectionDelayMax || 5000,
      randomizationFactor: opts.randomizationFactor ?? 0.5,
      timeout: opts.timeout ?? 20_000,
    };
    for (const name in this._settings) {
      (this as any)[name] = (value?: never) => {
        if (value === undefined) return this._settings[name as keyof Settings];
        if (name === "reconnection" && !value) this._unwanted = true;
        this._settings[name as keyof Settings] = value;
        return this;
      };
    }
    if (opts.autoConnect !== false) this.open();
  }

  /**
   * The socket of a namespace, made at the first call. It connects if the connection does so by itself.
   *
   * @param nsp - e.g. `/admin`
   * @param opts - used when the socket is made
   */
  socket(nsp: string, opts?: Partial<SocketOptions>): Socket<ListenEvents, EmitEvents> {
    let socket = this._sockets.get(nsp);
    if (!socket) {
      socket = new Socket(this, nsp, opts);
      this._sockets.set(nsp, socket);
    }
    if (this.opts.autoConnect !== false && !socket.active) socket.connect();
    return socket;
  }

  /**
   * Opens the connection, unless it is open or being opened.
   *
   * @param done - called when the attempt succeeded, or with the error it failed with; it is not called if there was
   *   nothing to do. Given, the failure does not by itself start to reconnect.
   */
  open(done?: (error?: Error) => void): this {
    if (this._state !== "closed") return this;
    this._reconnectTimer._clear();
    this._state = "opening";
    this._unwanted = false;
    const engine = (this.engine = new Engine(this._address, this.opts, this._log));
    const { parser, maxAttachments = 10 } = this.opts;
    const decoder: any = new (parser?.Decoder || SocketPacketDecoder)(maxAttachments);
    const decoded = (packet?: SocketPacket) => {
      if (!packet) return;
      this._fire("packet", packet);
      this._sockets.get(packet.nsp)?._onPacket(packet);
    };
    // Ours returns what it has decoded.
    if (parser) decoder.on("decoded", decoded);
    // An engine that was replaced or given up has nothing to say.
    const current = () => engine === this.engine && this._state !== "closed";
    const report = (error: Error) => {
      this._sockets.forEach((socket) => socket._onError(error));
      this._fire("error", error);
    };
    const failed = (error: Error) => {
      this._openTimer._clear();
      this._state = "closed";
      report(error);
      done?.(error);
      if (this._reconnecting) {
        this._reconnecting = false;
        this._reconnect();
        this._fire("reconnect_error", error);
      } else if (!done && this._settings.reconnection) this._reconnect();
    };
    const hear = <Event extends keyof EngineEvents>(
      event: Event,
      listener: (...args: EventParams<EngineEvents, Event>) => void,
    ) => engine.on(event, ((...args: any) => current() && listener(...(args as never))) as any);
    hear("open", () => {
      this._openTimer._clear();
      this._state = "open";
      this._fire("open");
      this._sockets.forEach((socket) => socket._onOpen());
      done?.();
      if (!this._reconnecting) return;
      const attempt = this._attempts;
      this._reconnecting = false;
      this._attempts = 0;
      this._fire("reconnect", attempt);
    });
    hear("error", (error) => (this._state === "opening" ? failed : report)(error));
    hear("ping", () => this._fire("ping"));
    hear("message", (message) => {
      try {
        decoded(decoder.add(message));
      } catch (violation) {
        engine._end("parse error", violation as Error, "invalid");
      }
    });
    hear("close", (reason, details) => this._onClose(reason, details));
    const { timeout } = this._settings;
    if (timeout !== false) {
      this._openTimer._set(timeout, () => {
        failed(new Error("timeout"));
        engine._end("forced close", undefined, "silent");
      });
    }
    return this;
  }

  /** Alias of {@link Connection.open}. */
  connect(done?: (error?: Error) => void): this {
    return this.open(done);
  }

  /** Closes the connection for all its sockets; reason `forced close`. It does not reconnect until asked to. */
  close(): void {
    this._unwanted = true;
    this._onClose("forced close");
  }

  /** Alias of {@link Connection.close}. */
  disconnect(): void {
    this.close();
  }

  /** A socket has left: the connection is closed when it was the last. @internal */
  _left(): void {
    for (const socket of this._sockets.values()) if (socket.active) return;
    this.close();
  }

  /** Writes a packet; its attachments follow it at once. @internal */
  _send(packet: SocketPacket): void {
    for (const message of this._encoder?.encode(packet) || encodeSocketPacket(packet)) this.engine.send(message);
  }

  private _onClose(reason: CloseReason, details?: CloseDetails | Error): void {
    this._openTimer._clear();
    this._reconnectTimer._clear();
    this._reconnecting = false;
    this._attempts = 0;
    this._state = "closed";
    this.engine?.close();
    this._sockets.forEach((socket) => socket.active && socket._onClose(reason, details));
    this._fire("close", reason, details);
    if (this._settings.reconnection && !this._unwanted) this._reconnect();
  }

  private _reconnect(): void {
    if (this._reconnecting || this._unwanted) return;
    if (this._attempts >= this._settings.reconnectionAttempts) {
      this._attempts = 0;
      this._fire("reconnect_failed");
      return;
    }
    this._reconnecting = true;
    const pause = reconnectDelay(this._attempts++, this._settings, this._clock.random());
    this._reconnectTimer._set(pause, () => {
      if (this._unwanted) return;
      this._fire("reconnect_attempt", this._attempts);
      // A listener may have closed the connection.
      if (this._unwanted) return;
      this.open();
    });
  }
}
