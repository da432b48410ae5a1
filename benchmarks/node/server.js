// The reference server with the same application as the others.
// Lines on standard input: "heap" answers with the live bytes; the end of the input ends the program.
const { createServer } = require("node:http");
const { createInterface } = require("node:readline");
const { Server } = require("socket.io");

const http = createServer();
const io = new Server(http, { pingInterval: 25000, cors: { origin: "*" } });

io.on("connection", (socket) => {
  const echo = (text, ack) => (ack ? ack(text) : socket.emit("echo", text));
  socket.on("echo", echo);
  socket.on("text", echo);
  socket.on("broadcast", (text) => io.emit("broadcast", text));
});

http.listen(Number(process.argv[2]), "127.0.0.1", () => {
  console.log(`port ${http.address().port}`);
  console.log("ready");
});

createInterface({ input: process.stdin })
  .on("line", (line) => {
    if (line === "heap") {
      global.gc();
      global.gc();
      const { heapUsed, external } = process.memoryUsage();
      console.log(`heap ${heapUsed + external}`);
    }
  })
  .on("close", () => process.exit(0));
