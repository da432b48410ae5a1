import { Choice, RANK } from "./choice.js";
import { type CloseDetails, ProtocolViolation, TransportError } from "./close-reason.js";
import type { Engine, Handshake } from "./engine.js";
import type { BinaryData, EnginePacket } from "./engine-packet.js";
import { type Cursor, Sequence, weight, wireNumber } from "./sequence.js";
import type { Transport, TransportEvents } from "./transport.js";
import type { AttemptPurpose, AttemptReason, TransportAttempt, TransportName } from "./transport-log.js";

/** What the server grants in its open packet: a session that outlives its transports. */
export interface ResumeTerms {
  /** Version of the protocol: 1. */
  v: number;
  /** Milliseconds that it keeps a session without a transport. */
  window: number;
  /** Bytes of unacknowledged messages that each side keeps meanwhile. */
  buffer: number;
  /** What it can carry a session over. */
  transports: string[];
}

/** A transport in the life of a session. @internal */
export interface Line extends Cursor {
  readonly _name: TransportName;
  /** Its generation: of two, the higher one counts. */
  readonly _g: number;
  readonly _purpose: AttemptPurpose;
  readonly _attempt: TransportAttempt;
  _transport: Transport;
  /**
   * `offered`: the server has not spoken on it; `proven`: it has; `chosen`: written on, and there is no way back;
   * `confirmed`: the server writes on it as well; `over`: not heard any more
   */
  _state: "offered" | "proven" | "chosen" | "confirmed" | "over";
  /** What the server had received when it took the offer. */
  _proof: number;
  /** Packets without a number that wait to be written. */
  _control: EnginePacket[];
  /** The server waits to hear what has been received. */
  _ackDue: boolean;
  /** When it was chosen, brought its last packet, and was asked whether it lives; the last 0 if it was not. */
  _since: number;
  _heard: number;
  _asked: number;
  _timer?: unknown;
}

/** Milliseconds for an offer to bring the first packet, for the answer to a confirmation, and to a question. */
const PROOF_MS = 4_000;
const CONFIRM_MS = 5_000;
const ANSWER_MS = 4_000;
/** Milliseconds without an acknowledgement until the transport is asked, and until it is dead. */
const ACK_MS = 5_000;
const DEAD_ACK_MS = 9_500;
/** Milliseconds that a ping of the server may be late until the transport is asked. */
const LATE_MS = 3_000;
/** Milliseconds that a received message waits for its acknowledgement: WebSocket, and a stream. */
const IDLE_ACK_MS = 200;
const STREAM_ACK_MS = 1_000;
/** Milliseconds between two looks at the time, and what is so much longer that the machine must have slept. */
const TICK_MS = 1_000;
const SLEPT_MS = 5_000;
/** Packets without a number that may wait. */
const CONTROL = 8;
/** Ends in which nothing failed here. */
const GONE = ["window", "unknown", "taken over"];
/** Transports that may die in a row without an acknowledgement. */
const DEATHS = 3;

/**
 * A session that outlives its transports: what one of them did not bring comes over the next, once and in order.
 *
 *     offered -> proven     the server spoke on it (`7`): it may be chosen
 *     -> chosen             everything is written on it from here; those before it are still heard
 *     -> confirmed          the server answered: those before it are closed
 *     none                  detached: messages are kept, and a transport is sought, for as long as the server may wait
 *
 * The rules, with their reasons, are in docs/resumable-sessions.md.
 *
 * @internal
 */
export class ResumableSession {
  /** What carries; nothing while detached. */
  _current?: Line;
  readonly _sequence = new Sequence();
  readonly _choice: Choice;
  /** Everything that is not over: what carries, what did and is still heard, and what is offered. */
  private _lines: Line[] = [];
  /** Highest generation used. */
  private _g = 0;
  /** Received since the last acknowledgement was sent. */
  private _unacked = 0;
  private _ackTimer: unknown;
  private _tickTimer: unknown;
  private _tick = 0;
  /** When anything was heard of the server, or there was a transport that might have brought it something. */
  private _lastHeard = 0;
  /** What the last acknowledgement was, and when it came, or there was nothing to acknowledge. */
  private _lastAcked = 0;
  private _ackedAt = 0;
  private _buffered = 0;
  /** Set when the session ends as soon as everything is acknowledged: the latest time for that. */
  private _closing = 0;
  /** The server does not know the session any more. */
  private _unknown = false;
  /** Transports that died in a row since this was acknowledged. */
  private _deaths = 0;
  private _deathAcked = -1;

