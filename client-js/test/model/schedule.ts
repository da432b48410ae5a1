import "../../src/resumable.js";
import { parseAddress } from "../../src/address.js";
import "../../src/resumable.js";
import { Engine } from "../../src/engine.js";
import type { BinaryData } from "../../src/engine-packet.js";
import type { EngineOptions } from "../../src/options.js";
import { TransportLog } from "../../src/transport-log.js";
import { TransportMemory } from "../../src/transport-memory.js";
import { ModelServer, type ModelSession, TERMS } from "./model-server.js";
import { Net } from "./net.js";
import { Sim } from "./sim.js";

/** What came of one schedule. */
export interface Outcome {
  seed: number;
  /** What may not happen, and did. */
  violations: string[];
  /** Why the session ended before it was told to, on both sides, if it did. */
  ended?: string;
  /** It ended though the path was never dark for nearly as long as the window. */
  lost?: boolean;
  delivered: number;
  switches: number;
  /** Milliseconds of honest time until everything was delivered. */
  settled: number;
  trace?: string[];
}

/** Sends numbered messages, text and binary, and checks those of the other side. */
class App {
  made = 0;
  got = 0;
  constructor(
    private readonly sim: Sim,
    private readonly name: string,
  ) {}

  next(length: number): string {
    // Two bytes for each character, so that a cut may fall between them.
    return `${++this.made}:${length}:${"é".repeat(length)}`;
  }

  hears(text: string): void {
    const [, n = "", length = "", rest = ""] = /^(\d+):(\d+):(é*)$/.exec(text) ?? [];
    if (rest.length !== +length || !n) return this.sim.wrong(`${this.name} got a torn message: ${text.slice(0, 40)}`);
    if (+n <= this.got) this.sim.wrong(`${this.name} got a duplicate: ${n}`);
    else if (+n > this.got + 1) this.sim.wrong(`${this.name} lost a message before ${n}`);
    this.got = +n;
  }
}

const bytes = (text: string): ArrayBuffer => new Uint8Array(Buffer.from(text)).buffer as ArrayBuffer;
const ORDERS: EngineOptions["transports"][] = [
  ["websocket", "stream", "polling"],
  ["websocket", "stream", "polling"],
  ["polling", "stream", "websocket"],
  ["websocket", "polling"],
];
/** Reasons that an honest pair has for the end of a session that nobody closed. */
const HONEST = /^(window|buffer|unknown|unused|no progress)$/;

/**
 * Runs one schedule: the client of this package, over a hostile path, against the model server. Then the path becomes
 * honest, and everything has to be delivered; then one side closes, and both have to know.
 *
 * @param bound - seconds of honest time for the delivery
 */
