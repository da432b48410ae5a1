import { type Address, engineUri } from "./address.js";
import { ClassicSession } from "./classic-session.js";
import { type CloseDetails, type CloseReason, TransportError } from "./close-reason.js";
import { Emitter } from "./emitter.js";
import type { BinaryData, EnginePacket } from "./engine-packet.js";
import { type Clock, isHidden, systemClock, Timer } from "./environment.js";
import { type Handshake, parseHandshake } from "./handshake.js";
import { isCandidate, type Line, type LineOwner, RANK, type Session, State, whyRefused } from "./line.js";
import type { EngineOptions } from "./options.js";
import { HttpTransport } from "./http-transport.js";
import { resuming } from "./resuming.js";
import type { Transport, TransportSetup } from "./transport.js";
import type { AttemptPurpose, AttemptReason, TransportAttempt, TransportLog, TransportName } from "./transport-log.js";
import { pageMemory, type TransportMemory } from "./transport-memory.js";
import { WebSocketTransport } from "./websocket-transport.js";

/** Events of an {@link Engine}. */
export interface EngineEvents {
  /** The session is open. */
  open: () => void;
  /** A packet arrived. */
  packet: (packet: EnginePacket) => void;
  /** A packet was queued. */
  packetCreate: (packet: EnginePacket) => void;
  /** A message arrived. */
  message: (data: string | BinaryData) => void;
  /** A ping arrived. */
  ping: () => void;
  /** The queue is empty. */
  drain: () => void;
  /** Another transport has answered, and takes over. */
  upgrading: (transport: Transport) => void;
  /** Another transport took over. */
  upgrade: (transport: Transport) => void;
  /** Another transport could not take over; the session stays as it was. */
  upgradeError: (error: TransportError & { transport: TransportName }) => void;
  /** The session failed; `close` follows. */
  error: (error: Error) => void;
  /** The session ended. */
  close: (reason: CloseReason, details?: CloseDetails | Error) => void;
}

/** Milliseconds. */
const enum Ms {
  /** That a long-polling transport that lost the race may take to learn of the session it has to end. */
  Linger = 5_000,
}

/**
 * One Engine.IO session: opens it over the first transport that proves itself, and ends it. It never reconnects: the
 * {@link Connection} makes a new one.
 *
 *     opening   race of candidates, each begun when the one before it failed or stayed silent; the first `open` wins
 *     open      a session has the transports: a resumable one with a server of Towpath, a classic one with others
 *     closing   what is queued still leaves, and an upgrade under way is completed
 *     closed    nothing more
 */
export class Engine extends Emitter<{}, EngineEvents> {
  /** Version of the Engine.IO protocol. */
  static readonly protocol = 4;

  /** The session's id, unknown until it is open. */
  id?: string;
  /** Where the session is in its life. */
  readyState: "opening" | "open" | "closing" | "closed" = "opening";
  /** The transport that carries the session, or the one tried first until it is open. */
  transport!: Transport;
  /** Another transport is taking over: nothing is written meanwhile. */
  upgrading = false;

  /** @internal */
  readonly _clock: Clock;
  /** @internal */
  readonly _memory: TransportMemory;
  /** @internal */
  readonly _options: Partial<EngineOptions>;
  /** @internal */
  readonly _log: TransportLog;
  /** Key of the memory. @internal */
  readonly _server: string;
  /** What was configured and exists here. */
  private readonly _exist: TransportName[];
  /** What of it may open the session, in the order to be tried. @internal */
  readonly _names: TransportName[];
  /** A transport that fails hands over to the next, while opening. */
  private readonly _fallback: boolean;
  /** Everything begun and not over. @internal */
  _lines: Line[] = [];
  // What it is asked as the LineOwner of its candidates and does not have; named, so that nothing else gets their letters.
  /** @internal */
  readonly _pollTimeout?: never;
  /** @internal */
  readonly _opened?: never;
  /** @internal */
  readonly _drained?: never;
  /** How many of the names were tried. */
  private _tried = 0;
  /** Starts the next transport beside the first, while opening. */
  private readonly _headStart: Timer;
  /** Why WebSocket failed, if it did while opening. */
  private _refused?: AttemptReason;
  /** Set when open. */
  private _session?: Session;
  /** What was to be sent before that. */
  private _early: EnginePacket[] = [];
  /** Takes the listeners off the page; set once they are on it. */
  private _unlisten?: () => void;

