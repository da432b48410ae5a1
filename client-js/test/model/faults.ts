import { Choice } from "../../src/choice.js";
import { State } from "../../src/line.js";
import { HttpTransport } from "../../src/http-transport.js";
import { ResumableSession } from "../../src/resume.js";
import { Sequence } from "../../src/sequence.js";

/** Replaces a method until the returned function is called. */
function patch(type: { prototype: any }, method: string, make: (original: any) => (...args: any[]) => any): () => void {
  const original = type.prototype[method];
  type.prototype[method] = make(original);
  return () => (type.prototype[method] = original);
}

/** Faults that a client may have; each is planted by its function, which returns the one that takes it out. */
export const FAULTS: Record<string, () => () => void> = {
  "an acknowledgement counts one too many": () =>
    patch(
      Sequence,
      "_ack",
      (original) =>
        function (this: Sequence, n: number) {
          return original.call(this, n < this._sent ? n + 1 : n);
        },
    ),
  "what is known already is delivered again": () =>
    patch(
      Sequence,
      "_arrived",
      () =>
        function (this: Sequence, cursor: any) {
          this._received = Math.max(this._received, cursor._next++);
          return true;
        },
    ),
  "a message is numbered by what was received, not by its transport": () =>
    patch(
      Sequence,
      "_arrived",
      () =>
        function (this: Sequence) {
          this._received++;
          return true;
        },
    ),
  "a new transport goes on where the old one stopped": () =>
    patch(
      Sequence,
      "_take",
      (original) =>
        function (this: Sequence, cursor: any, ...rest: any[]) {
          if (cursor._mark) cursor._cursor = this._sent + 1;
          return original.call(this, cursor, ...rest);
        },
    ),
  "a new transport begins where the server was when it took the offer": () => {
    const max = Math.max;
    return patch(
      Sequence,
      "_take",
      (original) =>
        function (this: any, cursor: any, ...rest: any[]) {
          if (!cursor._live) return original.call(this, cursor, ...rest);
          if (cursor._mark) cursor._cursor = cursor._proof + 1;
          Math.max = (a: number, b: number) => (a === cursor._cursor ? a : max(a, b));
          try {
            return original.call(this, cursor, ...rest);
          } finally {
            Math.max = max;
          }
        },
    );
  },
  "back to the old transport when a choice fails": () =>
    patch(
      ResumableSession,
      "_fail",
      (original) =>
        function (this: any, line: any, reason: string) {
          const old = this._engine._lines.find((other: any) => other !== line && other._state === State.Confirmed);
          const back = line === this._current && line._state === State.Chosen && old;
          if (!back) return original.call(this, line, reason);
          this._current = old;
          this._engine.transport = old._transport;
          original.call(this, line, reason);
          this._pump();
        },
    ),
  "POSTs in parallel": () => {
    const send = patch(
      HttpTransport,
      "send",
      (original) =>
        function (this: any, packets: any) {
          original.call(this, packets);
          this.writable = true;
        },
    );
    const take = patch(
      Sequence,
      "_take",
      (original) =>
        function (this: Sequence, cursor: any, ...rest: any[]) {
          if (!cursor._live) cursor._cursor = Math.max(cursor._cursor, cursor._parallel ?? 0);
          const packets = original.call(this, cursor, ...rest);
          cursor._parallel = cursor._cursor;
          return packets;
        },
    );
    return () => {
      send();
      take();
    };
  },
  "an unended tail counts": () =>
    patch(
      HttpTransport,
      "_stream",
      () =>
        async function (this: any, response: Response) {
          const reader = response.body!.getReader();
          let tail = "";
          const decoder = new TextDecoder();
          for (;;) {
            const { value, done } = await reader.read();
            if (done || this._over) {
              if (tail && !this._over) this._packets(tail);
              return "";
            }
            const pieces = (tail + decoder.decode(value, { stream: true })).split("\x1e");
            tail = pieces.pop()!;
            for (const piece of pieces) this._packets(piece);
          }
        },
    ),
  "nobody asks, and nobody misses an answer": () =>
    patch(
      ResumableSession,
      "_onTick",
      (original) =>
        function (this: any) {
          const current = this._current;
          this._current = undefined;
          original.call(this);
          this._current = current;
        },
    ),
  "no bound on the answer to a confirmation": () =>
    patch(
      ResumableSession,
      "_fail",
      (original) =>
        function (this: any, line: any, reason: string) {
          if (line._state === State.Chosen && reason === "silent") return;
          original.call(this, line, reason);
        },
    ),
  "eager probing upward": () => patch(Choice, "_growProbe", () => function () {}),
  "gives up before the server does": () =>
    patch(
      ResumableSession,
      "_onTick",
      (original) =>
        function (this: any) {
          if (this._now() - this._lastHeard > 30_000 && !this._current) return this._engine._gone("window", "lost");
          original.call(this);
        },
    ),
};
