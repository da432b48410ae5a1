import { Choice } from "./choice.js";
import { type CloseDetails, ProtocolViolation, TransportError } from "./close-reason.js";
import type { Engine } from "./engine.js";
import type { BinaryData, EnginePacket } from "./engine-packet.js";
import { isHidden, Timer } from "./environment.js";
import type { Handshake, ResumeTerms } from "./handshake.js";
import { isCandidate, type Line, RANK, type Session, State } from "./line.js";
import { Sequence, weight, wireNumber } from "./sequence.js";
import type { AttemptPurpose, AttemptReason, TransportName } from "./transport-log.js";

/** Milliseconds. */
const enum Ms {
  /** For an offer to bring the first packet, for the answer to a confirmation, and to a question. */
  Proof = 4_000,
  Confirm = 5_000,
  Answer = 4_000,
  /** Without an acknowledgement, until the transport is asked, and until it is dead. */
  Ack = 5_000,
  DeadAck = 9_500,
  /** That a ping of the server may be late until the transport is asked. */
  Late = 3_000,
  /** That the answer to a poll may be later than the server's ping. */
  PollSlack = 5_000,
  /** That the end of everything may be later than the server's. */
  Slack = 5_000,
  /** That a received message waits for its acknowledgement: WebSocket, and a stream. */
  IdleAck = 200,
  StreamAck = 1_000,
  /** Between two looks at the time, and what is so much longer that the machine must have slept. */
  Tick = 1_000,
  Slept = 5_000,
}

const enum Bound {
  /** Packets without a number that may wait. */
  Control = 8,
  /** Transports that may die in a row without an acknowledgement. */
  Deaths = 3,
}

/**
 * A session that outlives its transports: what one of them did not bring comes over the next, once and in order. A
 * transport is offered; proves itself when the server speaks on it; is chosen, and everything is written on it from
 * there; and is confirmed when the server answers, and those before it are closed. Without one the session is
 * detached: messages are kept, and a transport is sought, for as long as the server may wait.
 *
 * @internal
 */
export class ResumableSession implements Session {
  readonly _pollTimeout: number;
  private readonly _terms: ResumeTerms;
  /** What carries; nothing while detached. */
  _current?: Line;
  readonly _sequence = new Sequence();
  readonly _choice: Choice;
  /** Highest generation used. */
  private _g = 0;
  /** Received since the last acknowledgement was sent. */
  private _unacked = 0;
  private readonly _ackTimer: Timer;
  private readonly _tickTimer: Timer;
  /** When the time was last looked at. */
  private _tick!: number;
  /** When anything was heard of the server, or there was a transport that might have brought it something. */
  private _lastHeard!: number;
  /** What the last acknowledgement was, and when it came, or there was nothing to acknowledge. */
  private _lastAcked?: number;
  private _ackedAt!: number;
  /** What had not left the page. */
  private _buffered!: number;
  /** Set when the session ends as soon as everything is acknowledged: the latest time for that. */
  private _closing?: number;
  /** The server does not know the session any more. */
  private _unknown?: boolean;
  /** Transports that died in a row since this was acknowledged. */
  private _deaths!: number;
  private _deathAcked?: number;

  constructor(
    private readonly _engine: Engine,
    private readonly _handshake: Handshake,
    names: TransportName[],
  ) {
    this._terms = _handshake.resume!;
    this._pollTimeout = _handshake.pingInterval + Ms.PollSlack;
    this._choice = new Choice(
      this,
      _engine,
      names.filter((name) => this._terms.transports.includes(name)),
    );
    this._ackTimer = new Timer(_engine._clock);
    this._tickTimer = new Timer(_engine._clock);
  }

  /** The transport that opened the session carries it from the start. */
  _begin(line: Line): void {
    const { _engine } = this;
    line._next = 1;
    this._use(line);
    if (!line._live) {
      // The rest of the body that brought the handshake is still delivered; nothing more is asked for.
      line._transport.pause(() => {});
      _engine._make(line);
      _engine.transport = line._transport;
      queueMicrotask(() => {
        if (line._state === State.Over) return;
        line._transport.resume();
        this._pump();
      });
    }
    this._onTick();
  }

