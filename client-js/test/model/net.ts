import type { Sim } from "./sim.js";

/** The server's end of a WebSocket. */
export interface ServerSocket {
  onMessage?: (data: string | ArrayBuffer) => void;
  onClose?: () => void;
  send(data: string | ArrayBuffer): void;
  close(code: number): void;
}

/** A request as the server sees it; answered once. */
export interface Exchange {
  readonly method: string;
  readonly query: URLSearchParams;
  readonly body: string;
  /** Whether all of the body arrived. */
  readonly complete: boolean;
  onAbort?: () => void;
  respond(status: number, body: string): void;
  /** Begins a streamed answer instead. */
  write(text: string): void;
  end(): void;
}

/** What is behind the network. */
export interface Behind {
  socket(socket: ServerSocket, query: URLSearchParams): void;
  exchange(exchange: Exchange): void;
}

/** How the path behaves while it is hostile: probabilities, and times in milliseconds. */
export interface Profile {
  refuse: number;
  hang: number;
  mute: number;
  cut: number;
  /** Mean life of what is cut. */
  life: number;
  requestLost: number;
  responseLost: number;
  late: number;
  lateness: number;
  twice: number;
  partial: number;
  /** Streams are held until they end, from the start or from some moment on. */
  buffered: number;
  /** Only one side learns of a cut. */
  halfOpen: number;
  /** A failed request is never told of. */
  untold: number;
}

/**
 * A path between the client and a server: in time of hostility it refuses, cuts, loses, delays, doubles, holds back and
 * goes dark, as the seed will have it; after that it is honest.
 */
export class Net {
  /** From here on nothing goes wrong. */
  honestAt: number;
  readonly profile: Profile;
  readonly latency: number;
  /** Whether every WebSocket dies within seconds, in honest time too. */
  readonly doomed: boolean;
  /** Times in which nothing passes and nothing is told. */
  readonly dark: [number, number][] = [];
  /** Everything that is connected; called when the dark begins. */
  private readonly stalls = new Set<(until: number | undefined) => void>();

  constructor(
    private readonly sim: Sim,
    private readonly behind: Behind,
  ) {
    const { chance: p, between: u, whole } = sim;
    const some = (probability: number, low: number, high: number) => (p(probability) ? u(low, high) : 0);
    this.honestAt = p(0.1) ? 0 : u(5_000, 150_000);
    this.latency = p(0.3) ? u(100, 400) : u(2, 60);
    this.doomed = p(0.08);
    this.profile = {
      refuse: p(0.4) ? (p(0.5) ? 1 : u(0, 1)) : 0,
      hang: some(0.2, 0, 1),
      mute: some(0.3, 0, 0.8),
      cut: some(0.6, 0.2, 1),
      life: u(50, 15_000),
      requestLost: some(0.4, 0, 0.4),
      responseLost: some(0.4, 0, 0.4),
      late: some(0.5, 0, 0.4),
      lateness: u(2_000, 120_000),
      twice: some(0.4, 0, 0.6),
      partial: some(0.4, 0, 0.5),
      buffered: some(0.4, 0, 1),
      halfOpen: some(0.4, 0, 0.7),
      untold: u(0, 0.6),
    };
    if (p(0.35) && this.honestAt) {
      for (let i = whole(1, 2); i--;) {
        const from = u(0, this.honestAt);
        const to = from + (p(0.15) ? u(30_000, 110_000) : u(500, 25_000));
        this.dark.push([from, to]);
        this.honestAt = Math.max(this.honestAt, to);
        sim.at(from, () => {
          sim.log(`-- dark until ${Math.round(to)}`);
          for (const stall of this.stalls) stall(p(0.5) ? to : undefined);
        });
      }
    }
  }

  /** Begins with time of hostility: before, everything passes. */
  hostile = false;

  private hits(what: keyof Profile): boolean {
    return this.hostile && this.sim.now() < this.honestAt && this.sim.chance(this.profile[what]);
  }

  private get isDark(): boolean {
    const now = this.sim.now();
    return this.hostile && this.dark.some(([from, to]) => now >= from && now < to);
  }

  private delay(): number {
    return this.latency * (1 + this.sim.random() * (this.sim.now() < this.honestAt ? 3 : 0.3));
  }

  private late(): number {
    return this.hits("late") ? this.sim.between(0, this.profile.lateness) : 0;
  }

  private life(): number {
    return -Math.log(1 - this.sim.random()) * this.profile.life;
  }

  /** A WebSocket constructor whose sockets go over this path. */
  get WebSocket(): any {
    const open = (socket: ClientSocket, url: string) => this.connect(socket, new URL(url).searchParams);
    return class extends ClientSocket {
      constructor(url: string) {
        super();
        open(this, url);
      }
    };
  }

