// The list of messages. Everything that users wrote goes in as text, never as markup.

const KEPT = 500;
const NEAR = 80;
/** Milliseconds within which messages of one person stand together. */
const TOGETHER = 5 * 60_000;

const STATES = {
  sending: "Sending",
  taken: "The server has it",
  failed: "Not sent",
};

export class Messages {
  #list;
  #newest;
  #me;
  #items = new Map();
  #last;

  constructor(list, newest, me) {
    this.#list = list;
    this.#newest = newest;
    this.#me = me;
    newest.addEventListener("click", () => this.#follow("smooth"));
    list.addEventListener("scroll", () => {
      if (this.#atEnd()) newest.hidden = true;
    });
    // The end stays in view when the keyboard of a phone opens.
    let height = list.clientHeight;
    new ResizeObserver(() => {
      if (list.scrollHeight - list.scrollTop - height < NEAR) this.#follow();
      height = list.clientHeight;
    }).observe(list);
  }

  clear() {
    for (const item of this.#items.values()) revoke(item);
    this.#items.clear();
    this.#last = undefined;
    this.#list.replaceChildren();
  }

  has(id) {
    return this.#items.has(id);
  }

  /** Adds a message `{ id, at, from: { id, name }, text | image }`; returns false if it is there already. */
  add(message, state = "taken") {
    if (this.#items.has(message.id)) {
      if (message.from.id === this.#me) this.mark(message.id, "taken");
      return false;
    }
    const mine = message.from.id === this.#me;
    const together = this.#last?.from.id === message.from.id && message.at - this.#last.at < TOGETHER;
    const item = element("li", `message ${mine ? "mine" : "theirs"}${together ? " together" : ""}`);
    item.dataset.id = message.id;
    if (!mine) item.append(avatar(message.from.name));
    const bubble = element("div", "bubble");
    if (!together || mine)
      bubble.append(element("p", mine ? "visually-hidden" : "author", mine ? "You" : message.from.name));
    bubble.append("image" in message ? figure(message, () => this.#loaded()) : element("p", "text", message.text));
    bubble.append(meta(message.at, mine));
    item.append(bubble);
    this.#last = message;
    this.#items.set(message.id, item);
    if (mine) this.mark(message.id, state);
    this.#append(item, mine);
    return true;
  }

  /** Adds a line that nobody said. */
  note(text) {
    this.#last = undefined;
    this.#append(element("li", "note", text), false);
  }

  /** Shows whether the server has taken a message of our own. `retry` is offered when it was not. */
  mark(id, state, retry) {
    const item = this.#items.get(id);
    if (!item) return;
    item.dataset.state = state;
    const mark = item.querySelector(".mark");
    mark.title = STATES[state];
    mark.replaceChildren(element("span", "visually-hidden", STATES[state]));
    if (state === "failed" && retry) {
      const again = element("button", "retry", "Not sent. Try again");
      again.type = "button";
      again.addEventListener("click", retry, { once: true });
      mark.append(again);
    }
  }

  #append(item, always) {
    const follow = always || this.#atEnd();
    this.#list.append(item);
    while (this.#list.children.length > KEPT) {
      const first = this.#list.firstElementChild;
      this.#items.delete(first.dataset.id);
      revoke(first);
      first.remove();
    }
    if (follow) this.#follow();
    else this.#newest.hidden = false;
  }

  #loaded() {
    if (this.#newest.hidden) this.#follow();
  }

  #atEnd() {
    return this.#list.scrollHeight - this.#list.scrollTop - this.#list.clientHeight < NEAR;
  }

  #follow(behavior = "auto") {
    this.#list.scrollTo({ top: this.#list.scrollHeight, behavior });
    this.#newest.hidden = true;
  }
}

/** A circle with the first letter of a name, in a colour of its own. */
export function avatar(name) {
  let hash = 0;
  for (const char of name) hash = (hash * 31 + char.codePointAt(0)) % 997;
  const circle = element("span", `avatar hue-${hash % 8}`, [...name.trim()][0]?.toUpperCase() ?? "?");
  circle.setAttribute("aria-hidden", "true");
  return circle;
}

export function element(name, className, text) {
  const made = document.createElement(name);
  if (className) made.className = className;
  if (text !== undefined) made.textContent = text;
  return made;
}

function figure({ image, from }, loaded) {
  if (!image.data) return element("p", "text gone", `${image.name} (a picture that is no longer kept)`);
  const made = element("figure");
  const picture = element("img");
  picture.src = URL.createObjectURL(new Blob([image.data], { type: image.type }));
  picture.alt = `${image.name}, a picture from ${from.name}`;
  picture.addEventListener("load", loaded, { once: true });
  picture.addEventListener("error", () => made.replaceChildren(`${image.name} cannot be shown.`), { once: true });
  const link = element("a");
  link.href = picture.src;
  link.target = "_blank";
  link.rel = "noopener";
  link.append(picture);
  made.append(link, element("figcaption", undefined, image.name));
  return made;
}

function meta(at, mine) {
  const line = element("p", "meta");
  const time = element("time", undefined, new Date(at).toLocaleTimeString([], { hour: "2-digit", minute: "2-digit" }));
  time.dateTime = new Date(at).toISOString();
  line.append(time);
  if (mine) line.append(element("span", "mark"));
  return line;
}

function revoke(item) {
  const picture = item.querySelector("img");
  if (picture) URL.revokeObjectURL(picture.src);
}
