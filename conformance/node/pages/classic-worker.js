importScripts("/client/towpath.min.js", "exchange.js");
onmessage = async ({ data: options }) => {
  const socket = io(options);
  socket.on("connect_error", (error) => postMessage([`connect_error: ${error.message}`]));
  socket.on("connect", async () => {
    const wrong = await exchange(socket).catch((error) => [String(error)]);
    const carrier = await socket.emitWithAck("carried by");
    socket.disconnect();
    postMessage({ wrong, carrier });
  });
};
