/** A `fetch` whose every answer a test gives. */
export class FakeFetch {
  readonly requests: FakeRequest[] = [];
  readonly fetch = ((url: string, init: RequestInit) =>
    new Promise<any>((resolve, reject) => {
      const request = new FakeRequest(url, init, resolve, reject);
      this.requests.push(request);
    })) as typeof fetch;

  private open(method: string): FakeRequest | undefined {
    return this.requests.find((request) => request.method === method && !request.done);
  }

  /** The GET that waits. */
  get get(): FakeRequest {
    return this.open("GET")!;
  }

  /** The POST that is under way. */
  get post(): FakeRequest {
    return this.open("POST")!;
  }

  /** How many requests wait for their answer. */
  get pending(): number {
    return this.requests.filter(({ done }) => !done).length;
  }
}

/** One request; see {@link FakeFetch}. */
export class FakeRequest {
  done = false;
  aborted = false;

  constructor(
    readonly url: string,
    readonly init: RequestInit,
    private readonly resolve: (response: unknown) => void,
    private readonly reject: (error: unknown) => void,
  ) {
    init.signal!.addEventListener("abort", () => {
      this.aborted = true;
      this.fails(new Error("aborted"));
    });
  }

  get method(): string {
    return this.init.method!;
  }

  /** The server answers. */
  answers(body: string, status = 200): void {
    this.done = true;
    this.resolve({ status, ok: status < 300, text: () => Promise.resolve(body) });
  }

  /** The server answers in pieces; returns what sends one, and what ends or breaks the answer. */
  streams(): { chunk(text: string | Uint8Array): void; end(): void; fail(error: unknown): void } {
    this.done = true;
    let controller!: ReadableStreamDefaultController<Uint8Array>;
    const body = new ReadableStream<Uint8Array>({ start: (own) => void (controller = own) });
    this.init.signal!.addEventListener("abort", () => controller.error(new Error("aborted")));
    this.resolve({ status: 200, body, text: () => Promise.reject(new Error("streamed")) });
    return {
      chunk: (text) => controller.enqueue(typeof text === "string" ? new TextEncoder().encode(text) : text),
      end: () => controller.close(),
      fail: (error) => controller.error(error),
    };
  }

  /** The network fails. */
  fails(error: unknown = new TypeError("fetch failed")): void {
    this.done = true;
    this.reject(error);
  }
}