  /** @internal */
  constructor(
    private readonly _address: Address,
    options: Partial<EngineOptions>,
    log: TransportLog,
  ) {
    super();
    const _options = (this._options = options);
    this._log = log;
    const clock = (this._clock = _options.clock || systemClock);
    const memory = (this._memory = _options._memory || pageMemory);
    this._headStart = new Timer(clock);
    this._server = _address.hostname + ":" + _address.port;
    const configured = _options.transports || ["websocket", "stream", "polling"];
    const { createTransport, fetch, WebSocket } = this._setup();
    this._exist = configured.filter(
      (name) => name in RANK && (createTransport || (name === "websocket" ? WebSocket : fetch)),
    );
    // A stream is for sessions that are open.
    const names = this._exist.filter((name) => name !== "stream");
    // WebSocket comes last, first, or where it was configured.
    const place = this._avoids("websocket") ? 1 : _options.rememberUpgrade && memory._worked ? -1 : 0;
    names.sort((a, b) => place * (RANK[a] - RANK[b]));
    this._names = names;
    this._fallback = _options.tryAllTransports || [configured[0], names[0]].includes("websocket");
    this._listen();
    if (names.length) this._tryNext();
    else queueMicrotask(() => this._fail(new Error("No transports available")));
  }

  /**
   * Sends a message.
   *
   * @param data - text, or binary data
   */
  send(data: string | BinaryData): this {
    return this._write({ type: "message", data });
  }

  /** Alias of {@link Engine.send}. */
  write(data: string | BinaryData): this {
    return this.send(data);
  }

  /** Ends the session when everything queued has been sent; reason `forced close`. */
  close(): this {
    if (this.readyState === "opening") this._end("forced close");
    else if (this.readyState === "open") {
      this.readyState = "closing";
      this._session!._close();
    }
    return this;
  }

  /** What was tried to carry this connection, by this engine and those before it, newest last: at most 50 records. */
  explain(): TransportAttempt[] {
    return this._log._list();
  }

  /**
   * Whether the heartbeat expired without its timer having noticed; the session ends then.
   *
   * @internal
   */
  _hasExpired(): boolean | undefined {
    return this._session?._hasExpired?.();
  }

  /**
   * Ends the session now.
   *
   * @internal
   */
  _end(reason: CloseReason, details?: CloseDetails | Error, code: AttemptReason = "client"): void {
    if (this.readyState === "closed") return;
    this.readyState = "closed";
    this._headStart._clear();
    this._unlisten!();
    const bye = this._session?._stop();
    let last: TransportAttempt | undefined;
    for (const line of this._lines) {
      const { _attempt, _state } = line;
      const candidate = isCandidate(line);
      const current = !candidate && line._transport === this.transport;
      const reason = current ? code : !candidate ? "upgraded" : code === "silent" ? code : "abandoned";
      if (_state !== State.Lost) this._log._settle(_attempt, candidate ? "failed" : "ended", reason);
      if (current) last = _attempt;
      // The server may wait for the acknowledgement of what it said last; this tells it that nothing more will come.
      this._remove(line, current && bye);
    }
    if (details && last) (details as CloseDetails).attempt = { ...last };
    this._early = [];
    this._fire("close", reason, details);
  }

  /** Ends the session: nothing failed here. @internal */
  _gone(description: string, code: AttemptReason): void {
    this._end("transport close", { description }, code);
  }

  /** Ends the session with an error. @internal */
  _fail(error: Error, code?: AttemptReason): void {
    if (this.readyState === "closed") return;
    this._fire("error", error);
    this._end("transport error", error, code);
  }

  // --- what is remembered of transports ---

