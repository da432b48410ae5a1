import type { Behind, Exchange, ServerSocket } from "./net.js";
import type { Sim } from "./sim.js";

/** What the server tells in its open packet, and keeps to. */
export interface Terms {
  pingInterval: number;
  pingTimeout: number;
  window: number;
  buffer: number;
}

export const TERMS: Terms = { pingInterval: 25_000, pingTimeout: 20_000, window: 60_000, buffer: 9_000 };

const SEPARATOR = "\x1e";
const OFFER_MS = 10_000;
const OVERHEAD = 64;
const IDLE_ACK_MS = 200;

/** A transport of a session, as the server sees it. */
interface Line {
  kind: "websocket" | "stream" | "polling";
  g: number;
  next?: number;
  cursor: number;
  mark: boolean;
  dead: boolean;
  socket?: ServerSocket;
  exchange?: Exchange;
  /** A parked GET, and what it has acknowledged. */
  parked?: Exchange;
  from: number;
  control: string[];
  timers: Record<string, unknown>;
  saidBye?: boolean;
}

/** Digits, and no more than a double can count; else NaN. */
const digits = (text: string | null): number =>
  text !== null && /^\d{1,16}$/.test(text) && Number.isSafeInteger(+text) ? +text : NaN;

/** Text as it is; binary data as base64 behind a `b`. */
const textOf = (data: string | ArrayBuffer): string =>
  typeof data === "string" ? data : "b" + Buffer.from(data).toString("base64");

/** A session of the model server, by the rules of the protocol. */
export class ModelSession {
  /** Why it ended. */
  over: string | undefined;
  confirmed = 0;
  current: Line | undefined;
  readonly offers = new Map<string, Line>();
  closing = false;
  /** For the checks: how often a transport was confirmed, and the most offers that were open. */
  switches = 0;
  peakOffers = 0;
  peakWeight = 0;
  requests = 0;
  tooMany = false;
  received = 0;
  private acked = 0;
  private sent = 0;
  private last = 0;
  private readonly kept = new Map<number, string>();
  private weight = 0;
  private unacked = 0;
  private detached: unknown;
  private used = false;
  private confirmedKind: Line["kind"];
  private attempts: number[] = [];

  constructor(
    private readonly sim: Sim,
    private readonly terms: Terms,
    readonly sid: string,
    kind: "websocket" | "polling",
    private readonly deliver: (packet: string) => void,
  ) {
    this.confirmedKind = kind;
    this.current = this.line(kind, 0);
    this.current.next = this.current.cursor = 1;
    this.beat(this.current);
  }

  get unacknowledged(): number {
    return this.kept.size;
  }

  // --- the application ---

  emit(packets: string[]): boolean {
    if (this.over || this.closing) return false;
    const weight = packets.reduce((sum, packet) => sum + packet.length + OVERHEAD, 0);
    if (!this.current && this.weight && this.weight + weight > this.terms.buffer) {
      this.end("buffer");
      return false;
    }
    for (const packet of packets) this.kept.set(++this.last, packet);
    this.weight += weight;
    this.peakWeight = Math.max(this.peakWeight, this.weight);
    this.pump();
    return true;
  }

  close(): void {
    if (this.over) return;
    this.closing = true;
    this.sim.setTimeout(() => this.end("server closed"), this.terms.window);
    this.pump();
    this.finish();
  }

  // --- the end ---

  end(reason: string): void {
    if (this.over) return;
    this.over = reason;
    this.sim.log(`S end ${reason}`);
    this.sim.clearTimeout(this.detached);
    const { current } = this;
    this.current = undefined;
    if (current) this.drop(current, 4001, true);
    for (const offer of this.offers.values()) this.drop(offer, 4001, true);
    this.offers.clear();
  }

  private finish(): void {
    if (this.closing && this.acked === this.last) this.end("server closed");
  }

  private drop(line: Line, code: number, bye?: boolean): void {
    if (line.dead) return;
    line.dead = true;
    for (const timer of Object.values(line.timers)) this.sim.clearTimeout(timer);
    if (line.socket) {
      if (bye) line.socket.send("1");
      line.socket.close(code);
    } else if (line.exchange) {
      if (bye) line.exchange.write("1" + SEPARATOR);
      line.exchange.end();
    } else this.answer(line, bye ? "1" : "6");
  }