  constructor(
    private readonly _engine: Engine,
    private readonly _handshake: Handshake,
    private readonly _terms: ResumeTerms,
    names: TransportName[],
  ) {
    this._choice = new Choice(
      this,
      _engine,
      names.filter((name) => _terms.transports.includes(name)),
    );
  }

  /** The transport that opened the session carries it from the start. Its events have to come here from now on. */
  _begin(name: TransportName, transport: Transport, attempt: TransportAttempt, events: TransportEvents): void {
    const line = this._line(name, 0, "open", attempt);
    Object.assign(line, { _transport: transport, _state: "confirmed", _next: 1, _cursor: 1, _since: this._now() });
    Object.assign(events, this._events(line));
    transport.session(this._engine.id!, true);
    if (name !== "websocket") {
      // The rest of the body that brought the handshake is still delivered; nothing more is asked for.
      transport.pause(() => {});
      line._transport = this._engine._make(name, events, { _g: 0, _session: this });
      queueMicrotask(() => line._state !== "over" && line._transport.resume());
    }
    this._current = line;
    this._engine.transport = line._transport;
    this._lastHeard = line._heard = this._ackedAt = this._tick = this._now();
    this._onTick();
  }

  /** After `_begin`, and after the session's users know that it is open. */
  _started(): void {
    // What has failed just now waits for its turn.
    this._choice._probe(true);
  }

  // --- transports ---

  /** Reserves generations, and returns the first of them. */
  _reserve(count: number): number {
    this._g += count;
    return this._g - count + 1;
  }

  /** What was offered and may still be chosen. */
  _candidates(): Line[] {
    return this._lines.filter(({ _state }) => _state === "offered" || _state === "proven");
  }

  /** Whether a transport is needed: there is none, or what there is does not answer. */
  _wanting(): boolean {
    const line = this._current;
    return !line || (!!line._asked && this._now() - line._asked >= this._engine._bound());
  }

  /** Offers a transport, unless one of its kind is being offered. */
  _offer(name: TransportName, g: number, purpose: AttemptPurpose, why: AttemptReason): void {
    if (this._candidates().some(({ _name }) => _name === name)) return;
    const line = this._line(name, g, purpose, this._engine._log.begin(name, purpose));
    line._timer = this._engine._clock.setTimeout(() => this._fail(line, "silent"), PROOF_MS);
    line._transport = this._engine._make(name, this._events(line), { _g: g, _session: this, _why: why });
    line._transport.open();
  }

  private _line(_name: TransportName, _g: number, _purpose: AttemptPurpose, _attempt: TransportAttempt): Line {
    const line: Line = {
      _name,
      _g,
      _purpose,
      _attempt,
      _live: _name === "websocket",
      _state: "offered",
      _transport: undefined!,
      _proof: 0,
      _cursor: 0,
      _mark: false,
      _control: [],
      _ackDue: false,
      _since: 0,
      _heard: 0,
      _asked: 0,
    };
    this._lines.push(line);
    return line;
  }

  private _events(line: Line): TransportEvents {
    return {
      opened: (ack) => line._state !== "over" && this._opened(line, ack),
      packet: (packet) => line._state !== "over" && this._packet(line, packet),
      drained: (unsent) => line._state !== "over" && this._drained(line, unsent),
      closed: (failure, clean) => line._state !== "over" && this._closed(line, failure, clean),
    };
  }

  /** Chooses among those that have proven themselves, if one is needed, or better. */
  private _choose(): void {
    const current = this._current;
    if (current?._state === "chosen") return;
    for (const line of this._candidates().sort((a, b) => RANK[b._name] - RANK[a._name])) {
      if (line._state !== "proven") continue;
      if (current && !this._wanting() && RANK[current._name] >= RANK[line._name]) this._fail(line, "overtaken");
      else return this._take(line);
    }
  }

