import { type CloseDetails, type CloseReason, ProtocolViolation, TransportError } from "./close-reason.js";
import { type Address } from "./address.js";
import { Emitter } from "./emitter.js";
import { type BinaryData, type EnginePacket, payloadSize } from "./engine-packet.js";
import { type Clock, isHidden, systemClock, Timer } from "./environment.js";
import { isCandidate, type Line, type LineOwner, RANK, State } from "./line.js";
import type { EngineOptions } from "./options.js";
import { HttpTransport } from "./http-transport.js";
import type { ResumableSession, ResumeTerms } from "./resume.js";
import { resuming } from "./resuming.js";
import type { Transport, TransportSetup } from "./transport.js";
import type { AttemptPurpose, AttemptReason, TransportAttempt, TransportLog, TransportName } from "./transport-log.js";
import { pageMemory, type TransportMemory } from "./transport-memory.js";
import { WebSocketTransport } from "./websocket-transport.js";

/** What the server says first. */
export interface Handshake {
  /** The session's id, a secret. */
  sid: string;
  /** Transports the session may move to. */
  upgrades: string[];
  /** Milliseconds between pings. */
  pingInterval: number;
  /** Milliseconds a ping may be late. */
  pingTimeout: number;
  /** Most bytes of a request's body, where the server has a limit. */
  maxPayload?: number;
  /** What a server of Towpath grants to a client that asks: a session that outlives its transports. */
  resume?: ResumeTerms;
}

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
  /** That the answer to a poll may be later than the server's ping. */
  PollSlack = 5_000,
  /** That a long-polling transport that lost the race may take to learn of the session it has to end. */
  Linger = 5_000,
}

