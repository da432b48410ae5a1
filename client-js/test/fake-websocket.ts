/** A platform WebSocket whose every event a test triggers. */
export class FakeWebSocket {
  static last: FakeWebSocket;
  binaryType = "blob";
  closes = 0;
  readonly sent: unknown[] = [];
  onopen!: () => void;
  onmessage!: (event: { data: unknown }) => void;
  onerror!: (event: object) => void;
  onclose!: (event: { code: number; wasClean: boolean }) => void;
  readonly args: unknown[];

  constructor(...args: unknown[]) {
    this.args = args;
    FakeWebSocket.last = this;
  }

  send(data: unknown): void {
    this.sent.push(data);
  }

  close(): void {
    this.closes++;
  }
}