  private _take(line: Line): void {
    const { _clock } = this._engine;
    line._state = "chosen";
    this._current = line;
    this._engine.transport = line._transport;
    this._choice._chosen();
    _clock.clearTimeout(line._timer);
    // The server closes them too.
    for (const other of this._candidates()) if (other._g < line._g) this._fail(other, "overtaken");
    if (!this._sequence._ack(line._proof)) return this._end("bad ack");
    line._timer = _clock.setTimeout(() => this._fail(line, "silent"), CONFIRM_MS);
    line._since = line._heard = this._now();
    line._cursor = this._sequence._acked + 1;
    line._mark = line._ackDue = true;
    line._transport.resume();
    this._pump();
  }

  /** The server has answered the confirmation. */
  private _confirmed(line: Line): void {
    if (line._state !== "chosen") return;
    const { _clock, _log, _memory, _server } = this._engine;
    line._state = "confirmed";
    _clock.clearTimeout(line._timer);
    for (const other of this._lines) {
      if (other !== line && other._state === "confirmed") this._fail(other, "upgraded");
    }
    const upgraded = line._purpose === "upgrade";
    _memory.took(_server, line._attempt.ms);
    _log.settle(line._attempt, "carrying", upgraded ? "upgraded" : "resumed");
    this._choice._confirmed();
    if (upgraded) this._engine._fire("upgrade", line._transport);
    this._choose();
  }

  /** A transport is over, wherever it was in its life. */
  private _fail(line: Line, reason: AttemptReason): void {
    const { _clock, _log, _memory } = this._engine;
    const { _state, _attempt, _name, _since } = line;
    if (_state === "over") return;
    const carried = _state === "confirmed";
    // Replaced because it did not answer.
    if (carried && reason === "upgraded" && line._asked) reason = "silent";
    if (carried && (reason === "lost" || reason === "silent")) {
      const now = this._now();
      if (_memory.broke(this._choice._key(_name), now, now - _since) && reason === "lost") reason = "cut";
    }
    line._state = "over";
    _clock.clearTimeout(line._timer);
    this._lines = this._lines.filter((other) => other !== line);
    line._transport.close();
    const died = { ...line, _state };
    if (line === this._current) {
      this._current = undefined;
      _log.settle(_attempt, carried ? "ended" : "failed", reason);
      if (carried && this._kills(line)) return;
      this._choose();
      if (!this._current) this._choice._died(died, reason);
    } else if (carried || _state === "chosen") {
      _log.settle(_attempt, "ended", reason);
    } else {
      _log.settle(_attempt, "failed", reason);
      this._choice._failed(line, reason);
    }
  }

  /** Counts the transports that died while a message was on its way; one that kills them all ends the session. */
  private _kills({ _name }: Line): boolean {
    const { _acked, _sent } = this._sequence;
    if (_sent === _acked || _acked !== this._deathAcked) this._deaths = 0;
    this._deathAcked = _acked;
    if (_sent > _acked && ++this._deaths >= DEATHS) {
      this._deaths = 0;
      if (_name === this._choice._names[this._choice._names.length - 1]) {
        this._end("no progress");
        return true;
      }
      this._engine._memory.failed(this._choice._key(_name), this._now(), "cut");
    }
    return false;
  }

  private _closed(line: Line, failure: TransportError | CloseDetails, clean?: boolean): void {
    const { description, context, message } = failure as TransportError & { context?: any };
    const code = context?.code;
    const carries = line === this._current;
    const candidate = line._state === "offered" || line._state === "proven";
    const wanted = carries || (candidate && !(this._current && this._current._g > line._g));
    if (code === 4001 || (description === 400 && /"code": ?1\b/.test(message))) {
      this._unknown = true;
      this._end("unknown", "server");
    } else if (wanted && (code === 4009 || description === 409 || (carries && code === 4000))) this._end("taken over");
    else if (code === 1009 || description === 413) this._end("message too large");
    else if (!candidate && description instanceof ProtocolViolation) this._end("parse error", "invalid");
    else if (candidate) this._fail(line, line._heard ? "closed" : "refused");
    else this._fail(line, carries ? (clean ? "server" : "lost") : "upgraded");
  }

