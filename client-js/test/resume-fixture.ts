/** A resumable session, and a server that answers as it is told to. */
import { afterEach, beforeEach, vi } from "vitest";
import type { Engine } from "../src/engine.js";
import type { EngineOptions } from "../src/options.js";
import type { TransportName } from "../src/transport-log.js";
import { FakeServer } from "./fake-server.js";
import type { FakeTransport } from "./fake-transport.js";

export let server: FakeServer;
export let engine: Engine;
export let calls: string[];
/** Puts a server that knows nothing in the place of the one that is there. */
export const newServer = () => {
  server = new FakeServer();
  const transports: TransportName[] = ["websocket", "stream", "polling"];
  server.handshake.resume = { v: 1, window: 60_000, buffer: 1_000, transports };
};
beforeEach(newServer);
afterEach(() => vi.unstubAllGlobals());

export const open = (options?: Partial<EngineOptions>, over: TransportName = "websocket") => {
  calls = [];
  const transports: TransportName[] =
    over === "websocket" ? ["websocket", "stream", "polling"] : ["polling", "stream", "websocket"];
  const begun = server.transports.length;
  engine = server.engine({ transports, proofOfLife: 500, ...options });
  engine.on("message", (data) => calls.push(`message ${data}`));
  engine.on("upgrade", ({ name }) => calls.push(`upgrade ${name}`));
  engine.on("close", (reason, details: any) => calls.push(`close ${reason}: ${details?.description}`));
  server.opens();
  return server.transports[begun]!;
};
export const latest = (name: TransportName) => server.transports.filter((transport) => transport.name === name).pop()!;
export const names = () => server.transports.map(({ name }) => name);
/** What was told, and is forgotten by that. */
export const told = () => calls.splice(0);
export const records = () =>
  engine.explain().map(({ transport, purpose, outcome, reason }) => [transport, purpose, outcome, reason].join(" "));
/** A transport proves itself and is confirmed. */
export const carries = (transport: FakeTransport, ack = 0, next = 1) => {
  transport.opens();
  transport.hears(`7${ack}`);
  transport.drains();
  if (transport.name === "polling") transport.events.opened();
  else transport.hears(`8${next}`);
  transport.drains();
};