  private answer(line: Line, body: string): void {
    const { parked } = line;
    line.parked = undefined;
    parked?.respond(200, body);
  }

  private died(line: Line): void {
    if (line.dead) return;
    this.drop(line, 4002);
    if (this.offers.get(line.kind) === line) this.offers.delete(line.kind);
    if (this.current !== line) return;
    this.current = undefined;
    this.sim.log(`S detached g${line.g}`);
    if (!this.used && !this.received && line.g === 0) return this.end("unused");
    this.detached = this.sim.setTimeout(() => this.end("window"), this.terms.window);
  }

  // --- heartbeat ---

  private line(kind: Line["kind"], g: number): Line {
    return { kind, g, cursor: 0, mark: false, dead: false, from: 1, control: [], timers: {} };
  }

  private beat(line: Line): void {
    const { sim, terms } = this;
    const { timers } = line;
    for (const name of ["ping", "pong", "idle"]) sim.clearTimeout(timers[name]);
    if (line.kind === "polling") {
      const idle = () => {
        timers.idle = sim.setTimeout(() => (line.parked ? idle() : this.died(line)), terms.pingTimeout);
      };
      idle();
    }
    timers.ping = sim.setTimeout(() => {
      this.control(line, "2");
      timers.pong = sim.setTimeout(() => this.died(line), terms.pingTimeout);
    }, terms.pingInterval);
  }

  private control(line: Line, packet: string): void {
    if (line.dead) return;
    if (line.socket) line.socket.send(packet);
    else if (line.exchange) line.exchange.write(packet + SEPARATOR);
    else {
      if (line.control.length < 8) line.control.push(packet);
      this.pump();
    }
  }

  // --- the pump ---

  private take(line: Line): string[] {
    const packets: string[] = [];
    const from = Math.max(line.cursor, this.acked + 1);
    if (from !== line.cursor) line.mark = true;
    line.cursor = from;
    let way = 0;
    for (let n = this.acked + 1; n < line.cursor; n++) way += this.kept.get(n)!.length + OVERHEAD;
    while (line.cursor <= this.last && way <= this.terms.buffer / 2) {
      const packet = this.kept.get(line.cursor++)!;
      way += packet.length + OVERHEAD;
      packets.push(packet);
    }
    this.sent = Math.max(this.sent, line.cursor - 1);
    if (line.mark && (packets.length || line.kind !== "polling")) {
      line.mark = false;
      packets.unshift("8" + from);
    }
    return packets;
  }

  private pump(): void {
    const line = this.current;
    if (!line) return;
    if (line.kind === "polling") {
      if (!line.parked) return;
      line.cursor = line.from;
      line.mark = true;
      const packets = [...line.control, ...this.take(line)];
      if (this.closing && line.cursor > this.last) packets.push("1");
      if (!packets.length) return;
      line.control = [];
      this.beat(line);
      return this.answer(line, packets.join(SEPARATOR));
    }
    const packets = this.take(line);
    if (line.socket) {
      for (const packet of packets) {
        const binary = packet[0] === "b";
        line.socket.send(binary ? new Uint8Array(Buffer.from(packet.slice(1), "base64")).buffer : packet);
      }
    } else if (packets.length) line.exchange!.write(packets.map((packet) => packet + SEPARATOR).join(""));
    if (this.closing && line.cursor > this.last && !line.saidBye) {
      line.saidBye = true;
      this.control(line, "1");
    }
  }

  private ack(n: number): void {
    for (; this.acked < n; this.kept.delete(this.acked)) {
      this.weight -= this.kept.get(++this.acked)!.length + OVERHEAD;
    }
  }

  // --- offers and confirmation ---

  /** Whether an offer may be made; a reason why not. */
  private refusal(kind: Line["kind"], g: number): "stale" | "rate" | undefined {
    const open = this.offers.get(kind);
    if (g <= this.confirmed || (open && g < open.g)) return "stale";
    const now = this.sim.now();
    this.attempts = this.attempts.filter((at) => now - at < 60_000);
    if (this.attempts.push(now) <= 120) return;
    this.tooMany = true;
    return "rate";
  }