  _start(): void {
    // What has failed just now waits for its turn.
    this._choice._probe(true);
  }

  _parameters({ _g, _why }: Line, _sid?: string, on?: boolean): object {
    return { [on ? "on" : "attach"]: _g, ack: this._sequence._received, why: !on && _why };
  }

  // --- transports ---

  /** Reserves generations, and returns the first of them. */
  _reserve(count: number): number {
    this._g += count;
    return this._g - count + 1;
  }

  /** What was offered and may still be chosen. */
  _candidates(): Line[] {
    return this._engine._lines.filter(isCandidate);
  }

  /** Whether a transport is needed: there is none, or what there is does not answer. */
  _wanting(): boolean {
    const line = this._current;
    return !line || this._now() - line._asked! >= this._engine._bound();
  }

  /** Offers a transport, unless one of its kind is being offered. */
  _offer(name: TransportName, g: number, purpose: AttemptPurpose, why: AttemptReason): void {
    if (this._candidates().some(({ _name }) => _name === name)) return;
    const line = this._engine._try(name, purpose, this, g, why);
    line._timer._set(Ms.Proof, () => this._fail(line, "silent"));
  }

  /** Writes on a transport from here on. */
  private _use(line: Line): void {
    this._current = line;
    this._engine.transport = line._transport;
    line._since = line._heard = this._now();
    line._cursor = this._sequence._acked + 1;
  }

  /** Chooses among those that have proven themselves, if one is needed, or better. One choice at a time. */
  private _choose(): void {
    const current = this._current;
    if (current?._state === State.Chosen) return;
    for (const line of this._candidates().sort((a, b) => RANK[b._name] - RANK[a._name])) {
      if (line._state === State.Offered) continue;
      if (this._wanting() || RANK[line._name] > RANK[current!._name]) return this._take(line);
      this._fail(line, "overtaken");
    }
  }

  private _take(line: Line): void {
    line._state = State.Chosen;
    line._timer._set(Ms.Confirm, () => this._fail(line, "silent"));
    const isAcked = this._sequence._ack(line._proof!);
    this._use(line);
    this._choice._chosen();
    // The server closes them too.
    for (const other of this._candidates()) if (other._g < line._g) this._fail(other, "overtaken");
    if (!isAcked) return this._end("bad ack", "invalid");
    line._mark = line._ackDue = true;
    line._transport.resume();
    this._pump();
  }

  /** The server has answered the confirmation. */
  private _confirmed(line: Line): void {
    if (line._state !== State.Chosen) return;
    const { _attempt, _timer, _transport } = line;
    const { _log, _memory, _server } = this._engine;
    const upgraded = _attempt.purpose === "upgrade";
    _timer._clear();
    for (const other of this._engine._lines) if (other._state === State.Confirmed) this._fail(other, "upgraded");
    line._state = State.Confirmed;
    _memory._took(_server, _attempt.ms);
    _log._settle(_attempt, "carrying", upgraded ? "upgraded" : "resumed");
    this._choice._confirmed();
    if (upgraded) this._engine._fire("upgrade", _transport);
    this._choose();
  }

  /** A transport is over, wherever it was in its life. */
  private _fail(line: Line, reason: AttemptReason): void {
    const { _state, _attempt, _since, _asked } = line;
    const { _engine } = this;
    if (_state === State.Over) return;
    const confirmed = _state === State.Confirmed;
    if (confirmed) {
      // Replaced because it did not answer.
      if (reason === "upgraded" && _asked) reason = "silent";
      const broke = reason === "lost" || reason === "silent";
      const cut = broke && _engine._broke(line, _since);
      if (cut && reason === "lost") reason = "cut";
    }
    _engine._remove(line);
    _engine._log._settle(_attempt, confirmed ? "ended" : "failed", reason);
    if (_state < State.Chosen) this._choice._failed(line, reason);
    if (line !== this._current) return;
    this._current = undefined;
    if (confirmed && this._kills(line)) return;
    this._choose();
    if (!this._current) this._choice._died(line, reason, confirmed);
  }

