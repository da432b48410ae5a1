// The clients of earlier days: version 2 speaks revision 3 of Engine.IO, which the server has to be told to speak.

import io2 from "socket.io-client-2";
import { io as io3 } from "socket.io-client-3";
import { table } from "./table.mjs";

for (const [version, io] of [
  [2, io2],
  [3, io3],
]) {
  table(`${version}.x, polling only`, io, { transports: ["polling"] }, "polling", version);
  table(`${version}.x, WebSocket only`, io, { transports: ["websocket"] }, "websocket", version);
  table(`${version}.x, polling upgraded`, io, {}, "websocket", version);
}
