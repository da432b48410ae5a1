// The chat: a small protocol over one socket.
//
//   to the server     join { room, name, me, again } -> { history, people } or { error }
//                     say { id, text } -> { at } or { error }      image { id, name, type, data } -> { at } or { error }
//                     typing active      leave
//   from the server   said, image: a message      typed { id, name, active }
//                     joined, left: { id, name, people, again }
//
// A message has an id of its own, so that what was not confirmed can be sent again after a reconnection: the server
// knows it if it has it already.

import { prepare } from "./images.js";
import { avatar, element, Messages } from "./messages.js";
import { breakable } from "./network.js";
import { showHistory, TRANSPORTS, whyGone } from "./transports.js";

const ACK_TIMEOUT = 20_000;
const MOST_UNCONFIRMED = 50;
const TYPING_EVERY = 2_000;
const TYPING_SHOWN = 4_000;

const $ = (id) => document.getElementById(id);

/** Who this tab is, the same over all its connections. */
const me = randomId();
const messages = new Messages($("messages"), $("newest"), me);
/** What the server has not confirmed yet, oldest first: id -> { event, body }. */
const unconfirmed = new Map();
/** People who are typing: id -> { name, timer }. */
const typists = new Map();
/** Where we are, or want to be: { room, name }. */
let place;
let joined = false;

// ---- the connection ----

const socket = globalThis.io?.();
if (socket) listen();
else showState("broken", "The chat's client could not be loaded.");

function listen() {
  socket.on("connect", () => {
    showState("connected", "Connected");
    if (place) enter(true);
  });
  socket.on("disconnect", (reason, details) => {
    joined = false;
    clearTypists();
    if (socket.active) {
      const why = whyGone(reason, details?.attempt);
      showState(navigator.onLine ? "reconnecting" : "offline", "Reconnecting …", `Reconnecting … ${why}`);
    } else {
      showState("ended", "Not connected", "The server has ended this connection.", true);
    }
  });
  socket.on("connect_error", (error) => {
    if (!socket.active) showState("ended", "Not connected", `The server refused: ${error.message}`, true);
    else if (place) showState("reconnecting", "Reconnecting …", "Reconnecting … The server cannot be reached.");
    else showState("connecting", "Connecting …", "Connecting … The server cannot be reached yet.");
  });
  for (const event of ["transport", "open", "close", "error", "reconnect_attempt"]) {
    socket.io.on(event, () => {
      watchUpgrade(socket.io.engine);
      showTransport();
    });
  }
  watchUpgrade(socket.io.engine);
  showTransport();
  breakable(socket);

  socket.on("said", show);
  socket.on("image", show);
  socket.on("typed", ({ id, name, active }) => (active ? addTypist(id, name) : removeTypist(id)));
  socket.on("joined", ({ id, name, people, again }) => {
    showPeople(people);
    if (id !== me) messages.note(again ? `${name} is back` : `${name} joined`);
  });
  socket.on("left", ({ id, name, people }) => {
    removeTypist(id);
    showPeople(people);
    messages.note(`${name} left`);
  });
}

/** An engine belongs to one connection: each new one is watched for attempts that change nothing but are worth telling. */
function watchUpgrade(engine) {
  if (!engine || engine === watchUpgrade.engine) return;
  watchUpgrade.engine = engine;
  engine.on("upgradeError", showTransport);
  engine.on("upgrade", showTransport);
}

function showTransport() {
  const records = socket.io.engine?.explain?.() ?? [];
  const carrying = records.findLast((record) => record.outcome === "carrying");
  const name = carrying?.transport;
  $("transport").textContent = name ? (TRANSPORTS[name] ?? name) : "No connection";
  $("badge").dataset.transport = name ?? "none";
  showHistory($("history"), records);
  showWelcome();
}

function showState(state, words, notice = "", mayConnect = false) {
  document.body.dataset.state = state;
  $("state").textContent = words;
  $("notice").hidden = !notice;
  $("notice-text").textContent = notice;
  $("again").hidden = !mayConnect;
  showWelcome(notice || words);
}

function showWelcome(words = $("state").textContent) {
  const name = $("badge").dataset.transport;
  const over = document.body.dataset.state === "connected" && TRANSPORTS[name];
  $("welcome-state").textContent = over ? `Connected over ${over}` : words;
}