  /** Counts the transports that died while a message was on its way; one that kills them all ends the session. */
  private _kills({ _name }: Line): boolean {
    const { _acked, _sent } = this._sequence;
    if (_sent === _acked || _acked !== this._deathAcked) this._deaths = 0;
    this._deathAcked = _acked;
    if (_sent === _acked || ++this._deaths < Bound.Deaths) return false;
    this._deaths = 0;
    const lowest = _name === this._choice._names[0];
    if (lowest) this._end("no progress");
    else this._engine._blame(_name, "cut");
    return lowest;
  }

  _closed(line: Line, failure: TransportError | CloseDetails, clean?: boolean): void {
    const { description, context, message } = failure as TransportError & { context?: any };
    const code = context?.code;
    const { _engine, _current: current } = this;
    const candidate = isCandidate(line);
    if (code === 4001 || (description === 400 && /"code": ?1\b/.test(message))) {
      this._unknown = true;
      _engine._gone("unknown", "server");
    } else if (
      // Nobody but another client can have done that.
      (code === 4009 || description === 409 || code === 4000) &&
      (line === current || (candidate && !(current && current._g > line._g)))
    ) {
      _engine._gone("taken over", "lost");
    } else if (code === 1009 || description === 413) this._end("message too large");
    else if (!candidate && description instanceof ProtocolViolation) this._end("parse error", "invalid");
    else if (candidate) this._fail(line, line._heard ? "closed" : "refused");
    else this._fail(line, line !== current ? "upgraded" : clean ? "server" : "lost");
  }

  // --- packets ---

