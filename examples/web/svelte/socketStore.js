import { readable } from "svelte/store";

/** Whether the socket is connected: `$connected` in a component. */
export const connectedStore = (socket) =>
  readable(socket.connected, (set) => {
    const changed = () => set(socket.connected);
    changed();
    socket.on("connect", changed).on("disconnect", changed);
    return () => socket.off("connect", changed).off("disconnect", changed);
  });

/** All that an event brought since somebody looked, newest last: `$notes`. At most `most` are kept. */
export const eventStore = (socket, event, most = 1000) =>
  readable([], (_set, update) => {
    const add = (value) => update((all) => [...all, value].slice(-most));
    socket.on(event, add);
    return () => socket.off(event, add);
  });
