// What every page and every worker must be able to do with a connected socket; returns what went wrong, if anything.
globalThis.exchange = async (socket) => {
  const ask = (...args) => socket.timeout(10_000).emitWithAck(...args);
  const wrong = [];
  const same = (what, is, wanted) => {
    if (JSON.stringify(is) !== JSON.stringify(wanted)) wrong.push(`${what}: ${JSON.stringify(is)?.slice(0, 200)}`);
  };
  const bytes = (length) => Uint8Array.from({ length }, (_, i) => (i * 7) % 251);
  const plain = (data) => (data instanceof ArrayBuffer ? [...new Uint8Array(data)] : `no ArrayBuffer: ${data}`);

  for (const value of ["", "ä€😀 \u2028\u0000\u001e", 0, -1.5, null, [], { a: [{ b: true }] }]) {
    same("echo", await ask("echo", value), value);
  }
  for (const length of [0, 1, 125, 126, 65_535, 65_536, 300_000]) {
    same(`${length} bytes`, plain(await ask("echo", bytes(length))), [...bytes(length)]);
  }
  const nested = await ask("echo", {
    name: "x",
    parts: [bytes(3).buffer, new Blob([bytes(4)])],
    view: bytes(9).subarray(2, 5),
  });
  same("buffer in an object", plain(nested.parts[0]), [...bytes(3)]);
  same("blob in an object", plain(nested.parts[1]), [...bytes(4)]);
  same("view in an object", plain(nested.view), [...bytes(9).subarray(2, 5)]);

  socket.once("question", (question, answer) => answer({ question, data: bytes(5) }));
  const answered = new Promise((done) => socket.once("answered", done));
  socket.emit("ask back", "why?");
  const answer = await answered;
  // The server hands on the arguments of the answer as one list.
  const { question, data } = Array.isArray(answer) ? answer[0] : answer;
  same("question", question, "why?");
  same("bytes in an answer", plain(data), [...bytes(5)]);

  const noted = [];
  const all = new Promise((done) => socket.on("noted", (n) => noted.push(n) === 300 && done()));
  for (let i = 0; i < 300; i++) socket.emit("note", i);
  await all;
  socket.off("noted");
  same("order", noted, [...Array(300).keys()]);
  return wrong;
};
