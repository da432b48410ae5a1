import type { CloseDetails, TransportError } from "../src/close-reason.js";
import type { EnginePacket } from "../src/engine-packet.js";
import type { TransportEvents, TransportSetup } from "../src/transport.js";
import { FakeClock } from "./fake-clock.js";

/** Hears a transport, and writes down what it says. */
export class TransportRecorder implements TransportEvents {
  readonly clock = new FakeClock();
  readonly calls: string[] = [];
  readonly packets: EnginePacket[] = [];
  failure: TransportError | CloseDetails | undefined;
  clean: boolean | undefined;

  opened = (ack?: string): void => void this.calls.push(ack === undefined ? "opened" : `opened ${ack}`);
  drained = (unsent?: EnginePacket[]): void =>
    void this.calls.push(unsent ? `drained without ${unsent.map(({ type }) => type)}` : "drained");
  packet = (packet: EnginePacket): void => {
    this.calls.push(`packet ${packet.type}`);
    this.packets.push(packet);
  };
  closed = (failure: TransportError | CloseDetails, clean?: boolean): void => {
    this.calls.push("closed");
    this.failure = failure;
    this.clean = clean;
  };

  setup(more: Partial<TransportSetup> = {}): TransportSetup {
    return { uri: (sid) => `test:${sid ?? ""}`, clock: this.clock, ...more };
  }

  /** What was said since the last question. */
  take(): string[] {
    return this.calls.splice(0);
  }
}
