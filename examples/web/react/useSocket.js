import { useCallback, useEffect, useSyncExternalStore } from "react";

/** Whether the socket is connected; the component is rendered again when that changes. */
export function useConnected(socket) {
  const subscribe = useCallback(
    (changed) => {
      socket.on("connect", changed).on("disconnect", changed);
      return () => socket.off("connect", changed).off("disconnect", changed);
    },
    [socket],
  );
  return useSyncExternalStore(subscribe, () => socket.connected);
}

/** Hears an event for as long as the component is there. Give a listener of `useCallback`, or it is added at each render. */
export function useSocketEvent(socket, event, listener) {
  useEffect(() => {
    socket.on(event, listener);
    return () => socket.off(event, listener);
  }, [socket, event, listener]);
}
