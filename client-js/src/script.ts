import io from "./callable.js";

/** What the script tag brings: the global `io`. */
(globalThis as any).io = io;
