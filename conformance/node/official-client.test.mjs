import { io } from "socket.io-client";
import { table } from "./table.mjs";

table("polling only", io, { transports: ["polling"] }, "polling");
table("WebSocket only", io, { transports: ["websocket"] }, "websocket");
table("polling upgraded", io, {}, "websocket");
