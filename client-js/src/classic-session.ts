import { type CloseDetails, ProtocolViolation, TransportError } from "./close-reason.js";
import type { Engine } from "./engine.js";
import { type EnginePacket, payloadSize } from "./engine-packet.js";
import { Timer } from "./environment.js";
import type { Handshake } from "./handshake.js";
import { isCandidate, type Line, type Session, State, whyRefused } from "./line.js";
import type { AttemptReason } from "./transport-log.js";

/**
 * A session as every Engine.IO server knows it: it lives as long as the transport that carries it. Only long-polling
 * hands over, once, to a WebSocket that was probed: 2probe, 3probe, pause, 5.
 *
 * @internal
 */
export class ClassicSession implements Session {
  /** What carries. */
  private _current!: Line;
  private readonly _pingTimer: Timer;
  /** When the heartbeat expires, whatever its timer does: browsers throttle the timers of hidden pages. */
  private _pingDeadline!: number;
  /** The current transport brought a ping. */
  private _pinged?: boolean;
  /** Packets not handed to a transport yet. */
  private _queue: EnginePacket[] = [];

  constructor(
    private readonly _engine: Engine,
    private readonly _handshake: Handshake,
  ) {
    this._pingTimer = new Timer(_engine._clock);
  }

  _begin(line: Line): void {
    this._current = line;
    this._beat();
  }

  _start(): void {
    this._flush();
    this._probe();
  }

  _parameters(): object {
    return {};
  }

  _send(packet: EnginePacket): void {
    this._queue.push(packet);
    this._flush();
  }

  _close(): void {
    this._flush();
  }

  _stop(): boolean {
    this._pingTimer._clear();
    this._queue = [];
    return false;
  }

  /** Whether the heartbeat expired without its timer having noticed; the session ends then. */
  _hasExpired(): boolean {
    const expired = this._engine._clock.now() > this._pingDeadline;
    if (expired) queueMicrotask(() => this._expire());
    return expired;
  }

  // --- its transports ---

  _opened({ _transport }: Line): void {
    _transport.send([{ type: "ping", data: "probe" }]);
  }

  _drained(line: Line): void {
    if (line === this._current) this._flush();
  }

  _packet(line: Line, packet: EnginePacket): void {
    const { _engine } = this;
    const { type, data } = packet;
    if (line !== this._current) {
      if (type === "pong" && data === "probe" && !_engine.upgrading) this._upgrade(line);
      else this._drop(line, new TransportError("probe error", packet), "invalid");
    } else if (type === "message") _engine._deliver(packet);
    else {
      _engine._fire("packet", packet);
      if (type === "ping") {
        this._pinged = true;
        this._beat();
        _engine._fire("ping");
        _engine._write({ type: "pong" });
      } else if (type === "close") _engine._closedByServer();
    }
  }

  _closed(line: Line, failure: TransportError | CloseDetails, clean?: boolean): void {
    const { _engine } = this;
    const { _attempt, _live } = line;
    if (line !== this._current) return this._drop(line, ...whyRefused(line, failure));
    const cut = _live && !clean && _engine._broke(line, _attempt.at + _attempt.ms);
    const code = failure.description instanceof ProtocolViolation ? "invalid" : clean ? "server" : cut ? "cut" : "lost";
    if (failure instanceof TransportError) _engine._fail(failure, code);
    else _engine._end("transport close", failure, code);
  }

  // --- upgrade ---

  private _probe(): void {
    const { _engine } = this;
    const { upgrade, upgradeTimeout = 5000 } = _engine._options;
    const avoid = _engine._avoids("websocket");
    if (
      _engine.readyState !== "open" ||
      upgrade === false ||
      this._current._live ||
      !_engine._names.includes("websocket") ||
      !this._handshake.upgrades.includes("websocket") ||
      // A path that cuts would take the session with it. One that was silent may only be slow, and asking costs nothing.
      (avoid && avoid !== "silent")
    ) {
      return;
    }
    const line = _engine._try("websocket", "upgrade", this);
    line._timer._set(upgradeTimeout, () => this._drop(line, new TransportError("probe error", "timeout"), "silent"));
  }

  /** The candidate answered: it takes over once the current transport rests, so that no packet is lost or overtaken. */
  private _upgrade(line: Line): void {
    const { _engine, _current } = this;
    const { _transport, _attempt } = line;
    _engine.upgrading = true;
    _engine._fire("upgrading", _transport);
    _current._transport.pause(() => {
      if (!isCandidate(line)) return;
      line._timer._clear();
      // At rest, and never used again: nothing to close.
      _current._state = State.Over;
      line._state = State.Confirmed;
      this._current = line;
      this._pinged = false;
      _engine._lines = [line];
      _engine.transport = _transport;
      _engine._memory._worked = true;
      _engine._log._settle(_current._attempt, "ended", "upgraded");
      _engine._log._settle(_attempt, "carrying", "upgraded");
      _transport.send([{ type: "upgrade" }]);
      _engine.upgrading = false;
      _engine._fire("upgrade", _transport);
      this._flush();
    });
  }

  /** Gives up the candidate. */
  private _drop(line: Line, error: TransportError, reason: AttemptReason): void {
    const { _engine } = this;
    const { _attempt, _name } = line;
    _engine._remove(line);
    _engine._log._settle(_attempt, "failed", reason);
    _engine._blame(_name, reason);
    if (_engine.upgrading) this._current._transport.resume();
    _engine.upgrading = false;
    _engine._upgradeFailed(_name, error);
    this._flush();
  }

  // --- heartbeat ---

  /** Restarts it: only a ping does that. */
  private _beat(): void {
    const { pingInterval, pingTimeout } = this._handshake;
    const ms = pingInterval + pingTimeout;
    this._pingTimer._set(ms, () => this._expire());
    this._pingDeadline = this._engine._clock.now() + ms;
  }

  private _expire(): void {
    const { _engine } = this;
    if (_engine.readyState === "closed") return;
    // Never a ping: the path swallows them. After some, it was sleep, or the network.
    if (this._current._live && !this._pinged) _engine._blame("websocket", "silent");
    _engine._end("ping timeout", { description: "no ping from the server" }, "silent");
  }

  // --- sending ---

  private _flush(): void {
    const { _engine, _queue } = this;
    const { _transport, _name } = this._current;
    if (!_transport.writable || _engine.upgrading) return;
    if (_queue.length) {
      const { maxPayload } = this._handshake;
      let size = -1;
      // Separator and type go with each; one that is too large alone is sent anyway.
      const fit =
        maxPayload && _name === "polling"
          ? _queue.findIndex(({ data }, i) => (size += payloadSize(data) + 2) > maxPayload && i)
          : -1;
      _transport.send(_queue.splice(0, fit < 0 ? Infinity : fit));
    } else {
      _engine._fire("drain");
      if (_engine.readyState === "closing") _engine._end("forced close");
    }
  }
}
