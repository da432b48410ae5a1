import { describe, expect, it } from "vitest";
import { ProtocolViolation, TransportError } from "../src/close-reason.js";

describe("a failure of a transport", () => {
  it("is known by its type, and says what the platform said", () => {
    const error = new TransportError("fetch read error", 502, "response");
    expect(error).toBeInstanceOf(Error);
    expect(error).toMatchObject({
      type: "TransportError",
      message: "fetch read error",
      description: 502,
      context: "response",
    });
  });
});

describe("a violation of the protocol", () => {
  it("is an error that can be told from a mistake in the program", () => {
    expect(new ProtocolViolation("x")).toBeInstanceOf(Error);
    expect(new Error("x")).not.toBeInstanceOf(ProtocolViolation);
  });
});
