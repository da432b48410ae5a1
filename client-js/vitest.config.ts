import { defineConfig } from "vitest/config";

export default defineConfig({
  test: {
    include: ["test/**/*.test.ts"],
    // A test that hangs fails; none of them waits for time to pass.
    testTimeout: 10_000,
  },
});