/**
 * One Engine.IO session: opens it over the first transport that proves itself, keeps its heartbeat, moves it to a
 * better transport, and ends it. It never reconnects: the {@link Connection} makes a new one.
 *
 *     opening   race of candidates, each begun when the one before it failed or stayed silent; the first `open` wins
 *     open      heartbeat; one probe of WebSocket, if long-polling carries: 2probe, 3probe, pause, 5
 *     closing   what is queued still leaves, and an upgrade under way is completed
 *     closed    nothing more
 *
 * With a server of Towpath the session is resumable: from `open` on, a {@link ResumableSession} has the transports.
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
  /** What of it may open the session, in the order to be tried. */
  private readonly _names: TransportName[];
  /** A transport that fails hands over to the next, while opening. */
  private readonly _fallback: boolean;
  /** Everything begun and not over. @internal */
  _lines: Line[] = [];
  /** How many of the names were tried. */
  private _tried = 0;
  /** Starts the next transport beside the first, while opening. */
  private readonly _headStart: Timer;
  /** Why WebSocket failed, if it did while opening. */
  private _refused?: AttemptReason;
  /** Set when open. */
  private _handshake!: Handshake;
  /** Set when open, if the session is resumable. */
  private _session?: ResumableSession;
  private readonly _pingTimer: Timer;
  /** When the heartbeat expires, whatever its timer does: browsers throttle the timers of hidden pages. */
  private _pingDeadline?: number;
  /** The current transport brought a ping. */
  private _pinged?: boolean;
  /** Packets not handed to a transport yet. */
  private _queue: EnginePacket[] = [];
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
    this._pingTimer = new Timer(clock);
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
      if (this._session) this._session._close();
      else this._flush();
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
  _hasExpired(): boolean {
    const expired = this._clock.now() > this._pingDeadline!;
    if (expired) queueMicrotask(() => this._expire());
    return expired;
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
    this._pingTimer._clear();
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
    this._queue = [];
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
    const { _transport } = this._begin(name, "open", this);
    this.transport = this.transport || _transport;
  }

  /** Milliseconds for a transport to bring the first packet of the server. @internal */
  _bound(): number {
    return this._options.proofOfLife ?? this._memory._bound(this._server);
  }

  private _setup(line?: Line): TransportSetup & Partial<EngineOptions> {
    const name = line?._name;
    const options = { ...this._options, ...this._options.transportOptions?.[name!] };
    const session = line?._owner === this._session ? this._session : undefined;
    return {
      WebSocket: globalThis.WebSocket,
      fetch: globalThis.fetch,
      ...options,
      clock: this._clock,
      sid: this.id,
      resumable: !!session,
      pollTimeout: session && this._handshake.pingInterval + Ms.PollSlack,
      uri: (sid, on) =>
        engineUri(
          this._address,
          options,
          name!,
          sid,
          this._clock,
          session
            ? { [on ? "on" : "attach"]: line!._g, ack: session._sequence._received, why: !on && line!._why }
            : line!._resumable
              ? { on: 0, ack: 0 }
              : { towpath: !sid && resuming._session && options.resume !== false && 1 },
        ),
    };
  }

  /** Begins to try a transport. @internal */
  _begin(_name: TransportName, purpose: AttemptPurpose, _owner: LineOwner, _g = 0, _why?: AttemptReason): Line {
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
    line._events = {
      opened: (ack) => line._owner._opened(line, ack),
      packet: (packet) => line._owner._packet(line, packet),
      drained: (unsent) => line._owner._drained(line, unsent),
      closed: (failure, clean) => line._owner._closed(line, failure, clean),
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
  _opened(line: Line): void {
    line._heard = 1;
    if (line._attempt.purpose === "upgrade") line._transport.send([{ type: "ping", data: "probe" }]);
  }

  /** @internal */
  _drained(line: Line): void {
    if (line._state === State.Confirmed) this._flush();
  }

  /** @internal */
  _packet(line: Line, packet: EnginePacket): void {
    const { _attempt, _state, _transport } = line;
    const { type, data } = packet;
    if (_state === State.Over) return;
    if (_state === State.Confirmed) return this._onPacket(packet);
    const probe = _attempt.purpose === "upgrade";
    if (probe) {
      if (type === "pong" && data === "probe" && !this.upgrading) return this._upgrade(line);
    } else {
      const handshake = type === "open" && parseHandshake(data as string);
      if (handshake) {
        if (_state === State.Offered) return this._won(line, handshake);
        line._resumable = !!handshake.resume;
        _transport.session(handshake.sid);
        return this._remove(line);
      }
    }
    this._drop(line, new TransportError(probe ? "probe error" : "server error", packet), "invalid");
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
    this._handshake = handshake;
    this.id = handshake.sid;
    this.readyState = "open";
    this.transport = _transport;
    const session =
      handshake.resume && this._options.resume !== false && resuming._session
        ? (this._session = new resuming._session(this, handshake, handshake.resume, this._exist))
        : undefined;
    _transport.session(handshake.sid, !!session);
    if (session) session._begin(winner);
    else this._beat();
    this._log._settle(_attempt, "carrying", "opened");
    this._memory._took(this._server, _attempt.ms);
    this._fire("open");
    // What has failed just now waits for its turn.
    if (session) session._choice._probe(true);
    else {
      this._flush();
      this._probe();
    }
  }

  // --- upgrade ---

  private _probe(): void {
    const { upgrade, upgradeTimeout = 5000 } = this._options;
    const avoid = this._avoids("websocket");
    if (
      this.readyState !== "open" ||
      upgrade === false ||
      this.transport.name === "websocket" ||
      !this._names.includes("websocket") ||
      !this._handshake.upgrades.includes("websocket") ||
      // A path that cuts would take the session with it. One that was silent may only be slow, and asking costs nothing.
      (avoid && avoid !== "silent")
    ) {
      return;
    }
    const line = this._begin("websocket", "upgrade", this);
    line._timer._set(upgradeTimeout, () => this._drop(line, new TransportError("probe error", "timeout"), "silent"));
  }

  /** The candidate answered: it takes over once the current transport rests, so that no packet is lost or overtaken. */
  private _upgrade(line: Line): void {
    const old = this._lines.find(({ _state }) => _state === State.Confirmed)!;
    const { _transport, _attempt } = line;
    this.upgrading = true;
    this._fire("upgrading", _transport);
    old._transport.pause(() => {
      if (isCandidate(line)) {
        line._timer._clear();
        // At rest, and never used again: nothing to close.
        old._state = State.Over;
        line._state = State.Confirmed;
        this._lines = [line];
        this.transport = _transport;
        this._pinged = false;
        this._memory._worked = true;
        this._log._settle(old._attempt, "ended", "upgraded");
        this._log._settle(_attempt, "carrying", "upgraded");
        _transport.send([{ type: "upgrade" }]);
        this.upgrading = false;
        this._fire("upgrade", _transport);
        this._flush();
      }
    });
  }

  // --- the end of a transport ---

  /** @internal */
  _closed(line: Line, failure: TransportError | CloseDetails, clean?: boolean): void {
    const { _attempt, _heard, _live, _state } = line;
    if (_state === State.Over) return;
    const isError = failure instanceof TransportError;
    const { description, context } = failure;
    const invalid = description instanceof ProtocolViolation && "invalid";
    if (_state === State.Confirmed) {
      const cut = _live && !clean && this._broke(line, _attempt.at + _attempt.ms);
      const code = invalid || (clean ? "server" : cut ? "cut" : "lost");
      if (isError) this._fail(failure, code);
      else this._end("transport close", failure, code);
    } else {
      const error = isError ? failure : new TransportError("websocket error", description, context);
      this._drop(line, error, invalid || (_heard ? "closed" : "refused"));
    }
  }

  /** Gives up a line that carries nothing. */
  private _drop(line: Line, error: TransportError, reason: AttemptReason): void {
    const { _attempt, _live, _name, _state } = line;
    this._remove(line);
    if (_state === State.Lost) return;
    this._log._settle(_attempt, "failed", reason);
    if (_attempt.purpose === "open") {
      if (_live) {
        this._refused = reason;
        this._memory._worked = false;
      }
      if (this._fallback) this._tryNext();
      if (!this._lines.length) this._fail(error);
    } else {
      this._blame(_name, reason);
      if (this.upgrading) this.transport.resume();
      this.upgrading = false;
      this._upgradeFailed(_name, error);
      this._flush();
    }
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

  private _onPacket(packet: EnginePacket): void {
    if (packet.type === "message") return this._deliver(packet);
    this._fire("packet", packet);
    if (packet.type === "ping") {
      this._pinged = true;
      this._beat();
      this._fire("ping");
      this._write({ type: "pong" });
    } else if (packet.type === "close") {
      this._closedByServer();
    }
  }

  /** @internal */
  _closedByServer(): void {
    this._gone("transport closed by the server", "server");
  }

  /** @internal */
  _deliver(packet: EnginePacket): void {
    this._fire("packet", packet);
    this._fire("message", packet.data);
  }

  /** Restarts the heartbeat: only a ping does that. */
  private _beat(): void {
    const { pingInterval, pingTimeout } = this._handshake;
    const ms = pingInterval + pingTimeout;
    this._pingTimer._set(ms, () => this._expire());
    this._pingDeadline = this._clock.now() + ms;
  }

  private _expire(): void {
    if (this.readyState === "closed") return;
    // Never a ping: the path swallows them. After some, it was sleep, or the network.
    if (this.transport.name === "websocket" && !this._pinged) {
      this._blame("websocket", "silent");
    }
    this._end("ping timeout", { description: "no ping from the server" }, "silent");
  }

  private _write(packet: EnginePacket): this {
    if (/^open/.test(this.readyState)) {
      this._fire("packetCreate", packet);
      if (this._session) this._session._send(packet.data!);
      else {
        this._queue.push(packet);
        this._flush();
      }
    }
    return this;
  }

  private _flush(): void {
    if (!this.id || !this.transport.writable || this.upgrading) return;
    if (this._queue.length) {
      const { maxPayload } = this._handshake;
      let size = -1;
      // Separator and type go with each; one that is too large alone is sent anyway.
      const fit =
        maxPayload && this.transport.name === "polling"
          ? this._queue.findIndex(({ data }, i) => (size += payloadSize(data) + 2) > maxPayload && i)
          : -1;
      this.transport.send(this._queue.splice(0, fit < 0 ? Infinity : fit));
    } else {
      this._fire("drain");
      if (this.readyState === "closing") this._end("forced close");
    }
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
        if (!this._session && this._address.hostname !== "localhost") leave("network connection lost", "offline");
      },
      online: () => {
        this._memory._forget();
        this._session?._wake();
      },
      visibilitychange: () => {
        if (!isHidden()) this._session?._wake();
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

/** The handshake, or nothing if it is none: what timers and limits are made of must be numbers. */
function parseHandshake(json: string): Handshake | undefined {
  try {
    const handshake = JSON.parse(json);
    const { sid, upgrades, pingInterval, pingTimeout, maxPayload = 0, resume } = handshake;
    // Terms that are none, or of a later version: a session as any other.
    const { v, window, buffer, transports } = resume || {};
    if (!(v === 1 && window > 0 && buffer > 0 && Array.isArray(transports))) delete handshake.resume;
    const areNumbers = [pingInterval, pingTimeout, maxPayload].every((n) => typeof n === "number" && n >= 0);
    if (typeof sid === "string" && sid && Array.isArray(upgrades) && areNumbers) return handshake;
  } catch {
    // falls through
  }
  return;
}

/** The address of a request: the application's parameters first, then the protocol's. */
function engineUri(
  { secure, hostname, port, query: own }: Address,
  {
    path = "/socket.io",
    addTrailingSlash,
    query,
    timestampRequests,
    timestampParam,
    forceBase64,
  }: Partial<EngineOptions>,
  name: TransportName,
  sid: string | undefined,
  clock: Clock,
  more: Record<string, any>,
): string {
  const polling = name !== "websocket";
  const params = new URLSearchParams(own || query);
  const all: Record<string, any> = {
    EIO: 4,
    transport: name,
    [timestampParam || "t"]:
      (polling ? timestampRequests !== false : timestampRequests) && (clock.now() + clock.random()).toString(36),
    b64: forceBase64 && !(polling && sid) && 1,
    sid,
    ...more,
  };
  for (const key in all) if (all[key] || all[key] === 0) params.set(key, all[key]);
  const host = port === (secure ? "443" : "80") ? hostname : hostname + ":" + port;
  const directory = path.replace(/\/$/, "") + (addTrailingSlash === false ? "" : "/");
  return `${polling ? "http" : "ws"}${secure ? "s" : ""}://${host}${directory}?${params}`;
}