  // --- packets ---

  /** A packet arrived on a transport that is not over. */
  private _packet(line: Line, packet: EnginePacket): void {
    const { type, data } = packet;
    const sequence = this._sequence;
    const { _engine } = this;
    const n = wireNumber(data);
    this._lastHeard = line._heard = this._now();
    line._asked = 0;
    if (type === "close") {
      return _engine._end("transport close", { description: "transport closed by the server" }, "server");
    }
    if (line._state === "offered" && type === "ack" && n >= 0) {
      line._state = "proven";
      line._proof = n;
      line._attempt.ms = this._lastHeard - line._attempt.at;
      this._choose();
    } else if (line._state === "offered" || line._state === "proven") this._fail(line, "invalid");
    else if (type === "ack") this._acked(n);
    else if (type === "next") {
      const wrong = sequence._marked(line, n);
      if (wrong) this._end(wrong, "invalid");
      else this._confirmed(line);
    } else if (type === "message") {
      if (!line._next) this._end("protocol error", "invalid");
      else if (sequence._arrived(line)) {
        this._ackLater(data!);
        _engine._deliver(packet);
      }
    } else if (type === "ping") {
      _engine._fire("ping");
      this._control(line, { type: "pong", data });
    } else if (type !== "pong" && type !== "noop") this._end("parse error", "invalid");
  }

  private _acked(n: number): void {
    if (!this._sequence._ack(n)) return this._end("bad ack", "invalid");
    this._pump();
    this._finish();
  }

  /** An HTTP request was answered with 200: by a body of packets, or what a POST acknowledges. */
  private _opened(line: Line, ack?: string): void {
    // An open WebSocket says nothing of the server.
    if (line._live) {
      line._heard ||= 1;
      return;
    }
    this._lastHeard = this._now();
    this._confirmed(line);
    if (ack) this._acked(wireNumber(ack));
    else line._next = undefined;
  }

  // --- sending ---

  /** Takes a message: written now if it can be, kept until it is acknowledged in any case. */
  _send(data: string | BinaryData): void {
    const { _weight } = this._sequence;
    if (!this._current && _weight && _weight + weight(data) > this._terms.buffer) return this._end("buffer");
    this._sequence._add(data);
    this._pump();
  }

  private _control(line: Line, packet: EnginePacket): void {
    if (line._control.length < CONTROL) line._control.push(packet);
    this._pump(line);
  }

  private _ackLater(data: string | BinaryData): void {
    const line = this._current;
    this._unacked += weight(data);
    // A poll acknowledges by asking for more.
    if (!line || line._name === "polling") return;
    const { _clock } = this._engine;
    const now = () => {
      _clock.clearTimeout(this._ackTimer);
      this._ackTimer = undefined;
      if (!this._current || !this._unacked) return;
      this._current._ackDue = true;
      this._pump();
    };
    if (this._unacked > this._terms.buffer / 4) now();
    else this._ackTimer ||= _clock.setTimeout(now, line._live ? IDLE_ACK_MS : STREAM_ACK_MS);
  }

  private _drained(line: Line, unsent?: EnginePacket[]): void {
    if (unsent) {
      // Empty if need be: a confirmation or an acknowledgement may have been lost with it.
      line._ackDue = true;
      line._control.unshift(...unsent.filter(({ type }) => type === "pong" || type === "ping"));
      line._control.length = Math.min(line._control.length, CONTROL);
    }
    this._pump(line);
  }

  /** The only writer. Messages go out on the current transport alone. */
  private _pump(line = this._current): void {
    if (!line?._transport.writable || line._state === "offered") return;
    const { maxPayload } = this._handshake;
    const packets: EnginePacket[] = [];
    const { _live, _ackDue } = line;
    const received = this._sequence._received;
    if (_live && _ackDue) packets.push({ type: "ack", data: "" + received });
    packets.push(...line._control.splice(0));
    if (line === this._current) {
      // A body says for itself where it begins, and the one before it has been answered.
      if (!_live) {
        line._cursor = this._sequence._acked + 1;
        line._mark = true;
      }
      packets.push(...this._sequence._take(line, this._terms.buffer / 2, maxPayload || Infinity));
    }
    if (packets.length || _ackDue) {
      line._ackDue = false;
      if (!_live || _ackDue) this._unacked = 0;
      line._transport.send(packets);
    } else if (this._sequence._sent === this._sequence._last) this._engine._fire("drain");
  }

