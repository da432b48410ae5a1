import type { Clock } from "./environment.js";
import type { EngineOptions } from "./options.js";
import type { TransportName } from "./transport-log.js";

/** A server address, taken apart. */
export interface Address {
  /** `https` or `wss`. */
  secure: boolean;
  /** Host name, IPv6 in brackets. */
  hostname: string;
  /** Always set, also where it is the default. */
  port: string;
  /** The namespace: `/` if the address names none. As written, not percent-encoded. */
  nsp: string;
  /** Without the question mark; empty if there is none. */
  query: string;
}

// scheme "//", user "@", host, ":" port, namespace, "?" query
const PARTS =
  /^(?:(?:(https?|wss?):)?\/\/)?(?:[^/?#@]*@)?(\[[^\]]+\]|[^:/?#[\]]*)(?::(\d+))?(\/[^?#]*)?(?:\?([^#]*))?(?:#|$)/i;

/**
 * Takes an address apart. What it leaves out comes from the page; where there is none, from `https`, or, if it names
 * no host either, from `http://localhost`.
 *
 * @param uri - e.g. `https://example.com/admin?token=1`, `example.com:3000`, `/admin`, or nothing
 * @throws TypeError if it is no address
 * @internal
 */
export function parseAddress(uri = "", page = globalThis.location): Address {
  const parts = PARTS.exec(uri);
  if (!parts) throw new TypeError(`not an address: ${uri}`);
  const [, scheme, host, port, nsp, query = ""] = parts;
  // Pages from files and the like have no host of their own.
  const here = page?.hostname ? page : { protocol: host ? "https:" : "http:", hostname: "localhost", port: "" };
  const secure = /^(http|ws)s:?$/i.test(scheme || here.protocol);
  return {
    secure,
    hostname: host || here.hostname,
    port: port || (!host && here.port) || (secure ? "443" : "80"),
    nsp: nsp || "/",
    query,
  };
}

/**
 * The address of a request: the application's parameters first, then the protocol's.
 *
 * @internal
 */
export function engineUri(
  { secure, hostname, port, query: own }: Address,
  {
    path = "/socket.io",
    addTrailingSlash,
    query,
    timestampRequests,
    timestampParam,
    forceBase64,
  }: Partial<EngineOptions>,
  name: TransportName,
  sid: string | undefined,
  clock: Clock,
  more: Record<string, any>,
): string {
  const polling = name !== "websocket";
  const params = new URLSearchParams(own || query);
  const all: Record<string, any> = {
    EIO: 4,
    transport: name,
    [timestampParam || "t"]:
      (polling ? timestampRequests !== false : timestampRequests) && (clock.now() + clock.random()).toString(36),
    b64: forceBase64 && !(polling && sid) && 1,
    sid,
    ...more,
  };
  for (const key in all) if (all[key] || all[key] === 0) params.set(key, all[key]);
  const host = port === (secure ? "443" : "80") ? hostname : hostname + ":" + port;
  const directory = path.replace(/\/$/, "") + (addTrailingSlash === false ? "" : "/");
  return `${polling ? "http" : "ws"}${secure ? "s" : ""}://${host}${directory}?${params}`;
}
