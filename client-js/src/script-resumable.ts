import "./resumable.js";
import "./script.js";
