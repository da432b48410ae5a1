// One client's half of a conversation. The only argument is JSON: the module of the client, its options, the URL,
// messages a second, seconds, and for how many milliseconds to wait for the conversation to settle, and for WebSocket.
// Says "connected" at the first event of the server, "sent" when it has said everything, "settled" when that has arrived or
// the time for it is over, and at last its figures.

import { createRequire } from "node:module";
import { pathToFileURL } from "node:url";
import { Sequence, steadily } from "./sequence.mjs";

const { module, own, url, options, perSecond, seconds, settle, webSocketWithin } = JSON.parse(process.argv[2]);
const require = createRequire(import.meta.url);
const { io } = own ? await import(pathToFileURL(module).href) : require("socket.io-client");
if (own) options.WebSocket = require("ws");

const heard = new Sequence();
let firstMessage = null;
let disconnects = 0;
let sent = 0;
const began = Date.now();
const socket = io(url, { forceNew: true, ...options });
const engine = () => socket.io.engine;

socket.on("tick", (n) => {
  if (firstMessage === null) {
    firstMessage = Date.now() - began;
    console.log("connected");
  }
  heard.take(n);
});
socket.on("disconnect", () => disconnects++);
socket.emit("start");
steadily(
  perSecond,
  seconds,
  (n) => {
    sent = n;
    socket.emit("message", n);
  },
  finish,
);

async function finish() {
  console.log("sent");
  const until = Date.now() + settle;
  let down;
  let report = null;
  while (Date.now() < until) {
    report = await ask(Math.min(2000, until - Date.now())) ?? report;
    if (report && report.received === sent && heard.seen.size === report.sent) break;
    await new Promise((done) => setTimeout(done, 200));
  }
  down = heard.figures();
  const told = disconnects;
  console.log("settled");
  const back = webSocketWithin ? await webSocket(webSocketWithin) : null;
  console.log(
    "figures " +
      JSON.stringify({
        sent,
        firstMessage,
        disconnects: told,
        up: report,
        down,
        back,
        transport: engine()?.transport?.name ?? null,
      }),
  );
  process.exit(0);
}

/** What the server has heard; null if it does not answer in time. */
function ask(ms) {
  return new Promise((done) => {
    const timer = setTimeout(() => done(null), ms);
    if (!socket.connected) return;
    const answered = (figures) => {
      clearTimeout(timer);
      done(figures);
    };
    // Without retries of its own: a question that is lost is asked again here.
    socket.volatile.emit("report", answered);
  });
}

/** Milliseconds until WebSocket carries the conversation; null if it does not in time. */
async function webSocket(ms) {
  const start = Date.now();
  while (Date.now() - start < ms) {
    if (socket.connected && engine()?.transport?.name === "websocket") return Date.now() - start;
    await new Promise((done) => setTimeout(done, 50));
  }
  return null;
}