  private connect(client: ClientSocket, query: URLSearchParams): void {
    const { sim } = this;
    const tag = `websocket g${query.get("attach") ?? "open"}`;
    let ended = [false, false];
    // Per direction, 0 is to the server: muted, and when the last message arrives.
    const muted = [false, false];
    const last = [0, 0];
    const server: ServerSocket = {
      send: (data) => {
        if (!ended[1]) pass(1, () => !ended[0] && client.onmessage?.({ data }));
      },
      close: (code) => {
        if (ended[1]) return;
        ended[1] = true;
        pass(1, () => endClient(code));
      },
    };
    const pass = (direction: 0 | 1, fn: () => void) => {
      if (muted[direction] || dead) return;
      last[direction] = Math.max(last[direction]!, sim.now() + this.delay());
      sim.at(last[direction]!, () => dead || fn());
    };
    let dead = false;
    const stall = (until: number | undefined) => {
      if (until) last.fill(Math.max(...last, until));
      else muted.fill(true);
    };
    const endClient = (code: number) => {
      if (ended[0]) return;
      ended[0] = true;
      client.readyState = 3;
      this.stalls.delete(stall);
      if (code === 1006) client.onerror?.({ message: "broken" });
      client.onclose?.({ code, wasClean: code !== 1006 });
    };
    const endServer = () => {
      if (ended[1]) return;
      ended[1] = true;
      server.onClose?.();
    };
    client.transmit = (data) => {
      if (!ended[0]) pass(0, () => !ended[1] && server.onMessage?.(data));
    };
    client.leave = () => {
      if (ended[0]) return;
      ended[0] = true;
      this.stalls.delete(stall);
      pass(0, endServer);
    };
    const cut = () => {
      if (dead) return;
      dead = true;
      sim.log(`~~ cut ${tag}`);
      this.stalls.delete(stall);
      const half = this.hits("halfOpen") ? sim.whole(1, 2) : 0;
      if (half !== 1) sim.setTimeout(() => endClient(1006), sim.between(0, 500));
      if (half !== 2) sim.setTimeout(endServer, sim.between(0, 500));
    };
    if (this.isDark || this.hits("refuse")) {
      if (!this.isDark || !sim.chance(this.profile.untold)) sim.setTimeout(() => endClient(1006), this.delay() * 2);
      return;
    }
    if (this.hits("hang")) return;
    this.stalls.add(stall);
    if (this.hits("twice")) {
      // Someone on the way repeats the upgrade, with nobody behind it.
      const ghost: ServerSocket = { send: () => {}, close: () => (ghost.onClose = undefined) };
      sim.setTimeout(
        () => {
          sim.log(`~~ ghost of ${tag}`);
          this.behind.socket(ghost, query);
          sim.setTimeout(() => ghost.onClose?.(), sim.between(100, 60_000));
        },
        this.delay() + sim.between(0, this.profile.lateness),
      );
    }
    sim.setTimeout(() => {
      if (this.isDark) return;
      if (ended[0] && sim.chance(0.5)) sim.setTimeout(endServer, sim.between(0, 20_000));
      if (this.hits("mute")) {
        const which = sim.whole(1, 3);
        sim.setTimeout(
          () => {
            sim.log(`~~ mute ${which} ${tag}`);
            if (which & 1) muted[0] = true;
            if (which & 2) muted[1] = true;
          },
          sim.chance(0.5) ? 0 : sim.between(0, 20_000),
        );
      }
      if (this.hits("cut")) sim.setTimeout(() => sim.now() < this.honestAt && cut(), this.life());
      if (this.doomed && this.hostile) sim.setTimeout(cut, sim.between(1_000, 9_000));
      pass(1, () => {
        client.readyState = 1;
        if (!ended[0]) client.onopen?.();
      });
      this.behind.socket(server, query);
    }, this.delay() + this.late());
  }

  /** A `fetch` whose requests go over this path. */
  fetch = (url: string, init: RequestInit): Promise<any> =>
    new Promise((resolve, reject) => this.request(url, init, resolve, reject));

