import { createRequire } from "node:module";
import WebSocket from "ws";
import { table } from "./table.mjs";

const { io } = createRequire(import.meta.url)(process.env.CLIENT);

table("polling only", io, { transports: ["polling"] }, "polling");
table("WebSocket only", io, { transports: ["websocket"], WebSocket }, "websocket");
table("polling upgraded", io, { transports: ["polling", "websocket"], WebSocket }, "websocket");
table("WebSocket first", io, { WebSocket }, "websocket");
