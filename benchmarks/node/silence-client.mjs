// How long a client takes to notice that its connection died without a word. The only argument is JSON: the module of the
// client, whether it is ours, the URL, whether events flow meanwhile, and after how many milliseconds (if ever) the page
// hears `online`. Says "connected", waits for the line "dead" on standard input, and at last says "repaired" and after how
// many milliseconds, counted from the hint if there was one, else from the death.

import { createRequire } from "node:module";
import { createInterface } from "node:readline";
import { pathToFileURL } from "node:url";

const { module, own, url, busy, hint, patience } = JSON.parse(process.argv[2]);
const require = createRequire(import.meta.url);

// Node has no window: what a page hears of its network is said here.
const page = new EventTarget();
for (const name of ["addEventListener", "removeEventListener", "dispatchEvent"]) globalThis[name] = page[name].bind(page);

const { io } = own ? await import(pathToFileURL(module).href) : require("socket.io-client");
const socket = io(url, { ...(own ? { WebSocket: require("ws") } : {}), forceNew: true });
let disconnects = 0;
socket.on("disconnect", () => disconnects++);

await new Promise((done) => socket.on("connect", done));
while (socket.io.engine.transport.name !== "websocket") await pause(50);
let timer;
if (busy) timer = setInterval(() => socket.emit("message", 1), 100);
// Whatever opening left to say has been said by then.
await pause(3000);
console.log("connected");

await new Promise((done) => createInterface({ input: process.stdin }).once("line", done));
let since = Date.now();
const before = socket.io.engine.transport;
const session = socket.id;
if (hint !== null) {
  await pause(hint);
  since = Date.now();
  dispatchEvent(new Event("online"));
}
while (Date.now() - since < patience) {
  const engine = socket.io.engine;
  if (socket.connected && (engine.transport !== before || socket.id !== session) && engine.readyState === "open") {
    // Noticed is not repaired: an answer has to come.
    if (await answered(2000)) break;
  }
  await pause(20);
}
clearInterval(timer);
const ms = Date.now() - since;
console.log(`repaired ${JSON.stringify({ ms: ms < patience ? ms : null, disconnects })}`);
process.exit(0);

function pause(ms) {
  return new Promise((done) => setTimeout(done, ms));
}

function answered(ms) {
  return Promise.race([new Promise((done) => socket.emit("report", () => done(true))), pause(ms).then(() => false)]);
}
