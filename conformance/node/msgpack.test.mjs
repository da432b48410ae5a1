import { io } from "socket.io-client";
import parser from "socket.io-msgpack-parser";
import { table } from "./table.mjs";

// The parser makes nonsense of whole numbers from 2^64 on, whatever server there is.
const options = { parser, huge: Number.MAX_SAFE_INTEGER };

table("MessagePack, polling only", io, { ...options, transports: ["polling"] }, "polling");
table("MessagePack, WebSocket only", io, { ...options, transports: ["websocket"] }, "websocket");
table("MessagePack, polling upgraded", io, options, "websocket");
