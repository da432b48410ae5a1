import { TransportError } from "./close-reason.js";
import type { TransportSetup } from "./transport.js";

/** What a request needs beside the options. */
export interface HttpRequest {
  /** Milliseconds it may take, until its last byte has come; 0 or nothing: any time. */
  _ms?: number | undefined;
  /** Makes it a POST. */
  _body?: string;
  /** Goes out though the page is left. */
  _keepalive?: boolean;
  /** Reads the body of an answer with status 200, in place of its whole text. */
  _read?: ((response: Response) => Promise<string>) | false;
}

/**
 * A GET, or a POST if there is a body; fails with the status unless that is 200. The message of the error is then the
 * body.
 *
 * It uses `fetch` and not XMLHttpRequest: every browser of the last years has it, workers and Node have it, it can be
 * aborted and streamed, and with `keepalive` the last request of a page that is being left still goes out.
 *
 * @param abort - ends it
 * @internal
 */
export async function httpRequest(
  { extraHeaders, withCredentials, clock, fetch, resumable, requestTimeout }: TransportSetup,
  url: string,
  abort: AbortController,
  { _ms = resumable ? 0 : requestTimeout, _body, _keepalive, _read }: HttpRequest,
): Promise<string> {
  const post = _body !== undefined;
  const timer = _ms && clock.setTimeout(() => abort.abort(), _ms);
  try {
    const response = await fetch!(url, {
      method: post ? "POST" : "GET",
      body: _body,
      // Of text that is sent, the platform says itself that it is text/plain;charset=UTF-8.
      headers: extraHeaders,
      credentials: withCredentials ? "include" : "same-origin",
      signal: abort.signal,
      keepalive: _keepalive,
    });
    const ok = response.status === 200;
    // Read in any case: a connection with an unread body is not used again.
    const text = await (ok && _read ? _read(response) : response.text());
    if (!ok) throw new TransportError(text, response.status, response);
    return text;
  } finally {
    clock.clearTimeout(timer);
  }
}
