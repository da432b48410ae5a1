// Keeps what happened in the page, and shows it.
globalThis.seen = [];
globalThis.note = (...what) => {
  seen.push(what.join(" "));
  const item = document.createElement("li");
  item.append(what.join(" "));
  document.querySelector("ul")?.append(item);
};
addEventListener("error", ({ message }) => note("error:", message));
addEventListener("unhandledrejection", ({ reason }) => note("unhandled:", reason));
addEventListener("securitypolicyviolation", ({ violatedDirective, blockedURI }) =>
  note("policy:", violatedDirective, blockedURI),
);
addEventListener("pageshow", ({ persisted }) => note("pageshow", persisted ? "from the cache" : "loaded"));
addEventListener("pagehide", ({ persisted }) => note("pagehide", persisted ? "into the cache" : "for ever"));

/** Connects, and keeps what the socket says. */
globalThis.open = (options, uri) => {
  globalThis.socket = io(uri, { reconnectionDelay: 100, reconnectionDelayMax: 200, ...options });
  socket.on("connect", () => note("connect"));
  socket.on("connect_error", (error) => note("connect_error", error.message));
  socket.on("disconnect", (reason, details) => note("disconnect", reason, details?.description ?? ""));
  socket.io.on("transport", ({ transport, outcome }) => note("transport", transport, outcome));
};
