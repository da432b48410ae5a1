import "./resumable.js";

export { default } from "./callable.js";