  /** Where it is kept. */
  private _key(name: TransportName): string {
    return this._server + (name === "websocket" ? "" : "/" + name);
  }

  /** Does not offer a transport first for a while. @internal */
  _blame(name: TransportName, reason: AttemptReason): void {
    this._memory._failed(this._key(name), this._clock.now(), reason);
  }

  /** Why it should not be offered first, if it failed lately on a path where another works. @internal */
  _avoids(name: TransportName): AttemptReason | undefined {
    return this._memory._avoid(this._key(name), this._clock.now());
  }

  /** A transport broke that carried since some time; says whether something on the way cut it. @internal */
  _broke({ _name }: Line, since: number): boolean {
    const now = this._clock.now();
    return this._memory._broke(this._key(_name), now, now - since);
  }

  // --- opening: a race ---

  /** Begins the next transport. The one after it follows when this fails, or beside it when it stays silent. */
  private _tryNext(): void {
    this._headStart._clear();
    const name = this._names[this._tried++];
    if (!name) return;
    // No head start for long-polling: HTTP answers or fails.
    if (name === "websocket" && this._fallback) {
      this._headStart._set(this._bound(), () => this._tryNext());
    }
    const { _transport } = this._try(name, "open", this);
    this.transport = this.transport || _transport;
  }

  /** Milliseconds for a transport to bring the first packet of the server. @internal */
  _bound(): number {
    return this._options.proofOfLife ?? this._memory._bound(this._server);
  }

  private _setup(line?: Line): TransportSetup & Partial<EngineOptions> {
    const name = line?._name;
    const owner = line?._owner;
    const options = { ...this._options, ...this._options.transportOptions?.[name!] };
    return {
      WebSocket: globalThis.WebSocket,
      fetch: globalThis.fetch,
      ...options,
      clock: this._clock,
      sid: this.id,
      resumable: !!owner?._pollTimeout,
      pollTimeout: owner?._pollTimeout,
      uri: (sid, on) => engineUri(this._address, options, name!, sid, this._clock, owner!._parameters(line!, sid, on)),
    };
  }

  /** Begins to try a transport. @internal */
  _try(_name: TransportName, purpose: AttemptPurpose, _owner: LineOwner, _g = 0, _why?: AttemptReason): Line {
    const line = {
      _name,
      _attempt: this._log._begin(_name, purpose),
      _owner,
      _g,
      _why,
      _live: _name === "websocket",
      _state: State.Offered,
      _control: [],
      _timer: new Timer(this._clock),
    } as unknown as Line;
    const owner = () => (line._state === State.Over ? undefined : line._owner);
    line._events = {
      opened: (ack) => {
        // Says something of the path, and nothing of the server.
        line._heard ||= 1;
        owner()?._opened?.(line, ack);
      },
      packet: (packet) => owner()?._packet(line, packet),
      drained: (unsent) => owner()?._drained?.(line, unsent),
      closed: (failure, clean) => owner()?._closed(line, failure, clean),
    };
    this._lines.push(line);
    this._make(line);
    line._transport.open();
    return line;
  }

  /** Makes the transport of a line. @internal */
  _make(line: Line): void {
    const { _name, _events } = line;
    const setup = this._setup(line);
    line._transport = setup.createTransport
      ? setup.createTransport(_name, setup, _events)
      : _name === "websocket"
        ? new WebSocketTransport(setup, _events)
        : new HttpTransport(_name, setup, _events);
  }

  /** @internal */
  _parameters({ _resumable }: Line, sid?: string): object {
    return _resumable
      ? { on: 0, ack: 0 }
      : { towpath: !sid && resuming._session && this._options.resume !== false && 1 };
  }

  /** @internal */
  _packet(line: Line, packet: EnginePacket): void {
    const handshake = packet.type === "open" && parseHandshake(packet.data as string);
    if (!handshake) this._drop(line, new TransportError("server error", packet), "invalid");
    else if (line._state === State.Offered) {
      this._fire("packet", packet);
      this._won(line, handshake);
    } else {
      line._resumable = !!handshake.resume;
      line._transport.session(handshake.sid);
      this._remove(line);
    }
  }

