import { afterEach, beforeEach, describe, expect, it } from "vitest";
import type { LookupOptions, Socket } from "../../src/index.js";
import { HostilePath, type PathMode } from "./hostile-path.js";
import { happens, ReferenceServer } from "./reference-server.js";

let server: ReferenceServer;
let path: HostilePath;
beforeEach(async () => {
  server = await ReferenceServer.start();
  server.io.on("connection", (socket) => socket.on("ask", (n, answer) => answer(n + 1)));
});
afterEach(async () => {
  path.close();
  await server.stop();
});

const through = async (mode: PathMode, options?: Partial<LookupOptions>) => {
  path = await HostilePath.to(server.port, mode);
  return server.client({ proofOfLife: 200, upgradeTimeout: 300, ...options }, "", path.port);
};
const attempts = (socket: Socket) =>
  socket.io.engine
    .explain()
    .map(({ transport, purpose, outcome, reason }) => [transport, purpose, outcome, reason].join(" "));

describe("through a path that does not like WebSocket", () => {
  it.each([
    ["refuse", "refused"],
    ["hang", "silent"],
    ["mute", "silent"],
  ] as const)("that does %s, WebSocket first ends up on long-polling, and can say why", async (mode, reason) => {
    const socket = await through(mode);
    await happens(socket, "connect");
    expect(socket.io.engine.transport.name).toBe("polling");
    expect(await socket.emitWithAck("ask", 1)).toBe(2);
    expect(attempts(socket).slice(0, 2)).toEqual([`websocket open failed ${reason}`, "polling open carrying opened"]);
  });

  it.each([
    ["refuse", "refused"],
    ["hang", "silent"],
    ["mute", "silent"],
  ] as const)("that does %s, polling first stays there, and can say why", async (mode, reason) => {
    const socket = await through(mode, { transports: ["polling", "websocket"] });
    await happens(socket.io.engine, "upgradeError");
    if (!socket.connected) await happens(socket, "connect");
    expect(await socket.emitWithAck("ask", 1)).toBe(2);
    expect(socket.io.engine.transport.name).toBe("polling");
    expect(attempts(socket)).toEqual(["polling open carrying opened", `websocket upgrade failed ${reason}`]);
  });

  it.each([
    ["WebSocket first", undefined, ["websocket open ended cut", "polling open carrying opened"]],
    [
      "polling first",
      ["polling", "websocket"],
      ["polling open ended upgraded", "websocket upgrade ended cut", "polling open carrying opened"],
    ],
  ] as const)(
    "that cuts it, %s reconnects over long-polling, stays there, and can say why",
    async (_, order, expected) => {
      const socket = await through("cut", order && { transports: [...order] });
      const changes: string[] = [];
      socket.io.on("transport", ({ transport, outcome }) => changes.push(`${transport} ${outcome}`));
      await happens(socket, "connect");
      const [reason, details] = await happens(socket, "disconnect");
      expect(reason).toBe("transport close");
      expect(details.attempt).toMatchObject({ transport: "websocket", outcome: "ended", reason: "cut" });
      await happens(socket, "connect");
      for (let i = 0; i < 20; i++) expect(await socket.emitWithAck("ask", i)).toBe(i + 1);
      expect(attempts(socket)).toEqual(expected);
      expect(changes.slice(-2)).toEqual(["websocket ended", "polling carrying"]);
    },
  );

  it("that passes it, WebSocket carries", async () => {
    const socket = await through("pass");
    await happens(socket, "connect");
    expect(attempts(socket)).toEqual(["websocket open carrying opened"]);
  });
});

describe("a path without a server", () => {
  it("fails, is tried again, and works when the server is back", async () => {
    path = await HostilePath.to(1, "pass");
    const socket = server.client({}, "", path.port);
    const [error] = await happens(socket, "connect_error");
    expect(error.message).toBe("fetch read error");
    expect(attempts(socket)).toEqual(["websocket open failed refused", "polling open failed refused"]);
    path.target = server.port;
    await happens(socket, "connect");
    expect(socket.io.engine.transport.name).toBe("websocket");
  });
});