  _packet(line: Line, packet: EnginePacket): void {
    const { type, data } = packet;
    const { _engine, _sequence } = this;
    const n = wireNumber(data);
    this._lastHeard = line._heard = this._now();
    line._asked = undefined;
    if (type === "close") _engine._closedByServer();
    else if (isCandidate(line)) {
      if (type !== "ack" || !(n >= 0)) return this._fail(line, "invalid");
      line._state = State.Proven;
      line._proof = n;
      line._attempt.ms = this._lastHeard - line._attempt.at;
      this._choose();
    } else if (type === "ack") this._acked(n);
    else if (type === "next") {
      const wrong = _sequence._marked(line, n);
      if (wrong) this._end(wrong, "invalid");
      else this._confirmed(line);
    } else if (type === "message") {
      if (!line._next) this._end("protocol error", "invalid");
      else if (_sequence._arrived(line)) {
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
  _opened(line: Line, ack?: string): void {
    // An open WebSocket says nothing of the server.
    if (line._live) return;
    this._lastHeard = this._now();
    this._confirmed(line);
    if (ack) this._acked(wireNumber(ack));
    else line._next = 0;
  }

  // --- sending ---

  /** Takes a message: written now if it can be, kept until it is acknowledged in any case. */
  _send({ data }: EnginePacket): void {
    const { _sequence, _terms } = this;
    if (!this._current && _sequence._weight && _sequence._weight + weight(data!) > _terms.buffer) {
      return this._end("buffer");
    }
    _sequence._add(data!);
    this._pump();
  }

  private _control(line: Line, packet: EnginePacket): void {
    if (line._control.length < Bound.Control) line._control.push(packet);
    this._pump(line);
  }

  private _ackLater(data: string | BinaryData): void {
    const line = this._current;
    // A poll acknowledges by asking for more.
    if (!line || line._name === "polling") return;
    const now = () => {
      if (!this._current || !this._unacked) return;
      this._current._ackDue = true;
      this._pump();
    };
    if (!this._unacked) this._ackTimer._set(line._live ? Ms.IdleAck : Ms.StreamAck, now);
    this._unacked += weight(data);
    if (this._unacked > this._terms.buffer / 4) now();
  }

  _drained(line: Line, unsent?: EnginePacket[]): void {
    if (unsent) {
      // Empty if need be: a confirmation or an acknowledgement may have been lost with it.
      line._ackDue = true;
      const control = unsent.filter(({ type }) => /^p/.test(type));
      line._control = [...control, ...line._control].slice(0, Bound.Control);
    }
    this._pump(line);
  }

  /** The only writer. Messages go out on the current transport alone. */
  private _pump(line = this._current): void {
    if (!line?._transport.writable || isCandidate(line)) return;
    const { _sequence } = this;
    const { _live, _ackDue } = line;
    const packets: EnginePacket[] = _live && _ackDue ? [{ type: "ack", data: "" + _sequence._received }] : [];
    packets.push(...line._control.splice(0));
    if (line === this._current) {
      // A body says for itself where it begins, and the one before it has been answered.
      if (!_live) {
        line._cursor = _sequence._acked + 1;
        line._mark = true;
      }
      packets.push(..._sequence._take(line, this._terms.buffer / 2, this._handshake.maxPayload || Infinity));
    }
    if (packets.length || _ackDue) {
      line._ackDue = false;
      // Nobody reads what a transport that was left has to say of that.
      if (line === this._current && (!_live || _ackDue)) this._unacked = 0;
      line._transport.send(packets);
    } else if (_sequence._sent === _sequence._last) this._engine._fire("drain");
  }

  // --- liveness ---

  /** Something hints at trouble, or at its end: asks what carries, and looks for something beside it if it is silent. */
  _wake(): void {
    this._choice._wake();
    this._ask();
  }

  private _ask(): void {
    const line = this._current;
    const { _engine } = this;
    if (line?._state !== State.Confirmed || line._asked) return;
    line._asked = this._now();
    line._timer._set(_engine._bound(), () => {
      if (line === this._current && this._wanting()) this._choice._seek("silent");
    });
    this._control(line, { type: "ping", data: "0" });
  }

  private _onTick(): void {
    const { pingInterval, pingTimeout } = this._handshake;
    const { _acked, _sent } = this._sequence;
    const line = this._current;
    const now = this._now();
    const slept = now - this._tick > Ms.Slept;
    this._tick = now;
    this._tickTimer._set(Ms.Tick, () => this._onTick());
    // What was sent on a transport that was thought alive may have reached the server, and prolonged its patience.
    if (line) this._lastHeard = now;
    // The server's clock decides: this is later than it can possibly wait.
    if (now - this._lastHeard > this._terms.window + pingInterval + pingTimeout + Ms.Slack)
      return this._engine._gone("window", "lost");
    if (now > this._closing!) return this._engine._end("forced close");
    if (slept && !isHidden()) this._wake();
    if (!line) return;
    // Large messages take their time: what still leaves the page is progress.
    const { bufferedAmount = 0 } = line._transport;
    const flows = bufferedAmount < this._buffered;
    this._buffered = bufferedAmount;
    if (_acked === _sent || _acked !== this._lastAcked || flows) this._ackedAt = now;
    this._lastAcked = _acked;
    if (flows && line._asked) line._asked = now;
    const late = line._live ? now - this._ackedAt : 0;
    if (now - line._asked! > Ms.Answer || late > Ms.DeadAck) this._fail(line, "silent");
    else if (late > Ms.Ack || (line._name !== "polling" && now - line._heard > pingInterval + Ms.Late)) this._ask();
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

  /** Ends the session, and says why with the exact word. */
  private _end(word: string, code: AttemptReason = "lost"): void {
    this._engine._fail(new TransportError("session error", word), code);
  }

  /** Stops its clocks; returns whether the server is to be told. */
  _stop(): boolean {
    this._choice._stop();
    this._ackTimer._clear();
    this._tickTimer._clear();
    this._current = undefined;
    return !this._unknown;
  }
}
