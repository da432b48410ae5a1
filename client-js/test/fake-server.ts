import { parseAddress } from "../src/address.js";
import { Connection } from "../src/connection.js";
import { Engine } from "../src/engine.js";
import type { Handshake } from "../src/handshake.js";
import type { ConnectionOptions, EngineOptions } from "../src/options.js";
import { TransportLog } from "../src/transport-log.js";
import { TransportMemory } from "../src/transport-memory.js";
import { FakeClock } from "./fake-clock.js";
import { FakeTransport } from "./fake-transport.js";

/** The other side of fake transports: plays the server, one step at a time. */
export class FakeServer {
  readonly clock = new FakeClock();
  readonly memory = new TransportMemory(() => undefined as never);
  /** Every transport the client has begun, oldest first. */
  readonly transports: FakeTransport[] = [];
  handshake: Handshake = {
    sid: "engine-id",
    upgrades: ["websocket"],
    pingInterval: 25_000,
    pingTimeout: 20_000,
    maxPayload: 1_000_000,
  };

  readonly options: Partial<ConnectionOptions> = {
    clock: this.clock,
    _memory: this.memory,
    createTransport: (name, setup, events) => {
      const transport = new FakeTransport(name, setup, events);
      this.transports.push(transport);
      return transport;
    },
  };

  engine(options?: Partial<EngineOptions>, uri = "https://towpath.test"): Engine {
    return new Engine(parseAddress(uri), { ...this.options, ...options }, new TransportLog(this.clock.now));
  }

  connection(options?: Partial<ConnectionOptions>): Connection {
    return new Connection("https://towpath.test", { transports: ["websocket"], ...this.options, ...options });
  }

  /** The transport begun last. */
  get transport(): FakeTransport {
    return this.transports[this.transports.length - 1]!;
  }

  /** The open packet arrives on a transport. */
  opens(transport = this.transport): void {
    transport.opens();
    transport.receives({ type: "open", data: JSON.stringify(this.handshake) });
  }

  /** The engine is opened, and the socket let in. */
  accepts(nsp = "/", data: object = { sid: "socket-id" }): void {
    this.opens();
    this.transport.drains();
    this.transport.message(`0${nsp === "/" ? "" : nsp + ","}${JSON.stringify(data)}`);
  }

  /** The other transport answers the probe and takes over. */
  upgrades(): void {
    this.transport.opens();
    this.transport.drains();
    this.transport.receives({ type: "pong", data: "probe" });
    this.transports[this.transports.length - 2]!.paused!();
    this.transport.drains();
  }
}
