import type { ConnectionOptions } from "./options.js";

/** What decides how long to wait: first pause, longest pause, and the share of chance. */
export type ReconnectPolicy = Pick<
  ConnectionOptions,
  "reconnectionDelay" | "reconnectionDelayMax" | "randomizationFactor"
>;

/**
 * The pause before an attempt: doubled each time, moved by chance, then cut to the maximum.
 *
 * @param attempt - attempts made before, from 0
 * @param policy - chance is used only with a share above 0 and up to 1
 * @param random - a number in [0, 1)
 * @returns whole milliseconds
 * @internal
 */
export function reconnectDelay(
  attempt: number,
  { reconnectionDelay, reconnectionDelayMax, randomizationFactor: jitter }: ReconnectPolicy,
  random: number,
): number {
  // Doubling stops where every maximum has long been passed, so that infinity minus infinity cannot arise.
  let ms = reconnectionDelay * 2 ** Math.min(attempt, 99);
  if (jitter > 0 && jitter <= 1) {
    const deviation = Math.floor(random * jitter * ms);
    // One random number decides on both, as in the reference: its first decimal digit is the sign.
    ms += Math.floor(random * 10) % 2 ? deviation : -deviation;
  }
  return Math.trunc(Math.min(ms, reconnectionDelayMax));
}
