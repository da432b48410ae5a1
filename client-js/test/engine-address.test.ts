import { describe, expect, it } from "vitest";
import type { EngineOptions } from "../src/options.js";
import { server } from "./engine-fixture.js";

describe("the address of a request", () => {
  const uri = (options: Partial<EngineOptions>, address?: string, sid?: string) => {
    server.clock.chance = 0.5;
    server.engine(options, address);
    return server.transport.setup.uri(sid);
  };

  it("has the application's parameters first, then those of the protocol", () => {
    const stamp = /^https:\/\/towpath\.test\/socket\.io\/\?a=1&b=x\+y&EIO=4&transport=polling&t=[\w.]+&sid=id$/;
    expect(uri({ transports: ["polling"], query: { a: 1, b: "x y" } }, undefined, "id")).toMatch(stamp);
  });

  it("has those of the address instead, if it has any", () => {
    expect(uri({ query: "a=1" }, "ws://towpath.test/?b=2")).toBe(
      "ws://towpath.test/socket.io/?b=2&EIO=4&transport=websocket&towpath=1",
    );
  });

  it("names the port unless it is the default", () => {
    expect(uri({}, "http://x.test:80")).toMatch("ws://x.test/");
    expect(uri({}, "http://x.test:443")).toMatch("ws://x.test:443/");
    expect(uri({}, "https://[::1]:3000")).toMatch("wss://[::1]:3000/");
  });

  it.each([
    ["/chat", undefined, "/chat/?"],
    ["/chat/", undefined, "/chat/?"],
    ["/chat/", false, "/chat?"],
  ])("has the path %s with the slash %s as %s", (path, addTrailingSlash, expected) => {
    expect(uri({ path, addTrailingSlash })).toMatch(`wss://towpath.test${expected}EIO=4`);
  });

  it("has a time stamp for long-polling unless it shall not, for WebSocket only if it shall", () => {
    expect(uri({ transports: ["polling"], timestampRequests: false })).not.toMatch("&t=");
    expect(uri({ timestampRequests: true, timestampParam: "stamp" })).toMatch("&stamp=");
    expect(uri({})).not.toMatch("&t=");
  });

  it("asks for base64: WebSocket always, long-polling at the beginning", () => {
    expect(uri({ forceBase64: true }, undefined, "id")).toMatch("&b64=1&sid=id");
    expect(uri({ forceBase64: true, transports: ["polling"] })).toMatch("&b64=1");
    expect(uri({ forceBase64: true, transports: ["polling"] }, undefined, "id")).not.toMatch("b64");
  });
});

describe("options of one transport", () => {
  it("replace those of all for it", () => {
    const polling = { extraHeaders: { a: "2" }, path: "/p" };
    server.engine({ extraHeaders: { a: "1" }, transportOptions: { polling } });
    server.transport.fails();
    expect(server.transports.map(({ setup }) => setup.extraHeaders)).toEqual([{ a: "1" }, { a: "2" }]);
    expect(server.transport.setup.uri(undefined)).toMatch("/p/?");
  });
});
