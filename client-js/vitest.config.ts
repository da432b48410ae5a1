import { defineConfig } from "vitest/config";

export default defineConfig({
  test: {
    include: ["test/**/*.test.ts"],
    // Sessions are resumable in all tests but those that say otherwise.
    setupFiles: ["src/resumable.ts"],
    // A test that hangs fails.
    testTimeout: 10_000,
  },
});
