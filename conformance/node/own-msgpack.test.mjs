import msgpack from "socket.io-msgpack-parser";
import WebSocket from "ws";
import { freshClient } from "./harness.mjs";
import { table } from "./table.mjs";

/** In Node the package takes nothing but a Buffer; our client brings an ArrayBuffer, as browsers do. */
class Decoder extends msgpack.Decoder {
  add(message) {
    super.add(Buffer.from(message));
  }
}
const parser = { Encoder: msgpack.Encoder, Decoder };
// The parser makes nonsense of whole numbers from 2^64 on, whatever client there is.
const options = { parser, WebSocket, huge: Number.MAX_SAFE_INTEGER };

table("MessagePack, polling only", freshClient(), { ...options, transports: ["polling"] }, "polling");
table("MessagePack, WebSocket first", freshClient(), options, "websocket");
