import { ResumableSession } from "./resume.js";
import { resuming } from "./resuming.js";

resuming._session = ResumableSession;

export * from "./index.js";
export { default } from "./index.js";