  private offer(line: Line): void {
    const before = this.offers.get(line.kind);
    if (before) this.drop(before, 4002);
    this.offers.set(line.kind, line);
    this.peakOffers = Math.max(this.peakOffers, this.offers.size);
    line.timers.offer = this.sim.setTimeout(() => this.died(line), OFFER_MS);
    this.control(line, "7" + this.received);
  }

  private confirm(line: Line, n: number): void {
    this.sim.log(`S confirmed ${line.kind} g${line.g} n=${n}`);
    this.switches++;
    const old = this.current;
    this.confirmed = line.g;
    this.confirmedKind = line.kind;
    this.current = line;
    this.used = true;
    this.sim.clearTimeout(line.timers.offer);
    this.sim.clearTimeout(this.detached);
    for (const [kind, offer] of this.offers) {
      if (offer.g > line.g) continue;
      this.offers.delete(kind);
      if (offer !== line) this.drop(offer, 4002);
    }
    if (old) this.drop(old, 4000);
    this.ack(n);
    line.cursor = Math.max(n, this.acked) + 1;
    line.mark = true;
    this.beat(line);
    this.pump();
    this.finish();
  }

  private impossible(n: number): boolean {
    return !(n <= this.sent);
  }

  // --- WebSocket ---

  opened(socket: ServerSocket): void {
    this.listen(this.current!, socket);
  }

  private listen(line: Line, socket: ServerSocket): void {
    line.socket = socket;
    socket.onClose = () => this.died(line);
    socket.onMessage = (data) => {
      if (line.dead || this.over) return;
      const packet = textOf(data);
      if (this.current === line) return this.packet(line, packet);
      const n = packet[0] === "7" ? digits(packet.slice(1)) : NaN;
      if (this.impossible(n) || this.offers.get("websocket") !== line) return this.died(line);
      this.confirm(line, n);
    };
  }

  attachSocket(socket: ServerSocket, g: number, n: number): void {
    if (this.over) return socket.close(4001);
    const refusal = this.refusal("websocket", g);
    if (refusal === "stale") return socket.close(4009);
    if (refusal || this.impossible(n) || !(g >= 0)) return socket.close(4008);
    this.ack(n);
    const line = this.line("websocket", g);
    this.listen(line, socket);
    this.offer(line);
  }

  // --- packets ---

  private packet(line: Line, packet: string): void {
    const rest = packet.slice(1);
    this.beat(line);
    switch (packet[0]) {
      case "4":
      case "b": {
        if (line.next === undefined) return this.end("protocol error");
        if (line.next++ <= this.received) return;
        this.received++;
        this.unacked += packet.length + OVERHEAD;
        this.deliver(packet);
        if (line.kind !== "websocket") return;
        const say = () => {
          this.sim.clearTimeout(line.timers.ack);
          line.timers.ack = undefined;
          this.unacked = 0;
          if (this.current === line) this.control(line, "7" + this.received);
        };
        if (this.unacked > this.terms.buffer / 4) say();
        else line.timers.ack ??= this.sim.setTimeout(say, IDLE_ACK_MS);
        return;
      }
      case "8": {
        const k = digits(rest);
        if (!(k <= this.received + 1)) return this.end("sequence gap");
        if (!k) return this.end("protocol error");
        line.next = k;
        return;
      }
      case "7": {
        const n = digits(rest);
        if (this.impossible(n)) return this.end("bad ack");
        this.ack(n);
        this.pump();
        return this.finish();
      }
      case "2":
        return this.control(line, "3" + rest);
      case "3":
        return;
      case "1":
        return this.end("client closed");
      default:
        this.end("parse error");
    }
  }

  // --- HTTP ---

