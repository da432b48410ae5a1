/** Engines, and a server that answers as it is told to. */
import { beforeEach } from "vitest";
import type { Engine } from "../src/engine.js";
import type { EngineOptions } from "../src/options.js";
import { FakeServer } from "./fake-server.js";

export let server: FakeServer;
/** Puts a server that knows nothing in the place of the one that is there. */
export const newServer = () => {
  server = new FakeServer();
};
beforeEach(newServer);

/** Everything the engine says, by name. */
export const record = (engine: Engine) => {
  const calls: unknown[][] = [];
  for (const event of ["open", "upgrade", "upgradeError", "error", "close"] as const) {
    engine.on(event, (...args: unknown[]) => calls.push([event, ...args]));
  }
  return calls;
};
export const names = () => server.transports.map(({ name }) => name);
export const records = (engine: Engine) =>
  engine.explain().map(({ transport, outcome, reason, ms }) => [transport, outcome, reason, ms].join(" "));
export const websocketFirst: Partial<EngineOptions> = { transports: ["websocket", "polling"] };
export const pollingFirst: Partial<EngineOptions> = { transports: ["polling", "websocket"] };

export const openOver = (name: "websocket" | "polling", options?: Partial<EngineOptions>) => {
  const engine = server.engine({ transports: [name], ...options });
  server.opens();
  return engine;
};
