import { ResumableHttpTransport } from "./resumable-http.js";
import { ResumableSession } from "./resume.js";
import { resuming } from "./resuming.js";

resuming._session = ResumableSession;
resuming._http = ResumableHttpTransport;

export * from "./index.js";
export { default } from "./index.js";
