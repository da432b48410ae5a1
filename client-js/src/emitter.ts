/** Maps event names to the functions that listen to them; the first type parameter of a typed socket or connection. */
export interface EventsMap {
  [event: string]: any;
}

/** The map used when an application gives none: any event, any arguments. */
export interface DefaultEventsMap {
  [event: string]: (...args: any[]) => void;
}

/** Names of the events of a map. */
export type EventNames<Map extends EventsMap> = keyof Map & (string | symbol);

/** Arguments of an event of a map. */
export type EventParams<Map extends EventsMap, Event extends EventNames<Map>> = Parameters<Map[Event]>;

/** The listener type of an event: our own events first, then those the application declared. */
export type Listener<
  Events extends EventsMap,
  Own extends EventsMap,
  Event extends EventNames<Events> | EventNames<Own>,
> = Event extends EventNames<Own> ? Own[Event] : Event extends EventNames<Events> ? Events[Event] : never;

type Fn = ((...args: any[]) => void) & { _once?: Fn };

/**
 * Calls `fn`, and reports what it throws as an uncaught error in a task of its own: a mistake in one listener must
 * neither close the connection nor keep the other listeners from hearing the event.
 *
 * @internal
 */
export function guarded(fn: (...args: any[]) => void, args: readonly unknown[]): void {
  try {
    fn(...args);
  } catch (error) {
    queueMicrotask(() => {
      throw error;
    });
  }
}

/**
 * A typed event emitter. Listeners run at once, in the order in which they were added; one that throws does not stop
 * the others.
 *
 * @typeParam Events - events the application declares
 * @typeParam Own - events the library itself fires
 */
export class Emitter<Events extends EventsMap, Own extends EventsMap = {}> {
  private readonly _listeners = new Map<string | symbol, Fn[]>();

  /** Adds a listener. */
  on<Event extends EventNames<Own> | EventNames<Events>>(event: Event, listener: Listener<Events, Own, Event>): this {
    const list = this._listeners.get(event) || [];
    this._listeners.set(event, list.concat(listener));
    return this;
  }

  /** Adds a listener that is removed before its first call. */
  once<Event extends EventNames<Own> | EventNames<Events>>(event: Event, listener: Listener<Events, Own, Event>): this {
    const wrapped: Fn = (...args) => {
      this.off(event, wrapped as any);
      (listener as Fn)(...args);
    };
    wrapped._once = listener as Fn;
    return this.on(event, wrapped as any);
  }

  /** Removes one listener, all listeners of an event, or every listener. */
  off<Event extends EventNames<Own> | EventNames<Events>>(
    event?: Event,
    listener?: Listener<Events, Own, Event>,
  ): this {
    if (event === undefined) this._listeners.clear();
    else if (!listener) this._listeners.delete(event);
    else {
      // A copy: a list that is being walked by _fire stays as it was.
      const list = [...(this._listeners.get(event) || [])];
      const at = list.findIndex((fn) => fn === listener || fn._once === listener);
      if (at >= 0) list.splice(at, 1);
      this._listeners.set(event, list);
    }
    return this;
  }

  /** Alias of {@link Emitter.off}. */
  declare removeListener: this["off"];
  /** Alias of {@link Emitter.off}. */
  declare removeAllListeners: this["off"];

  /** The listeners of an event, as they were given to `on` and `once`. */
  listeners<Event extends EventNames<Own> | EventNames<Events>>(event: Event): Listener<Events, Own, Event>[] {
    return (this._listeners.get(event) || []).map((fn) => fn._once || fn) as Listener<Events, Own, Event>[];
  }

  /** Whether anybody listens to an event. */
  hasListeners<Event extends EventNames<Own> | EventNames<Events>>(event: Event): boolean {
    return this.listeners(event).length > 0;
  }

  /** @internal */
  _fire(event: string | symbol, ...args: unknown[]): void {
    for (const fn of this._listeners.get(event) || []) guarded(fn, args);
  }
}

Emitter.prototype.removeListener = Emitter.prototype.removeAllListeners = Emitter.prototype.off;
