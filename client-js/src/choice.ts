import { TransportError } from "./close-reason.js";
import type { Engine } from "./engine.js";
import { isHidden, Timer } from "./environment.js";
import { type Line, RANK, State } from "./line.js";
import type { ResumableSession } from "./resume.js";
import type { AttemptReason, TransportName } from "./transport-log.js";

/** Milliseconds. */
const enum Ms {
  /** First and longest pause before another attempt, of a session without a transport. */
  Pause = 200,
  MaxPause = 5_000,
  /** The same for attempts to find a better transport. */
  Probe = 2_000,
  MaxProbe = 30_000,
  /** A transport that carried for less died so young that there is a pause; for less than the first, that it grows. */
  Stillborn = 1_000,
  Young = 10_000,
  /** A transport that carried for less makes the pauses before a better one grow. */
  Settled = 60_000,
}

/**
 * Decides when a resumable session offers which transport: a race when it has none or doubts the one it has, and now
 * and then a better one than it has. What carries is decided by the session, among those that have proven themselves.
 *
 * @internal
 */
export class Choice {
  /** What may carry, best last. */
  readonly _names: TransportName[];
  /** Why the server is being asked; it learns of it. */
  private _why?: AttemptReason;
  /** What is still to be offered in the race, and what is added to the rank of each for its generation. */
  private _race: TransportName[] = [];
  private _first!: number;
  /** What failed since the last transport was confirmed. */
  private _failures: { [Name in TransportName]?: AttemptReason } = {};
  private _pause: number = Ms.Pause;
  private _probePause: number = Ms.Probe;
  private readonly _timer: Timer;
  private readonly _probeTimer: Timer;

  constructor(
    private readonly _session: ResumableSession,
    private readonly _engine: Engine,
    names: TransportName[],
  ) {
    this._names = names.sort((a, b) => RANK[a] - RANK[b]);
    this._timer = new Timer(_engine._clock);
    this._probeTimer = new Timer(_engine._clock);
  }

  /** Begins a race: those that are trusted first, the best of them at once. */
  _seek(why: AttemptReason): void {
    this._stop();
    this._why = why;
    this._first = this._session._reserve(3);
    // Of those that failed lately, the humblest first.
    const place = (name: TransportName) => (this._engine._avoids(name) ? 3 + RANK[name] : -RANK[name]);
    this._race = [...this._names].sort((a, b) => place(a) - place(b));
    this._step();
  }

  /** Offers the next of the race; the one after it follows when this fails, or beside it when it stays silent. */
  private _step(): void {
    this._timer._clear();
    const next = this._race.shift();
    if (!next || !this._session._wanting()) return;
    if (this._race.length) this._timer._set(this._engine._bound(), () => this._step());
    this._session._offer(next, this._first + RANK[next], "resume", this._why!);
  }

  /** What was offered and has not been chosen is over. */
  _failed({ _name, _attempt }: Line, reason: AttemptReason): void {
    if (reason !== "overtaken") {
      this._failures[_name] = reason;
      this._settle();
      // The closest parallel that a session has which is not resumable.
      if (_attempt.purpose === "upgrade") this._engine._upgradeFailed(_name, new TransportError("probe error", reason));
    }
    if (!this._session._wanting()) this._arm();
    else if (this._race.length) this._step();
    else if (!this._session._candidates().length) this._later(this._pause, true);
  }

  /** The transport that carried is gone. */
  _died({ _name, _since }: Line, reason: AttemptReason, confirmed: boolean): void {
    const lived = this._engine._clock.now() - _since;
    this._why = reason;
    // The server spoke on it and did not hear us: offered first again, it would be chosen again.
    if (!confirmed) this._engine._blame(_name, reason);
    if (confirmed && lived > Ms.Settled) this._probePause = Ms.Probe;
    else this._growProbe();
    // A race that doubt has begun goes on.
    if (this._race.length) return this._step();
    if (this._session._candidates().length) return;
    this._later(lived < Ms.Young ? this._pause : 0, lived < Ms.Stillborn);
  }

  /** A transport was chosen: nothing more is offered in this race. */
  _chosen(): void {
    this._race = [];
    this._timer._clear();
  }

  /** The server has confirmed the choice. */
  _confirmed(): void {
    this._settle();
    this._failures = {};
    this._arm();
  }

  /** Something happened that may have changed everything: sleep, another network, a look at the page. */
  _wake(): void {
    this._pause = Ms.Pause;
    this._probePause = Ms.Probe;
    if (this._session._current) this._arm();
    else if (!this._session._candidates().length) this._seek(this._why!);
  }

  /**
   * Offers what is better than what carries.
   *
   * @param trusted - only what did not fail lately
   */
  _probe(trusted?: boolean): void {
    if (!isHidden()) {
      for (const name of this._better()) {
        if (trusted && this._engine._avoids(name)) continue;
        this._session._offer(name, this._session._reserve(1), "upgrade", "upgraded");
      }
      if (!trusted) this._growProbe();
    }
    this._arm();
  }

  _stop(): void {
    this._chosen();
    this._probeTimer._clear();
  }

  /** Plans the next attempt to find a better transport, if there may be one. */
  private _arm(): void {
    this._probeTimer._clear();
    if (this._better().length) this._probeTimer._set(this._probePause, () => this._probe());
  }

  /** What is better than what carries, best last; nothing while that is not confirmed. */
  private _better(): TransportName[] {
    const { _current } = this._session;
    return _current?._state === State.Confirmed && this._engine._options.upgrade !== false
      ? this._names.filter((name) => RANK[name] > RANK[_current._name])
      : [];
  }

  private _growProbe(): void {
    this._probePause = Math.min(this._probePause * 2, Ms.MaxProbe);
  }

  /** Begins a race after a pause; the next pause is the first again, or a longer one. */
  private _later(ms: number, grow: boolean): void {
    // The transport in doubt may have answered meanwhile: then a better one is sought as before.
    this._timer._set(ms, () => (this._session._wanting() ? this._seek(this._why!) : this._arm()));
    this._pause = grow ? Math.min(this._pause * 2, Ms.MaxPause) : Ms.Pause;
  }

  /** What failed where a humbler transport works has failed because of the path. */
  private _settle(): void {
    for (const name of this._better()) {
      if (this._failures[name]) this._engine._blame(name, this._failures[name]);
      delete this._failures[name];
    }
  }
}