$("again").addEventListener("click", () => {
  showState("connecting", "Connecting …");
  socket.connect();
});

// ---- joining and leaving ----

$("name").value = remembered("name");
$("room").value = new URLSearchParams(location.search).get("room")?.slice(0, 30) || remembered("room") || "lobby";
($("name").value ? $("room") : $("name")).focus();

$("join").addEventListener("submit", (event) => {
  event.preventDefault();
  const name = $("name").value.trim();
  const room = $("room").value.trim();
  if (!name || !room || !socket) return;
  place = { name, room };
  remember("name", name);
  remember("room", room);
  if (socket.connected) enter(false);
});

async function enter(again) {
  const wanted = place;
  again &&= !$("chat").hidden;
  let answer;
  try {
    answer = await socket.timeout(ACK_TIMEOUT).emitWithAck("join", { ...wanted, me, again });
  } catch (error) {
    // Disconnected meanwhile: connecting again joins again.
    if (socket.connected) refuse("The server does not answer. Please try again.");
    return;
  }
  if (place !== wanted) return;
  if (answer.error) return refuse(answer.error);
  joined = true;
  if ($("chat").hidden) {
    messages.clear();
    $("room-title").textContent = wanted.room;
    document.title = `${wanted.room} · Towpath chat`;
    history.replaceState(null, "", `?room=${encodeURIComponent(wanted.room)}`);
    $("welcome").hidden = true;
    $("chat").hidden = false;
    togglePanel(matchMedia("(min-width: 60rem)").matches);
  }
  showPeople(answer.people);
  for (const message of answer.history) show(message);
  for (const id of unconfirmed.keys()) send(id);
  if (!again) {
    messages.note(`You are in ${wanted.room}`);
    $("text").focus();
  }
}

function refuse(words) {
  place = undefined;
  $("welcome").hidden = false;
  $("chat").hidden = true;
  $("join-error").textContent = words;
  $("join-error").hidden = false;
  $("name").focus();
}

$("leave").addEventListener("submit", (event) => {
  event.preventDefault();
  socket.emit("leave");
  place = undefined;
  joined = false;
  unconfirmed.clear();
  clearTypists();
  togglePanel(false);
  document.title = "Towpath chat";
  $("join-error").hidden = true;
  $("chat").hidden = true;
  $("welcome").hidden = false;
  $("room").focus();
});

function showPeople(people) {
  $("head-count").textContent = people.length === 1 ? "Only you" : `${people.length} people`;
  $("people").replaceChildren(
    ...people.map(({ id, name }) => {
      const item = element("li");
      item.append(avatar(name), element("span", undefined, name));
      if (id === me) item.append(element("span", "small", "you"));
      return item;
    }),
  );
}

// ---- messages ----

function show(message) {
  removeTypist(message.from.id);
  if (messages.add(message) === false) unconfirmed.delete(message.id);
}

function post(event, content, image) {
  if (unconfirmed.size >= MOST_UNCONFIRMED) return complain("Too much is waiting to be sent. Please wait a moment.");
  const id = randomId();
  const message = { id, at: Date.now(), from: { id: me, name: place.name }, ...(image ? { image } : content) };
  unconfirmed.set(id, { event, body: { id, ...content } });
  messages.add(message, "sending");
  if (joined) send(id);
}

async function send(id) {
  const entry = unconfirmed.get(id);
  const { event, body } = entry;
  let answer;
  try {
    answer = await socket.timeout(ACK_TIMEOUT).emitWithAck(event, body);
  } catch {
    // While disconnected it waits for the next connection.
    if (!socket.connected || !unconfirmed.has(id)) return;
    answer = { error: "The server does not answer." };
  }
  unconfirmed.delete(id);
  if (!answer.error) return messages.mark(id, "taken");
  complain(answer.error);
  messages.mark(id, "failed", () => {
    messages.mark(id, "sending");
    unconfirmed.set(id, entry);
    if (joined) send(id);
  });
}

function complain(words) {
  $("composer-error").textContent = words;
  $("composer-error").hidden = !words;
}

const text = $("text");