  /** @internal */
  _closed(line: Line, failure: TransportError | CloseDetails): void {
    this._drop(line, ...whyRefused(line, failure));
  }

  /** The first candidate that speaks carries the session. */
  private _won(winner: Line, handshake: Handshake): void {
    const { _attempt, _live, _transport } = winner;
    this._headStart._clear();
    winner._state = State.Confirmed;
    for (const loser of this._lines) {
      if (loser === winner) continue;
      this._log._settle(loser._attempt, "failed", _live ? "overtaken" : (this._refused = "silent"));
      if (_live) {
        // The server has made a session for it, or will: ended when its id is known, so that the server need not wait.
        loser._state = State.Lost;
        loser._timer._set(Ms.Linger, () => this._remove(loser));
      } else this._remove(loser);
    }
    this._memory._worked = _live;
    if (!_live && this._refused) this._blame("websocket", this._refused);
    this.id = handshake.sid;
    this.readyState = "open";
    this.transport = _transport;
    const Session = (handshake.resume && this._options.resume !== false && resuming._session) || ClassicSession;
    const session: Session = (this._session = winner._owner = new Session(this, handshake, this._exist));
    _transport.session(handshake.sid, !!session._pollTimeout);
    session._begin(winner);
    this._log._settle(_attempt, "carrying", "opened");
    this._memory._took(this._server, _attempt.ms);
    for (const packet of this._early.splice(0)) session._send(packet);
    this._fire("open");
    session._start();
  }

  /** Gives up a candidate. */
  private _drop(line: Line, error: TransportError, reason: AttemptReason): void {
    const { _attempt, _live, _state } = line;
    this._remove(line);
    if (_state === State.Lost) return;
    this._log._settle(_attempt, "failed", reason);
    if (_live) {
      this._refused = reason;
      this._memory._worked = false;
    }
    if (this._fallback) this._tryNext();
    if (!this._lines.length) this._fail(error);
  }

  /** @internal */
  _upgradeFailed(transport: TransportName, error: TransportError): void {
    this._fire("upgradeError", Object.assign(error, { transport }));
  }

  /** @internal */
  _remove(line: Line, bye?: boolean): void {
    line._state = State.Over;
    line._timer._clear();
    this._lines = this._lines.filter((other) => other !== line);
    line._transport.close(bye);
  }

  // --- the open session ---

  /** @internal */
  _closedByServer(): void {
    this._gone("transport closed by the server", "server");
  }

  /** @internal */
  _deliver(packet: EnginePacket): void {
    this._fire("packet", packet);
    this._fire("message", packet.data);
  }

  /** @internal */
  _write(packet: EnginePacket): this {
    if (/^open/.test(this.readyState)) {
      this._fire("packetCreate", packet);
      if (this._session) this._session._send(packet);
      else this._early.push(packet);
    }
    return this;
  }

  // --- the page ---

  private _listen(): void {
    const leave = (description: string, code: AttemptReason) => {
      if (this.readyState === "opening") this._fail(new TransportError(description));
      else this._gone(description, code);
    };
    const handlers: Record<string, () => void> = {
      offline: () => {
        // Another network may treat WebSocket better.
        this._memory._forget();
        // A resumable session waits for the network to come back.
        if (!this._session?._pollTimeout && this._address.hostname !== "localhost")
          leave("network connection lost", "offline");
      },
      online: () => {
        this._memory._forget();
        this._session?._wake?.();
      },
      visibilitychange: () => {
        if (!isHidden()) this._session?._wake?.();
      },
      // Also what allows the page to be kept for the way back; there it reconnects.
      pagehide: () => leave("page left", "hidden"),
    };
    if (this._options.closeOnBeforeunload) handlers.beforeunload = handlers.pagehide!;
    const each = (method: "addEventListener" | "removeEventListener") => {
      for (const event in handlers) globalThis[method]?.(event, handlers[event]!);
    };
    each("addEventListener");
    this._unlisten = () => each("removeEventListener");
  }
}
