/** How long to wait between attempts to reconnect. Read at every attempt, so it may be changed while one is due. */
export interface ReconnectPolicy {
  /** First pause, in milliseconds. */
  delay: number;
  /** Longest pause, in milliseconds. */
  max: number;
  /** Share of the pause by which chance makes it longer or shorter; used only above 0 and up to 1. */
  jitter: number;
}

/**
 * The pause before an attempt: doubled each time, moved by chance, then cut to the maximum.
 *
 * @param attempt - attempts made before, from 0
 * @param policy - delay, max, jitter
 * @param random - a number in [0, 1)
 * @returns whole milliseconds
 * @internal
 */
export function reconnectDelay(attempt: number, { delay, max, jitter }: ReconnectPolicy, random: number): number {
  // Doubling stops where every maximum has long been passed, so that infinity minus infinity cannot arise.
  let ms = delay * 2 ** Math.min(attempt, 99);
  if (jitter > 0 && jitter <= 1) {
    const deviation = Math.floor(random * jitter * ms);
    // One random number decides on both, as in the reference: its first decimal digit is the sign.
    ms += Math.floor(random * 10) % 2 ? deviation : -deviation;
  }
  return Math.trunc(Math.min(ms, max));
}