$("composer").addEventListener("submit", (event) => {
  event.preventDefault();
  const words = text.value.trim();
  if (!words) return;
  complain("");
  text.value = "";
  fit();
  sayTyping(false);
  post("say", { text: words });
  text.focus();
});

text.addEventListener("keydown", (event) => {
  if (event.key === "Enter" && !event.shiftKey && !event.isComposing) {
    event.preventDefault();
    $("composer").requestSubmit();
  }
});

text.addEventListener("input", () => {
  fit();
  sayTyping(text.value !== "");
});

/** Grows with its text, up to what the style sheet allows. */
function fit() {
  text.style.height = "auto";
  text.style.height = `${text.scrollHeight}px`;
}

// ---- pictures ----

async function sendPicture(file) {
  if (!file || !place) return;
  complain("");
  try {
    const image = await prepare(file);
    post("image", image, image);
  } catch (error) {
    complain(error.message);
  }
}

$("picture").addEventListener("change", () => {
  sendPicture($("picture").files[0]);
  $("picture").value = "";
});

document.addEventListener("paste", (event) => {
  const file = [...event.clipboardData.files].find(({ type }) => type.startsWith("image/"));
  if (!file || $("chat").hidden) return;
  event.preventDefault();
  sendPicture(file);
});

const dragsFile = (event) => !$("chat").hidden && event.dataTransfer?.types.includes("Files");

document.addEventListener("dragover", (event) => {
  if (!dragsFile(event)) return;
  event.preventDefault();
  $("drop").hidden = false;
});
document.addEventListener("dragleave", (event) => {
  if (!event.relatedTarget) $("drop").hidden = true;
});
document.addEventListener("drop", (event) => {
  if (!dragsFile(event)) return;
  event.preventDefault();
  $("drop").hidden = true;
  sendPicture(event.dataTransfer.files[0]);
});

// ---- typing ----

let typingSince = 0;
let typingEnds;

function sayTyping(active) {
  clearTimeout(typingEnds);
  if (!active && !typingSince) return;
  if (active) typingEnds = setTimeout(() => sayTyping(false), TYPING_SHOWN - 500);
  if (active && Date.now() - typingSince < TYPING_EVERY) return;
  typingSince = active ? Date.now() : 0;
  if (joined) socket.volatile.emit("typing", active);
}

function addTypist(id, name) {
  clearTimeout(typists.get(id)?.timer);
  typists.set(id, { name, timer: setTimeout(() => removeTypist(id), TYPING_SHOWN) });
  showTypists();
}

function removeTypist(id) {
  clearTimeout(typists.get(id)?.timer);
  if (typists.delete(id)) showTypists();
}

function clearTypists() {
  for (const id of [...typists.keys()]) removeTypist(id);
}

function showTypists() {
  const names = [...typists.values()].map(({ name }) => name);
  $("typing").textContent =
    names.length === 0
      ? ""
      : names.length === 1
        ? `${names[0]} is typing …`
        : names.length === 2
          ? `${names[0]} and ${names[1]} are typing …`
          : "Several people are typing …";
}

// ---- the panel ----

function togglePanel(open) {
  $("chat").classList.toggle("panel-open", open);
  $("badge").setAttribute("aria-expanded", String(open));
}

$("badge").addEventListener("click", () => {
  togglePanel(!$("chat").classList.contains("panel-open"));
  if ($("badge").getAttribute("aria-expanded") === "true") $("close-panel").focus();
});
$("close-panel").addEventListener("click", () => {
  togglePanel(false);
  $("badge").focus();
});
document.addEventListener("keydown", (event) => {
  if (event.key === "Escape" && $("chat").classList.contains("panel-open")) $("close-panel").click();
});

// ---- small things ----

/** Random even where the page is not secure, which `crypto.randomUUID` is not. */
function randomId() {
  return [...crypto.getRandomValues(new Uint8Array(12))].map((byte) => byte.toString(16).padStart(2, "0")).join("");
}

function remembered(key) {
  try {
    return localStorage.getItem(`towpath-chat-${key}`) ?? "";
  } catch {
    return ""; // storage is switched off
  }
}

function remember(key, value) {
  try {
    localStorage.setItem(`towpath-chat-${key}`, value);
  } catch {
    // Storage is switched off: asked again next time.
  }
}
