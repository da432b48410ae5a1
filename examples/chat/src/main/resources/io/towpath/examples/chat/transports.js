// What the client knows about its transports, in plain words.

export const TRANSPORTS = { websocket: "WebSocket", stream: "HTTP streaming", polling: "HTTP long-polling" };

const CARRIES = { upgraded: "took over", resumed: "took up the session" };

const FAILED = {
  refused: "was refused",
  closed: "opened, and was closed before a word came through",
  silent: "stayed silent",
  invalid: "answered with something else",
  overtaken: "was slower",
  abandoned: "was given up with the connection",
};

const ENDED = {
  upgraded: "handed over",
  cut: "was cut",
  lost: "broke off",
  silent: "fell silent",
  server: "was closed by the server",
  client: "was closed by this page",
  offline: "lost the network",
  hidden: "ended when the page was left",
  invalid: "brought something that cannot be read",
};

/** One record of `socket.io.engine.explain()` as a sentence without its subject, the transport. */
export function inWords({ outcome, reason, ms }) {
  switch (outcome) {
    case "trying":
      return "is being tried …";
    case "carrying":
      return `${CARRIES[reason] ?? "answered"} after ${duration(ms)}`;
    case "failed":
      return `${FAILED[reason] ?? "failed"} (${duration(ms)})`;
    default:
      return `${ENDED[reason] ?? "ended"} after ${duration(ms)}`;
  }
}

/** Why a connection is gone, for the line above the messages. */
export function whyGone(reason, attempt) {
  if (attempt) {
    const name = TRANSPORTS[attempt.transport] ?? attempt.transport;
    return `${name} ${ENDED[attempt.reason] ?? "ended"} after ${duration(attempt.ms)}.`;
  }
  return reason === "ping timeout" ? "Nothing was heard of the server for too long." : `Reason: ${reason}.`;
}

export function duration(ms) {
  if (ms < 1000) return `${Math.round(ms)} ms`;
  const seconds = ms / 1000;
  if (seconds < 60) return `${seconds.toFixed(seconds < 10 ? 1 : 0)} s`;
  const minutes = Math.floor(seconds / 60);
  return minutes < 60 ? `${minutes} min` : `${Math.floor(minutes / 60)} h ${minutes % 60} min`;
}

/** Shows the records, newest first. */
export function showHistory(list, records) {
  list.replaceChildren(
    ...records.reverse().map((record) => {
      const item = document.createElement("li");
      item.className = record.outcome;
      item.dataset.transport = record.transport;
      item.dataset.outcome = record.outcome;
      item.dataset.reason = record.reason ?? "";
      const time = document.createElement("time");
      const at = new Date(record.at);
      time.dateTime = at.toISOString();
      time.textContent = at.toLocaleTimeString([], { hour: "2-digit", minute: "2-digit", second: "2-digit" });
      const name = document.createElement("strong");
      name.textContent = TRANSPORTS[record.transport] ?? record.transport;
      const words = document.createElement("span");
      words.append(name, " ", inWords(record));
      item.append(time, words);
      return item;
    }),
  );
}
