import type { ResumableSession } from "./resume.js";

/**
 * What makes sessions resumable. The entry `resumable.ts` puts it here; a page that loads the other one carries none of
 * it, and its sessions are classic.
 *
 * @internal
 */
export const resuming: { _session?: typeof ResumableSession } = {};
