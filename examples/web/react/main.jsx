import { StrictMode, useCallback, useEffect, useState } from "react";
import { createRoot } from "react-dom/client";
import { io } from "towpath-client";
import { useConnected, useSocketEvent } from "./useSocket.js";

// One socket for the application, made outside of components: rendering never makes a second one.
const socket = io({ autoConnect: false });

function Notes() {
  const [notes, setNotes] = useState([]);
  const connected = useConnected(socket);
  const add = useCallback((note) => setNotes((all) => [...all, note]), []);
  useSocketEvent(socket, "noted", add);
  return (
    <>
      <h1>React</h1>
      <p id="state">{connected ? "connected" : "not connected"}</p>
      <button onClick={() => socket.emit("note", `note ${notes.length + 1}`)}>Note</button>
      <ol>
        {notes.map((note, i) => (
          <li key={i}>{note}</li>
        ))}
      </ol>
    </>
  );
}

function App() {
  // StrictMode does this twice, which is as it should be: connect, disconnect, connect.
  useEffect(() => {
    socket.connect();
    return () => void socket.disconnect();
  }, []);
  return <Notes />;
}

createRoot(document.getElementById("app")).render(
  <StrictMode>
    <App />
  </StrictMode>,
);
