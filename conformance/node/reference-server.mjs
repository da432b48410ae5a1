// The npm socket.io server, with the behaviour of InteropServer.java: proves that the table is right, and takes our client.

import http from "node:http";
import { Server } from "socket.io";
import msgpack from "socket.io-msgpack-parser";

const reasons = new Map();
const has = (flag) => process.argv.includes(`--${flag}`);
const patient = {
  ...(has("msgpack") ? { parser: msgpack } : {}),
  ...(has("recovery") ? { connectionStateRecovery: {} } : {}),
};
const impatient = { ...patient, pingInterval: 300, pingTimeout: 400 };

function reasonOf(id) {
  if (!reasons.has(id)) {
    const entry = {};
    entry.promise = new Promise((resolve) => (entry.resolve = resolve));
    reasons.set(id, entry);
  }
  return reasons.get(id);
}

function listen(port, options) {
  return new Promise((resolve) => {
    const server = http.createServer();
    const io = new Server(server, options);
    io.on("connection", (socket) => serve(io, socket));
    io.of("/secret").use((socket, next) => {
      if (socket.handshake.auth.token === "open sesame") return next();
      const error = new Error("not allowed");
      error.data = { code: 401, hint: "token" };
      next(error);
    });
    io.of("/secret").on("connection", (socket) => {
      watch(socket);
      socket.emit("let in", socket.handshake.auth);
      socket.on("echo", (...args) => args.pop()(...args));
    });
    server.listen(port, "127.0.0.1", () => resolve({ io, port: server.address().port }));
  });
}

function watch(socket) {
  socket.on("disconnect", (reason) => reasonOf(socket.id).resolve(reason));
}

function serve(io, socket) {
  watch(socket);
  socket.emit("hello", socket.id);
  socket.on("echo", (...args) => {
    if (typeof args.at(-1) === "function") args.pop()(...args);
    else socket.emit("echo", ...args);
  });
  socket.on("ask", (question) => {
    socket.emit("question", question, (...answer) => socket.emit("answered", ...answer));
  });
  socket.on("ask in vain", () => {
    socket.timeout(60).emit("question", "in vain", (error) => socket.emit(error ? "unanswered" : "answered"));
  });
  socket.on("what came", (ack) => {
    const { query, headers } = socket.handshake;
    ack({ query, header: headers["x-test"] ?? null });
  });
  socket.on("never answer", () => {});
  socket.on("measure", ({ name, main, parts }, ack) => {
    ack({ name, bytes: main.byteLength, parts: parts.map((part) => part.byteLength), back: main });
  });
  socket.on("join", (room, ack) => {
    socket.join(room);
    ack();
  });
  socket.on("leave", (room, ack) => {
    socket.leave(room);
    ack();
  });
  socket.on("tell", (room, text) => socket.to(room).emit("told", text));
  socket.on("tell all", (room, text) => io.to(room).emit("told", text));
  socket.on("tell all bytes", (room, bytes) => io.to(room).emit("told", bytes));
  socket.on("tell others", (text) => socket.broadcast.emit("told", text));
  socket.on("kick", () => socket.disconnect());
  socket.on("kick out", () => socket.disconnect(true));
}

let patientServer = await listen(0, patient);
const impatientServer = await listen(0, impatient);

const control = http.createServer(async (request, response) => {
  const url = new URL(request.url, "http://localhost");
  if (url.pathname === "/reason") {
    response.end(await reasonOf(url.searchParams.get("id")).promise);
  } else {
    await patientServer.io.close();
    patientServer = await listen(patientServer.port, patient);
    response.end("restarted");
  }
});
control.listen(0, "127.0.0.1", () => {
  console.log(`ready ${patientServer.port} ${impatientServer.port} ${control.address().port}`);
});
