import { type CloseDetails, type CloseReason, ProtocolViolation, TransportError } from "./close-reason.js";
import { type Address } from "./address.js";
import { Emitter } from "./emitter.js";
import { type BinaryData, type EnginePacket, payloadSize } from "./engine-packet.js";
import { type Clock, isHidden, systemClock, Timer } from "./environment.js";
import type { EngineOptions } from "./options.js";
import { PollingTransport } from "./polling-transport.js";
import type { ResumableSession, ResumeTerms } from "./resume.js";
import { resuming } from "./resuming.js";
import type { Transport, TransportEvents, TransportSetup } from "./transport.js";
import type { AttemptReason, TransportAttempt, TransportLog, TransportName } from "./transport-log.js";
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

const enum Role {
  Opening,
  Probe,
  Current,
  /** Another was faster; waits for the session it does not need, to end it. */
  Lost,
  None,
}

/**
 * A transport being tried or in use. Its role is the generation guard: what a transport says is read in the light of
 * it, and one that is over (`None`) is not heard any more.
 */
interface Candidate {
  _transport: Transport;
  _attempt: TransportAttempt;
  _role: Role;
  /** It opened, whatever that proves. */
  _opened?: boolean;
  /** Bounds the time as probe or lost. */
  readonly _timer: Timer;
  /** The session that it opened and lost is resumable. */
  _resumable?: boolean;
  /** Where it says what happens to it. */
  _events: TransportEvents;
}

