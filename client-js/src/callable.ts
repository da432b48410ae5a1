import io, { Connection, connect, Manager, protocol, Socket } from "./index.js";

/** `io` with everything else as its properties: what `require` returns, and the global of the script tag. */
export default Object.assign(io, { io, connect, Connection, Manager, Socket, protocol, default: io, __esModule: true });
