// The reference server's half of a conversation: numbered events both ways, to whichever socket came last.
// Arguments: port, messages a second, seconds, "recovery" or "".

import { createServer } from "node:http";
import { Server } from "socket.io";
import { Sequence, steadily } from "./sequence.mjs";

const [port, perSecond, seconds, recovery] = process.argv.slice(2);
const http = createServer();
const io = new Server(http, {
  cors: { origin: "*" },
  ...(recovery === "recovery" ? { connectionStateRecovery: {} } : {}),
});

const heard = new Sequence();
let current;
let sent = 0;
let begun = false;

io.on("connection", (socket) => {
  current = socket;
  socket.on("start", () => {
    if (begun) return;
    begun = true;
    steadily(
      Number(perSecond),
      Number(seconds),
      (n) => {
        sent = n;
        current.emit("tick", n);
      },
      () => {},
    );
  });
  socket.on("message", (n, ack) => {
    heard.take(n);
    if (ack) ack();
  });
  socket.on("report", (ack) => ack({ sent, ...heard.figures() }));
});

http.listen(Number(port), "127.0.0.1", () => console.log("ready"));
process.stdin.resume().on("end", () => process.exit(0));
