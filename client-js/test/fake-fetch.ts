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

  /** The network fails. */
  fails(error: unknown = new TypeError("fetch failed")): void {
    this.done = true;
    this.reject(error);
  }
}
