import { onScopeDispose, readonly, ref } from "vue";

/** Whether the socket is connected, as a ref that follows it for as long as the component is there. */
export function useConnected(socket) {
  const connected = ref(socket.connected);
  const changed = () => (connected.value = socket.connected);
  socket.on("connect", changed).on("disconnect", changed);
  onScopeDispose(() => socket.off("connect", changed).off("disconnect", changed));
  return readonly(connected);
}

/** Hears an event for as long as the component is there. */
export function useSocketEvent(socket, event, listener) {
  socket.on(event, listener);
  onScopeDispose(() => socket.off(event, listener));
}
