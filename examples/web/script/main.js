const [state, button, list] = ["#state", "button", "ol"].map((name) => document.querySelector(name));

const socket = io();
socket.on("connect", () => (state.textContent = "connected"));
socket.on("disconnect", () => (state.textContent = "not connected"));
socket.on("noted", (note) => list.appendChild(document.createElement("li")).append(note));
button.onclick = () => socket.emit("note", `note ${list.children.length + 1}`);