export async function runSchedule(seed: number, trace = false, bound = 75): Promise<Outcome> {
  const sim = new Sim(seed);
  if (trace) sim.trace = [];
  const atClient = new App(sim, "client");
  const atServer = new App(sim, "server");
  const server = new ModelServer(sim, (sid, packet) => {
    if (sid !== engine.id) return sim.wrong("a message for another session");
    atServer.hears(packet[0] === "b" ? Buffer.from(packet.slice(1), "base64").toString() : packet.slice(1));
  });
  const net = new Net(sim, server);
  const log = new TransportLog(sim.now, (attempt) =>
    sim.log(`C ${attempt.transport} ${attempt.purpose} ${attempt.outcome} ${attempt.reason}`),
  );
  const engine: Engine = new Engine(
    parseAddress("http://towpath.test"),
    {
      clock: sim,
      _memory: new TransportMemory(() => undefined as never),
      WebSocket: net.WebSocket,
      fetch: net.fetch as any,
      transports: ORDERS[sim.whole(0, ORDERS.length - 1)],
    },
    log,
  );
  let ended: string | undefined;
  engine.on("message", (data: string | BinaryData) =>
    atClient.hears(typeof data === "string" ? data : Buffer.from(data as ArrayBuffer).toString()),
  );
  engine.on("close", (reason, details: any) => {
    ended = reason === "forced close" ? "client closed" : String(details?.description ?? reason);
    if (ended === "transport closed by the server") ended = "server closed";
    sim.log(`C end ${ended}`);
    if (ended === "window" && !server.sessions.get(engine.id!)?.over) sim.wrong("gave up before the server");
  });
  engine.on("open", () => (net.hostile = true));
  await sim.run(10_000);
  const session: ModelSession | undefined = server.sessions.get(engine.id!);
  const outcome: Outcome = {
    seed,
    violations: sim.violations,
    delivered: 0,
    switches: 0,
    settled: 0,
    trace: sim.trace,
  };
  if (!session) {
    sim.wrong(`not opened: ${ended}`);
    return outcome;
  }

  const gone = () => !!ended || !!session.over;
  let closed = false;
  const fromClient = (length: number, binary: boolean) => {
    if (gone() || closed) return;
    const text = atClientSends.next(length);
    engine.send(binary ? bytes(text) : text);
  };
  const fromServer = (length: number, binary: boolean) => {
    if (gone() || closed) return;
    const text = atServerSends.next(length);
    if (!session.emit([binary ? "b" + Buffer.from(text).toString("base64") : "4" + text])) atServerSends.made--;
  };
  const atClientSends = new App(sim, "");
  const atServerSends = new App(sim, "");
  const span = Math.max(net.honestAt, 15_000) * 1.1;
  for (const send of [fromClient, fromServer]) {
    for (let i = sim.whole(0, 80); i--;) {
      sim.at(sim.between(10_000, span), () => {
        for (let burst = sim.chance(0.2) ? sim.whole(2, 8) : 1; burst--;) {
          send(sim.chance(0.9) ? sim.whole(0, 30) : sim.whole(100, 700), sim.chance(0.15));
        }
      });
    }
  }
  // Hints of the platform, true or false, and sleep.
  for (let i = sim.whole(0, 3); i--;) {
    sim.at(sim.between(10_000, span), () => {
      sim.log("C woken");
      if (!gone()) (engine as any)._session?._wake();
    });
  }

  const delivered = () => atServer.got === atClientSends.made && atClient.got === atServerSends.made;
  await sim.run(span);
  while (outcome.settled < bound && !gone() && !delivered()) await sim.run(span + ++outcome.settled * 1000);
  await sim.run(span + bound * 1000);
  const carrier = () => (engine as any)._session?._current;
  if (!gone()) {
    if (!delivered()) {
      sim.wrong(
        `stuck: to the server ${atServer.got}/${atClientSends.made}, to the client ${atClient.got}/${atServerSends.made}`,
      );
    }
    // Honest time: it rests on the best transport, and nothing is left over.
    const { switches, requests } = session;
    await sim.run(span + bound * 1000 + 150_000);
    if (!gone()) {
      if (net.doomed) {
        if (!carrier() && !(engine as any)._session._candidates().length) sim.log("between two transports");
      } else if (carrier()?._name !== "websocket") sim.wrong(`not on the best transport: ${carrier()?._name}`);
      else if (carrier()._g !== session.confirmed || !session.current) {
        sim.wrong(`the sides disagree: ${carrier()._g} here, ${session.confirmed} there`);
      }
      if (net.doomed) sim.log("transports come and go");
      else if (session.offers.size || (engine as any)._lines.length !== 1) sim.wrong("transports left over");
      if (session.unacknowledged || (engine as any)._session._sequence._weight) sim.wrong("never acknowledged");
      if (session.switches - switches > (net.doomed ? 24 : 6))
        sim.wrong(`flapping: ${session.switches - switches} switches`);
      if (session.requests - requests > 400) sim.wrong(`busy: ${session.requests - requests} requests`);
    }
  }
  const early = gone();
  if (session.tooMany) sim.wrong("too many offers");
  if (session.peakOffers > 2) sim.wrong(`${session.peakOffers} offers at once`);
  if (!early) {
    // A close lets everything through that was sent before it.
    const byClient = sim.chance(0.5);
    (byClient ? fromClient : fromServer)(10, false);
    closed = true;
    if (byClient) engine.close();
    else session.close();
    await sim.run(sim.now() + TERMS.window + TERMS.pingInterval + TERMS.pingTimeout + 30_000);
    if (!delivered()) sim.wrong("closed before everything was delivered");
  } else await sim.run(sim.now() + TERMS.window + TERMS.pingInterval + TERMS.pingTimeout + 30_000);
  if (!ended || !session.over) sim.wrong(`one side does not know of the end: client ${ended}, server ${session.over}`);
  if (early) {
    outcome.ended = `${ended}|${session.over}`;
    for (const why of [ended, session.over]) {
      if (why && !HONEST.test(why) && !/closed$/.test(why)) sim.wrong(`ended: ${outcome.ended}`);
    }
    if (ended === "client closed" || session.over === "server closed") sim.wrong(`closed by nobody: ${outcome.ended}`);
  }
  const long = net.dark.some(([from, to]) => to - from > TERMS.window - 20_000);
  outcome.lost = early && !long && !/buffer|unused/.test(outcome.ended!);
  outcome.delivered = atClient.got + atServer.got;
  outcome.switches = session.switches;
  return outcome;
}
