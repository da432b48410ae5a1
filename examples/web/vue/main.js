import { io } from "towpath-client";
import { createApp, defineComponent, h, ref } from "vue";
import { useConnected, useSocketEvent } from "./useSocket.js";

const socket = io();

const App = defineComponent(() => {
  const notes = ref([]);
  const connected = useConnected(socket);
  useSocketEvent(socket, "noted", (note) => notes.value.push(note));
  const say = () => socket.emit("note", `note ${notes.value.length + 1}`);
  // A template would do as well, compiled when the page is built.
  return () => [
    h("h1", "Vue"),
    h("p", { id: "state" }, connected.value ? "connected" : "not connected"),
    h("button", { onClick: say }, "Note"),
    h(
      "ol",
      notes.value.map((note) => h("li", note)),
    ),
  ];
});

createApp(App).mount("#app");