/** The place of a transport in a resumable session. @internal */
export interface Place {
  readonly _g: number;
  readonly _session: ResumableSession;
  /** Told to the server with the offer. */
  readonly _why?: AttemptReason;
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
  /** Everything begun and not over. */
  private _candidates: Candidate[] = [];
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
  private _pingDeadline = Infinity;
  /** The current transport brought a ping. */
  private _pinged = false;
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
    const { fetch, WebSocket } = this._setup();
    const exists = { websocket: WebSocket, stream: resuming._http && fetch, polling: fetch };
    this._exist = configured.filter((name) => name in exists && (_options.createTransport || exists[name]));
    // A stream is for sessions that are open.
    const names = this._exist.filter((name) => name !== "stream");
    // WebSocket comes last, first, or where it was configured.
    const place = memory.avoid(this._server, clock.now()) ? 1 : _options.rememberUpgrade && memory.worked ? -1 : 0;
    names.sort((a, b) => place * (+(a === "websocket") - +(b === "websocket")));
    this._names = names;
    this._fallback = _options.tryAllTransports || configured[0] === "websocket" || names[0] === "websocket";
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
      else this._closeIfIdle();
    }
    return this;
  }

  /** What was tried to carry this connection, by this engine and those before it, newest last: at most 50 records. */
  explain(): TransportAttempt[] {
    return this._log.list();
  }

  /**
   * Whether the heartbeat expired without its timer having noticed; the session ends then.
   *
   * @internal
   */
  _hasExpired(): boolean {
    const expired = this._clock.now() > this._pingDeadline;
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
    let last = this._session?._stop(code);
    for (const candidate of this._candidates) {
      const { _role, _attempt } = candidate;
      if (_role === Role.Current) {
        this._log.settle(_attempt, "ended", code);
        last = _attempt;
      } else if (_role !== Role.Lost) this._log.settle(_attempt, "failed", code === "silent" ? code : "abandoned");
      this._forget(candidate);
    }
    if (details && last) (details as CloseDetails).attempt = { ...last };
    this._queue = [];
    this._fire("close", reason, details);
  }

  /** Ends the session with an error. @internal */
  _fail(error: Error, code?: AttemptReason): void {
    if (this.readyState === "closed") return;
    this._fire("error", error);
    this._end("transport error", error, code);
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
    const { _transport } = this._begin(name, Role.Opening);
    this.transport = this.transport || _transport;
  }

  /** Milliseconds for a transport to bring the first packet of the server. @internal */
  _bound(): number {
    return this._options.proofOfLife ?? this._memory.bound(this._server);
  }

  private _setup(
    name?: TransportName,
    place?: Place,
    candidate?: Partial<Candidate>,
  ): TransportSetup & Partial<EngineOptions> {
    const options = { ...this._options, ...this._options.transportOptions?.[name!] };
    return {
      WebSocket: globalThis.WebSocket,
      fetch: globalThis.fetch,
      ...options,
      clock: this._clock,
      sid: this.id,
      resumable: !!place,
      pollTimeout: place && this._handshake.pingInterval + Ms.PollSlack,
      uri: (sid, on) => {
        const more: Record<string, unknown> = {};
        if (place) {
          more[on ? "on" : "attach"] = place._g;
          more.ack = place._session._sequence._received;
          if (!on) more.why = place._why;
        } else if (candidate?._resumable) more.on = more.ack = 0;
        else if (!sid && resuming._session && options.resume !== false) more.towpath = 1;
        return engineUri(this._address, options, name!, sid, this._clock, more);
      },
    };
  }

  /** Makes a transport. @internal */
  _make(name: TransportName, events: TransportEvents, place?: Place, candidate?: Candidate): Transport {
    const setup = this._setup(name, place, candidate);
    if (setup.createTransport) return setup.createTransport(name, setup, events);
    if (name === "websocket") return new WebSocketTransport(setup, events);
    return place ? new resuming._http!(name, setup, events) : new PollingTransport(setup, events);
  }

  private _begin(name: TransportName, _role: Role.Opening | Role.Probe): Candidate {
    const candidate = {
      _attempt: this._log.begin(name, _role === Role.Probe ? "upgrade" : "open"),
      _role,
      _timer: new Timer(this._clock),
    } as Candidate;
    candidate._events = {
      opened: () => {
        candidate._opened = true;
        if (candidate._role === Role.Probe) candidate._transport.send([{ type: "ping", data: "probe" }]);
      },
      packet: (packet) => this._received(candidate, packet),
      drained: () => {
        if (candidate._role === Role.Current) this._flush();
      },
      closed: (failure, clean) => this._closed(candidate, failure, clean),
    };
    candidate._transport = this._make(name, candidate._events, undefined, candidate);
    this._candidates.push(candidate);
    candidate._transport.open();
    return candidate;
  }

  private _received(candidate: Candidate, packet: EnginePacket): void {
    const { _role, _transport } = candidate;
    if (_role === Role.Current) return this._onPacket(packet);
    if (_role === Role.None) return;
    if (_role === Role.Probe) {
      if (packet.type === "pong" && packet.data === "probe" && !this.upgrading) return this._upgrade(candidate);
    } else {
      const handshake = packet.type === "open" && parseHandshake(packet.data as string);
      if (handshake) {
        if (_role === Role.Opening) return this._won(candidate, handshake);
        candidate._resumable = !!handshake.resume;
        _transport.session(handshake.sid);
        return this._forget(candidate);
      }
    }
    this._drop(candidate, new TransportError(_role === Role.Probe ? "probe error" : "server error", packet), "invalid");
  }

  /** The first candidate that speaks carries the session. */
  private _won(winner: Candidate, handshake: Handshake): void {
    this._headStart._clear();
    const isWebSocket = winner._attempt.transport === "websocket";
    winner._role = Role.Current;
    for (const loser of this._candidates) {
      if (loser === winner) continue;
      this._log.settle(loser._attempt, "failed", isWebSocket ? "overtaken" : (this._refused = "silent"));
      if (isWebSocket) {
        // The server has made a session for it, or will: ended when its id is known, so that the server need not wait.
        loser._role = Role.Lost;
        loser._timer._set(Ms.Linger, () => this._forget(loser));
      } else this._forget(loser);
    }
    this._memory.worked = isWebSocket;
    if (!isWebSocket && this._refused) this._memory.failed(this._server, this._clock.now(), this._refused);
    this._handshake = handshake;
    this.id = handshake.sid;
    this.readyState = "open";
    const { _attempt, _transport, _events } = winner;
    if (handshake.resume && resuming._session && this._options.resume !== false) {
      winner._role = Role.None;
      this._candidates = this._candidates.filter(({ _role }) => _role === Role.Lost);
      this._session = new resuming._session(this, handshake, handshake.resume, this._exist);
      this._session._begin(_transport, _attempt, _events);
    } else {
      this.transport = _transport;
      _transport.session(handshake.sid);
      this._beat();
    }
    this._log.settle(_attempt, "carrying", "opened");
    this._memory.took(this._server, _attempt.ms);
    this._fire("open");
    // What has failed just now waits for its turn.
    if (this._session) this._session._choice._probe(true);
    else {
      this._flush();
      this._probe();
    }
  }

  // --- upgrade ---

  private _probe(): void {
    const { upgrade, upgradeTimeout = 5000 } = this._options;
    const avoid = this._memory.avoid(this._server, this._clock.now());
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
    const candidate = this._begin("websocket", Role.Probe);
    candidate._timer._set(upgradeTimeout, () =>
      this._drop(candidate, new TransportError("probe error", "timeout"), "silent"),
    );
  }

  /** The candidate answered: it takes over once the current transport rests, so that no packet is lost or overtaken. */
  private _upgrade(candidate: Candidate): void {
    const old = this._candidates.find(({ _role }) => _role === Role.Current)!;
    const { _transport, _attempt } = candidate;
    this.upgrading = true;
    this._fire("upgrading", _transport);
    old._transport.pause(() => {
      if (candidate._role !== Role.Probe) return;
      candidate._timer._clear();
      // At rest, and never used again: nothing to close.
      old._role = Role.None;
      candidate._role = Role.Current;
      this._candidates = [candidate];
      this.transport = _transport;
      this._pinged = false;
      this._memory.worked = true;
      this._log.settle(old._attempt, "ended", "upgraded");
      this._log.settle(_attempt, "carrying", "upgraded");
      _transport.send([{ type: "upgrade" }]);
      this.upgrading = false;
      this._fire("upgrade", _transport);
      this._flush();
    });
  }

  // --- the end of a transport ---

  private _closed(candidate: Candidate, failure: TransportError | CloseDetails, clean?: boolean): void {
    const { _role, _attempt, _opened } = candidate;
    if (_role === Role.None) return;
    const isError = failure instanceof TransportError;
    const { description, context } = failure;
    const invalid = description instanceof ProtocolViolation && "invalid";
    if (_role === Role.Current) {
      const { at, ms, transport } = _attempt;
      const now = this._clock.now();
      const cut = transport === "websocket" && !clean && this._memory.broke(this._server, now, now - at - ms);
      const code = invalid || (clean ? "server" : cut ? "cut" : "lost");
      if (isError) this._fail(failure, code);
      else this._end("transport close", failure, code);
    } else {
      const error = isError ? failure : new TransportError("websocket error", description, context);
      this._drop(candidate, error, invalid || (_opened ? "closed" : "refused"));
    }
  }

  /** Gives up a candidate that carries nothing. */
  private _drop(candidate: Candidate, error: TransportError, reason: AttemptReason): void {
    const { _role, _attempt } = candidate;
    this._forget(candidate);
    if (_role === Role.Opening) {
      this._log.settle(_attempt, "failed", reason);
      if (_attempt.transport === "websocket") {
        this._refused = reason;
        this._memory.worked = false;
      }
      if (this._fallback) this._tryNext();
      if (!this._candidates.length) this._fail(error);
    } else if (_role === Role.Probe) {
      this._log.settle(_attempt, "failed", reason);
      this._memory.failed(this._server, this._clock.now(), reason);
      if (this.upgrading) this.transport.resume();
      this.upgrading = false;
      this._upgradeFailed(_attempt.transport, error);
      this._flush();
    }
  }

  /** @internal */
  _upgradeFailed(transport: TransportName, error: TransportError): void {
    this._fire("upgradeError", Object.assign(error, { transport }));
  }

  private _forget(candidate: Candidate): void {
    candidate._role = Role.None;
    candidate._timer._clear();
    this._candidates = this._candidates.filter((other) => other !== candidate);
    candidate._transport.close();
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
    this._end("transport close", { description: "transport closed by the server" }, "server");
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
      this._memory.failed(this._server, this._clock.now(), "silent");
    }
    this._end("ping timeout", { description: "no ping from the server" }, "silent");
  }

  private _write(packet: EnginePacket): this {
    if (this.readyState === "opening" || this.readyState === "open") {
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
    if (!this.id || this.readyState === "closed" || !this.transport.writable || this.upgrading) return;
    if (this._queue.length) {
      this.transport.send(this._queue.splice(0, this._batch()));
    } else {
      this._fire("drain");
      this._closeIfIdle();
    }
  }

  /** How many of the queued packets fit into one request; one that is too large alone is sent anyway. */
  private _batch(): number {
    const { maxPayload } = this._handshake;
    if (!maxPayload || this.transport.name !== "polling") return this._queue.length;
    let size = -1;
    // Separator and type go with each.
    const fit = this._queue.findIndex(({ data }, i) => (size += payloadSize(data) + 2) > maxPayload && i);
    return fit < 0 ? this._queue.length : fit;
  }

  private _closeIfIdle(): void {
    if (this.readyState === "closing" && !this.upgrading && !this._queue.length && this.transport.writable) {
      this._end("forced close");
    }
  }

  // --- the page ---

  private _listen(): void {
    const leave = (description: string, code: AttemptReason) => {
      if (this.readyState === "opening") this._fail(new TransportError(description));
      else this._end("transport close", { description }, code);
    };
    const handlers: Record<string, () => void> = {
      offline: () => {
        // Another network may treat WebSocket better.
        this._memory.forget();
        // A resumable session waits for the network to come back.
        if (!this._session && this._address.hostname !== "localhost") leave("network connection lost", "offline");
      },
      online: () => {
        this._memory.forget();
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
  let handshake: any;
  try {
    handshake = JSON.parse(json);
  } catch {
    return;
  }
  const { sid, upgrades, pingInterval, pingTimeout, maxPayload = 0, resume } = handshake || {};
  // Terms that are none, or of a later version: a session as any other.
  const { v, window, buffer, transports } = resume || {};
  if (!(v === 1 && window > 0 && buffer > 0 && Array.isArray(transports))) delete handshake?.resume;
  const areNumbers = [pingInterval, pingTimeout, maxPayload].every((n) => typeof n === "number" && n >= 0);
  return sid && typeof sid === "string" && Array.isArray(upgrades) && areNumbers ? handshake : undefined;
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
  params.set("EIO", "4");
  params.set("transport", name);
  if (polling ? timestampRequests !== false : timestampRequests) {
    params.set(timestampParam || "t", clock.now().toString(36).slice(3) + clock.random().toString(36).slice(2, 5));
  }
  if (forceBase64 && !(polling && sid)) params.set("b64", "1");
  if (sid) params.set("sid", sid);
  for (const key in more) if (more[key] !== undefined) params.set(key, more[key]);
  const host = port === (secure ? "443" : "80") ? hostname : hostname + ":" + port;
  const directory = path.replace(/\/$/, "") + (addTrailingSlash === false ? "" : "/");
  return `${polling ? "http" : "ws"}${secure ? "s" : ""}://${host}${directory}?${params}`;
}
