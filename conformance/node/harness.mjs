// What the scripts share: where everything is, how to ask the server and the proxies about it, and how to wait.

import { createRequire } from "node:module";

const where = (name) => process.env[name] ?? fail(`${name} is not set: these scripts are started by the build`);

/** The server with default options. */
export const SERVER = where("SERVER_URL");
/** The same with a ping interval of 300 ms and a ping timeout of 400 ms. */
export const IMPATIENT = where("IMPATIENT_URL");
/** Hostile proxies in front of the two. */
export const PROXY = where("PROXY_URL");
export const IMPATIENT_PROXY = where("IMPATIENT_PROXY_URL");

const SERVER_CONTROL = where("SERVER_CONTROL");
const PROXY_CONTROL = where("PROXY_CONTROL");

function fail(message) {
  throw new Error(message);
}

async function ask(base, path) {
  const response = await fetch(base + path, { method: "POST" });
  const text = await response.text();
  if (!response.ok) throw new Error(`${path}: ${response.status} ${text}`);
  return text;
}

/** The reason that the server gave when a socket left; waits until it has. */
export const serverReason = (id) => ask(SERVER_CONTROL, `/reason?id=${encodeURIComponent(id)}`);

/** Stops the server and starts it again on its port. */
export const restartServer = () => ask(SERVER_CONTROL, "/restart");

/** Sets the mode of the proxy in front of the server. */
export const proxyMode = (mode) => ask(PROXY_CONTROL, `/proxy?mode=${mode}`);

/** Sets the mode of the proxy in front of the impatient server. */
export const impatientProxyMode = (mode) => ask(PROXY_CONTROL, `/impatient?mode=${mode}`);

/** Waits for an event of anything with `once`, and returns its arguments. */
export function event(emitter, name, ms = 8_000) {
  return within(ms, `event "${name}"`, (done) => emitter.once(name, (...args) => done(args)));
}

/** Waits for an event and returns its first argument. */
export const first = async (emitter, name, ms) => (await event(emitter, name, ms))[0];

/** Waits until a condition holds; it is looked at after every event of the emitter. */
export function until(emitter, names, condition, what, ms = 8_000) {
  return within(ms, what, (done) => {
    const look = () => {
      if (!condition()) return;
      for (const name of names) emitter.off(name, look);
      done();
    };
    for (const name of names) emitter.on(name, look);
    look();
  });
}

function within(ms, what, start) {
  return new Promise((resolve, reject) => {
    const timer = setTimeout(() => reject(new Error(`${what}: not within ${ms} ms`)), ms);
    start((value) => {
      clearTimeout(timer);
      resolve(value);
    });
  });
}

/** Sockets that a test opened, so that it closes them whatever happens. */
export class Sockets {
  #io;
  #open = [];

  constructor(io) {
    this.#io = io;
  }

  /** Opens a socket on a connection of its own. */
  open(url, options) {
    const socket = this.#io(url, { forceNew: true, reconnectionDelay: 50, reconnectionDelayMax: 100, ...options });
    this.#open.push(socket);
    return socket;
  }

  /** The same, and waits until it is connected. */
  async connect(url, options) {
    const socket = this.open(url, options);
    await Promise.race([
      event(socket, "connect"),
      event(socket, "connect_error").then(([error]) => Promise.reject(error)),
      // Clients of version 2 hear of refusals by this name; later ones have no such event.
      event(socket, "error").then(([error]) => Promise.reject(error)),
    ]);
    return socket;
  }

  close() {
    for (const socket of this.#open.splice(0)) socket.disconnect();
  }
}

/** Our client, with no memory of how WebSocket fared before: that is kept for as long as the page lives. */
export function freshClient() {
  const require = createRequire(import.meta.url);
  const file = require.resolve(where("CLIENT"));
  delete require.cache[file];
  return require(file).io;
}
