import { describe, expect, it } from "vitest";
import { parseAddress } from "../src/address.js";

const page = (href: string) => new URL(href) as unknown as Location;
const here = page("https://towpath.test:8443/chat/?a=1#x");

describe("an address", () => {
  it("names server, namespace and parameters", () => {
    expect(parseAddress("https://example.com:3000/admin?token=1&x=y#top")).toEqual({
      secure: true,
      hostname: "example.com",
      port: "3000",
      nsp: "/admin",
      query: "token=1&x=y",
    });
  });

  it.each([
    ["http://example.com", false, "80"],
    ["ws://example.com", false, "80"],
    ["https://example.com", true, "443"],
    ["wss://example.com", true, "443"],
    ["HTTPS://example.com", true, "443"],
  ])("has the default port of its scheme: %s", (uri, secure, port) => {
    expect(parseAddress(uri)).toMatchObject({ secure, port, hostname: "example.com", nsp: "/" });
  });

  it("may be an IPv6 literal, which stays in brackets", () => {
    expect(parseAddress("http://[::1]:3000/x")).toMatchObject({ hostname: "[::1]", port: "3000", nsp: "/x" });
  });

  it("keeps the namespace as it is written", () => {
    expect(parseAddress("http://example.com/café 1/x").nsp).toBe("/café 1/x");
  });

  it("ignores a user", () => {
    expect(parseAddress("http://me:secret@example.com:81/").hostname).toBe("example.com");
  });

  it("without a host is that of the page", () => {
    const expected = { secure: true, hostname: "towpath.test", port: "8443" };
    expect(parseAddress(undefined, here)).toMatchObject({ ...expected, nsp: "/", query: "" });
    expect(parseAddress("/admin?x=1", here)).toMatchObject({ ...expected, nsp: "/admin", query: "x=1" });
  });

  it("without a scheme has that of the page, but not its port", () => {
    expect(parseAddress("//example.com/a", here)).toMatchObject({ secure: true, hostname: "example.com", port: "443" });
    expect(parseAddress("example.com:3000", page("http://x.test:81"))).toMatchObject({ secure: false, port: "3000" });
  });

  it("without a scheme or a page is secure", () => {
    expect(parseAddress("example.com/a")).toMatchObject({ secure: true, hostname: "example.com", nsp: "/a" });
  });

  it("without anything, and without a page, is localhost", () => {
    expect(parseAddress()).toMatchObject({ secure: false, hostname: "localhost", port: "80", nsp: "/" });
  });

  it("of a page that has no host is localhost", () => {
    expect(parseAddress("/x", page("file:///index.html"))).toMatchObject({ secure: false, hostname: "localhost" });
  });

  it.each(["ftp://example.com", "http://exa mple:x", "http://[::1", "a:b:c"])("that is none is refused: %s", (uri) => {
    expect(() => parseAddress(uri)).toThrow(TypeError);
  });
});
