import { TransportError } from "./close-reason.js";
import type { Engine } from "./engine.js";
import type { Line, ResumableSession } from "./resume.js";
import type { AttemptReason, TransportName } from "./transport-log.js";

/** Better transports have higher ranks, and higher generations in a race. @internal */
export const RANK: Record<TransportName, number> = { polling: 0, stream: 1, websocket: 2 };

/** First and longest pause before another attempt, in milliseconds, of a session without a transport. */
const PAUSE = 200;
const MAX_PAUSE = 5_000;
/** The same for attempts to find a better transport. */
const PROBE_PAUSE = 2_000;
const MAX_PROBE_PAUSE = 30_000;
/** A transport that carried for less has died so young that the pause grows; for less than the second, that there is one. */
const STILLBORN = 1_000;
const YOUNG = 10_000;
/** A WebSocket that carried for less makes the pauses before the next one grow. */
const SETTLED = 60_000;

/**
 * Decides when a resumable session offers which transport: a race when it has none or doubts the one it has, and now
 * and then a better one than it has. What carries is decided by the session, among those that have proven themselves.
 *
 * @internal
 */
export class Choice {
  /** Why the server is being asked; it learns of it. */
  _why: AttemptReason = "upgraded";
  /** What may carry, best first. */
  readonly _names: TransportName[];
  /** What is still to be offered in the race, with its generation. */
  private _race: [TransportName, number][] = [];
  /** What failed since the last transport was confirmed. */
  private readonly _failures = new Map<TransportName, AttemptReason>();
  private _pause = PAUSE;
  private _probePause = PROBE_PAUSE;
  private _timer: unknown;
  private _probeTimer: unknown;

  constructor(
    private readonly _session: ResumableSession,
    private readonly _engine: Engine,
    names: TransportName[],
  ) {
    this._names = names.sort((a, b) => RANK[b] - RANK[a]);
  }

  /** Begins a race: those that are trusted first, the best of them at once. */
  _seek(): void {
    const { _clock } = this._engine;
    _clock.clearTimeout(this._timer);
    _clock.clearTimeout(this._probeTimer);
    const first = this._session._reserve(3);
    // Of those that failed lately, the humblest first.
    const place = (name: TransportName) => (this._bad(name) ? 3 + RANK[name] : -RANK[name]);
    this._race = [...this._names].sort((a, b) => place(a) - place(b)).map((name) => [name, first + RANK[name]]);
    this._step();
  }

  /** Offers the next of the race; the one after it follows when this fails, or beside it when it stays silent. */
  private _step(): void {
    const { _clock } = this._engine;
    _clock.clearTimeout(this._timer);
    const next = this._race.shift();
    if (!next || !this._session._wanting()) return;
    if (this._race.length) this._timer = _clock.setTimeout(() => this._step(), this._engine._bound());
    this._session._offer(next[0], next[1], "resume", this._why);
  }

  /** What was offered and has not been chosen is over. */
  _failed({ _name, _purpose }: Line, reason: AttemptReason): void {
    const session = this._session;
    const { _current } = session;
    if (reason !== "overtaken") {
      this._failures.set(_name, reason);
      this._blame();
      // The closest parallel that an Engine.IO client has.
      if (_purpose === "upgrade") this._engine._upgradeFailed(_name, new TransportError("probe error", reason));
    }
    if (session._wanting()) {
      if (this._race.length) this._step();
      else if (!session._candidates().length) {
        this._later(this._pause);
        this._pause = Math.min(this._pause * 2, MAX_PAUSE);
      }
    } else if (_current) this._arm();
  }

  /** The transport that carried is gone. */
  _died({ _name, _since, _state }: Line, reason: AttemptReason): void {
    const { _clock, _memory } = this._engine;
    const now = _clock.now();
    const lived = now - _since;
    this._why = reason;
    // The server spoke on it and did not hear us: offered first again, it would be chosen again.
    if (_state !== "confirmed") _memory.failed(this._key(_name), now, reason);
    if (_state !== "confirmed" || lived < SETTLED) this._growProbe();
    else this._probePause = PROBE_PAUSE;
    // A race that doubt has begun goes on.
    if (this._race.length) return this._step();
    if (this._session._candidates().length) return;
    this._later(lived < YOUNG ? this._pause : 0);
    this._pause = lived < STILLBORN ? Math.min(this._pause * 2, MAX_PAUSE) : PAUSE;
  }

  /** A transport was chosen: nothing more is offered in this race. */
  _chosen(): void {
    this._race = [];
    this._engine._clock.clearTimeout(this._timer);
  }

  /** The server has confirmed the choice. */
  _confirmed(): void {
    this._blame();
    this._failures.clear();
    this._arm();
  }

  /** Something happened that may have changed everything: sleep, another network, a look at the page. */
  _wake(): void {
    this._pause = PAUSE;
    this._probePause = PROBE_PAUSE;
    if (!this._session._current) {
      if (!this._session._candidates().length) this._seek();
    } else this._arm();
  }

  /**
   * Offers what is better than what carries.
   *
   * @param trusted - only what did not fail lately
   */
  _probe(trusted?: boolean): void {
    if (!globalThis.document?.hidden) {
      for (const name of this._better().reverse()) {
        if (trusted && this._bad(name)) continue;
        this._session._offer(name, this._session._reserve(1), "upgrade", "upgraded");
      }
      if (!trusted) this._growProbe();
    }
    this._arm();
  }

  _stop(): void {
    this._chosen();
    this._engine._clock.clearTimeout(this._probeTimer);
  }

  /** Plans the next attempt to find a better transport, if there may be one. */
  _arm(): void {
    const { _clock } = this._engine;
    _clock.clearTimeout(this._probeTimer);
    if (this._better().length) this._probeTimer = _clock.setTimeout(() => this._probe(), this._probePause);
  }

  /** What is better than what carries, best first; nothing while that is not confirmed. */
  _better(): TransportName[] {
    const { _current } = this._session;
    return _current?._state === "confirmed" && this._engine._options.upgrade !== false
      ? this._names.filter((name) => RANK[name] > RANK[_current._name])
      : [];
  }

  /** It failed lately on a path where another works. */
  private _bad(name: TransportName): boolean {
    return !!this._engine._memory.avoid(this._key(name), this._engine._clock.now());
  }

  /** Key of the memory. */
  _key(name: TransportName): string {
    return this._engine._server + (name === "websocket" ? "" : "/" + name);
  }

  private _growProbe(): void {
    this._probePause = Math.min(this._probePause * 2, MAX_PROBE_PAUSE);
  }

  private _later(ms: number): void {
    const { _clock } = this._engine;
    _clock.clearTimeout(this._timer);
    this._timer = _clock.setTimeout(() => this._session._wanting() && this._seek(), ms);
  }

  /** What failed where a humbler transport works has failed because of the path. */
  private _blame(): void {
    const { _clock, _memory } = this._engine;
    for (const name of this._better()) {
      const reason = this._failures.get(name);
      if (reason) _memory.failed(this._key(name), _clock.now(), reason);
      this._failures.delete(name);
    }
  }
}