  // --- liveness ---

  /** Something hints at trouble, or at its end: asks what carries, and looks for something beside it if it is silent. */
  _wake(): void {
    this._choice._wake();
    this._ask();
  }

  private _ask(): void {
    const line = this._current;
    if (!line || line._asked || line._state !== "confirmed") return;
    line._asked = this._now();
    this._engine._clock.setTimeout(() => {
      if (line === this._current && this._wanting()) {
        this._choice._why = "silent";
        this._choice._seek();
      }
    }, this._engine._bound());
    this._control(line, { type: "ping", data: "" + Math.floor(this._engine._clock.random() * 1000) });
  }

  private _onTick(): void {
    const { _clock } = this._engine;
    const { pingInterval, pingTimeout } = this._handshake;
    const { _acked, _sent } = this._sequence;
    const now = this._now();
    const slept = now - this._tick > SLEPT_MS;
    const line = this._current;
    this._tick = now;
    this._tickTimer = _clock.setTimeout(() => this._onTick(), TICK_MS);
    // What was sent on a transport that was thought alive may have reached the server, and prolonged its patience.
    if (line) this._lastHeard = now;
    // The server's clock decides: this is later than it can possibly wait.
    if (now - this._lastHeard > this._terms.window + pingInterval + pingTimeout + 5_000) return this._end("window");
    if (this._closing && now > this._closing) return this._engine._end("forced close");
    if (slept && !globalThis.document?.hidden) this._wake();
    if (!line) return;
    // Large messages take their time: what still leaves the page is progress.
    const { bufferedAmount = 0 } = line._transport;
    const flows = bufferedAmount < this._buffered;
    this._buffered = bufferedAmount;
    if (_acked === _sent || _acked !== this._lastAcked || flows) this._ackedAt = now;
    this._lastAcked = _acked;
    if (flows && line._asked) line._asked = now;
    const late = line._live ? now - this._ackedAt : 0;
    const silent = line._name === "polling" ? 0 : now - line._heard;
    if ((line._asked && now - line._asked > ANSWER_MS) || late > DEAD_ACK_MS) this._fail(line, "silent");
    else if (late > ACK_MS || silent > pingInterval + LATE_MS) this._ask();
  }

  private _now(): number {
    return this._engine._clock.now();
  }

  // --- the end ---

  /** Ends the session when everything is acknowledged, or a window has passed. */
  _close(): void {
    this._closing = this._now() + this._terms.window;
    this._finish();
  }

  private _finish(): void {
    if (this._closing && this._sequence._acked === this._sequence._last) this._engine._end("forced close");
  }

  /** Ends the session: with the exact word, and as the reason that Socket.IO has for it. */
  private _end(word: string, code: AttemptReason = "lost"): void {
    if (GONE.includes(word)) this._engine._end("transport close", { description: word }, code);
    else this._engine._fail(new TransportError("session error", word), code);
  }

  /** Takes everything down; returns the record of what carried. `code` says who ended the session, and why. */
  _stop(code: AttemptReason): TransportAttempt | undefined {
    const { _clock, _log } = this._engine;
    const current = this._current;
    const lines = this._lines;
    this._choice._stop();
    _clock.clearTimeout(this._ackTimer);
    _clock.clearTimeout(this._tickTimer);
    this._lines = [];
    this._current = undefined;
    for (const line of lines) {
      const candidate = line._state === "offered" || line._state === "proven";
      line._state = "over";
      _clock.clearTimeout(line._timer);
      if (line === current) _log.settle(line._attempt, "ended", code);
      else _log.settle(line._attempt, candidate ? "failed" : "ended", candidate ? "abandoned" : "upgraded");
      // The server may wait for the acknowledgement of what it said last; this tells it that nothing more will come.
      line._transport.close(line === current && !this._unknown);
    }
    return current?._attempt;
  }
}