  http(exchange: Exchange): void {
    const { query, method, complete } = exchange;
    this.requests++;
    const kind = query.get("transport") as "stream" | "polling";
    if (this.over) return exchange.respond(400, '{"code":1,"message":"Session ID unknown"}');
    const attach = digits(query.get("attach"));
    const on = digits(query.get("on"));
    const ack = digits(query.get("ack"));
    if (Number.isNaN(attach) === Number.isNaN(on) || this.impossible(ack)) {
      this.sim.wrong(`a request that is none: ${query}`);
      return exchange.respond(400, '{"code":3,"message":"Bad request"}');
    }
    if (!Number.isNaN(attach)) {
      const refusal = this.refusal(kind, attach);
      if (refusal) return exchange.respond(refusal === "stale" ? 409 : 429, "");
      this.ack(ack);
      if (kind === "polling") return exchange.respond(200, "7" + this.received);
      const line = this.line("stream", attach);
      line.exchange = exchange;
      exchange.onAbort = () => this.died(line);
      return this.offer(line);
    }
    if (on < this.confirmed) return exchange.respond(409, "");
    // Half a body changes nothing.
    if (method === "POST" && !complete) return exchange.respond(400, "partial");
    let line = this.current;
    if (on > this.confirmed) {
      if (kind === "polling") line = this.line(kind, on);
      else {
        line = this.offers.get("stream");
        if (line?.g !== on) return exchange.respond(410, "");
      }
      line.from = ack + 1;
      this.confirm(line, ack);
    } else if (!line) {
      if (kind !== "polling" || this.confirmedKind !== "polling") return exchange.respond(410, "");
      this.sim.log(`S revived g${on}`);
      line = this.current = this.line(kind, on);
      this.sim.clearTimeout(this.detached);
    }
    if (line.kind !== kind) return exchange.respond(409, "");
    this.used = true;
    this.ack(ack);
    this.finish();
    if (this.over) return exchange.respond(200, method === "GET" ? "1" : "7" + this.received);
    this.beat(line);
    if (method === "GET") {
      this.answer(line, "6");
      line.parked = exchange;
      line.from = Math.max(ack, this.acked) + 1;
      exchange.onAbort = () => {
        if (line.parked === exchange) line.parked = undefined;
      };
      return this.pump();
    }
    line.from = Math.max(line.from, this.acked + 1);
    const { next } = line;
    line.next = undefined;
    for (const packet of exchange.body ? exchange.body.split(SEPARATOR) : []) if (!this.over) this.packet(line, packet);
    // On a stream the numbers of a body are its own.
    if (kind === "stream") line.next = next;
    exchange.respond(200, "7" + this.received);
    if (!this.over) this.pump();
  }
}

/** A server with any number of sessions; the one that counts is that of the client's engine. */
export class ModelServer implements Behind {
  readonly sessions = new Map<string, ModelSession>();

  constructor(
    private readonly sim: Sim,
    private readonly deliver: (sid: string, packet: string) => void,
    readonly terms: Terms = TERMS,
  ) {}

  private open(kind: "websocket" | "polling"): [ModelSession, string] {
    const sid = `session-${this.sessions.size + 1}`;
    const { pingInterval, pingTimeout, window, buffer } = this.terms;
    const session = new ModelSession(this.sim, this.terms, sid, kind, (packet) => this.deliver(sid, packet));
    this.sessions.set(sid, session);
    const resume = { v: 1, window, buffer, transports: ["websocket", "stream", "polling"] };
    const handshake = { sid, upgrades: ["websocket"], pingInterval, pingTimeout, maxPayload: 3_000, resume };
    return [session, "0" + JSON.stringify(kind === "polling" ? handshake : { ...handshake, upgrades: [] })];
  }

  socket(socket: ServerSocket, query: URLSearchParams): void {
    const sid = query.get("sid");
    if (!sid) {
      if (query.get("towpath") !== "1") this.sim.wrong(`an opening that asks for nothing: ${query}`);
      const [session, handshake] = this.open("websocket");
      session.opened(socket);
      return socket.send(handshake);
    }
    const session = this.sessions.get(sid);
    if (!session) return socket.close(4001);
    session.attachSocket(socket, digits(query.get("attach")), digits(query.get("ack")));
  }

  exchange(exchange: Exchange): void {
    const sid = exchange.query.get("sid");
    if (!sid) return exchange.respond(200, this.open("polling")[1]);
    const session = this.sessions.get(sid);
    if (session) session.http(exchange);
    else exchange.respond(400, '{"code":1,"message":"Session ID unknown"}');
  }
}