  private request(
    url: string,
    init: RequestInit,
    resolve: (response: any) => void,
    reject: (e: unknown) => void,
  ): void {
    const { sim } = this;
    const query = new URL(url).searchParams;
    const body = (init.body as string) ?? "";
    const method = init.method!;
    const tag = `${method} ${query.get("transport")} on=${query.get("on")} attach=${query.get("attach")} [${body.slice(0, 40)}]`;
    let done = false;
    let stream: StreamReader | undefined;
    const aborts: (() => void)[] = [];
    const fail = (error: unknown) => {
      if (done && !stream) return;
      done = true;
      if (stream) stream.fail(error);
      else reject(error);
    };
    const failSoon = (why: string) => {
      sim.log(`~~ ${why} ${tag}`);
      if (this.hostile && sim.now() < this.honestAt && sim.chance(this.profile.untold)) return;
      sim.setTimeout(() => done || fail(new TypeError(why)), this.delay() + sim.between(0, 2_000));
    };
    init.signal!.addEventListener("abort", () => {
      fail(new Error("aborted"));
      for (const abort of aborts) if (!this.hits("halfOpen")) sim.setTimeout(abort, this.delay());
    });
    const copy = (delay: number, heard: boolean) => {
      let over = false;
      let muted = false;
      let dead = false;
      let last = 0;
      let held: string[] | undefined;
      let streams = false;
      const stall = (until: number | undefined) => {
        if (until) last = Math.max(last, until);
        else muted = true;
      };
      const leave = () => {
        over = true;
        this.stalls.delete(stall);
      };
      const abort = () => {
        if (over) return;
        leave();
        exchange.onAbort?.();
      };
      const complete = !(method === "POST" && this.hits("partial"));
      const exchange: Exchange = {
        method,
        query,
        complete,
        body: complete ? body : body.slice(0, sim.whole(0, Math.max(0, body.length - 1))),
        respond: (status, text) => {
          if (over) return;
          leave();
          // A body that was cut had its connection cut: nobody hears what is said to it.
          if (!heard || muted || !complete) return;
          if (this.isDark || this.hits("responseLost")) return failSoon("response lost");
          sim.at(Math.max(last, sim.now() + this.delay() + this.late()), () => {
            if (done) return;
            done = true;
            resolve({ status, text: () => Promise.resolve(text) });
          });
        },
        write: (text) => {
          if (over || !heard || muted) return;
          if (!streams) {
            streams = true;
            if (this.hits("buffered")) {
              sim.log(`~~ buffered ${tag}`);
              if (sim.chance(0.5)) held = [];
              else sim.setTimeout(() => (held = held || []), sim.between(0, 20_000));
            }
            if (this.hits("cut")) {
              sim.setTimeout(() => {
                if (over || dead || sim.now() >= this.honestAt) return;
                sim.log(`~~ cut ${tag}`);
                dead = true;
                const half = this.hits("halfOpen") ? sim.whole(1, 2) : 0;
                if (half !== 1)
                  sim.setTimeout(() => (sim.chance(0.5) ? stream?.end() : fail(new TypeError("cut"))), 500);
                if (half !== 2) sim.setTimeout(abort, sim.between(0, 500));
              }, this.life());
            }
          }
          if (held) return void held.push(text);
          deliver(text);
        },
        end: () => {
          if (over) return;
          if (held) deliver(held.join(""));
          leave();
          if (!heard || muted) return;
          sim.at(Math.max(last, sim.now() + this.delay()), () => dead || stream?.end());
        },
      };
      let cutOnce = false;
      const deliver = (text: string) => {
        last = Math.max(last, sim.now() + this.delay());
        sim.at(last, () => {
          if (done && !stream) return;
          if (!stream) {
            done = true;
            stream = new StreamReader();
            const reader = stream;
            resolve({
              status: 200,
              body: { getReader: () => reader },
              text: () => Promise.reject(new Error("streamed")),
            });
          }
          const bytes = new TextEncoder().encode(text);
          if (dead) {
            // A cut falls on any byte, that between two bytes of a character too.
            if (!cutOnce) stream.push(bytes.slice(0, sim.whole(0, bytes.length)));
            cutOnce = true;
            return;
          }
          const at = sim.whole(0, bytes.length);
          stream.push(bytes.slice(0, at));
          stream.push(bytes.slice(at));
        });
      };
      if (heard) aborts.push(abort);
      sim.setTimeout(() => {
        if (this.isDark) return heard ? failSoon("dark") : undefined;
        if (over) return;
        this.stalls.add(stall);
        if (!complete && heard) failSoon("cut in the body");
        this.behind.exchange(exchange);
      }, delay);
    };
    if (this.isDark) return failSoon("dark");
    if (this.hits("requestLost")) return failSoon("request lost");
    const base = this.delay() + this.late();
    if (this.hits("twice")) {
      const first = sim.chance(0.6);
      sim.log(`~~ twice ${tag}`);
      copy(base, first);
      copy(base + sim.between(0, sim.chance(0.5) ? 50 : this.profile.lateness), !first);
    } else copy(base, true);
  }
}

/** What the client takes for the platform's WebSocket. */
class ClientSocket {
  readyState = 0;
  bufferedAmount = 0;
  binaryType = "";
  onopen?: () => void;
  onmessage?: (event: { data: unknown }) => void;
  onerror?: (event: { message: string }) => void;
  onclose?: (event: { code: number; wasClean: boolean }) => void;
  transmit!: (data: string | ArrayBuffer) => void;
  leave!: () => void;

  send(data: string | ArrayBuffer): void {
    this.transmit(data);
  }

  close(): void {
    this.readyState = 3;
    this.leave();
  }
}

/** The body of a streamed answer. */
class StreamReader {
  private readonly chunks: Uint8Array[] = [];
  private over: { error?: unknown } | undefined;
  private waiting: (() => void) | undefined;

  push(chunk: Uint8Array): void {
    this.chunks.push(chunk);
    this.waiting?.();
  }

  end(): void {
    this.over ||= {};
    this.waiting?.();
  }

  fail(error: unknown): void {
    this.over ||= { error };
    this.waiting?.();
  }

  async read(): Promise<{ value?: Uint8Array; done: boolean }> {
    if (!this.chunks.length && !this.over) await new Promise<void>((resolve) => (this.waiting = resolve));
    const value = this.chunks.shift();
    if (value) return { value, done: false };
    if (this.over!.error) throw this.over!.error;
    return { done: true };
  }
}
