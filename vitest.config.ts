import { defineConfig } from "vitest/config";

/** `make unit` runs what needs npm only; the other projects install or start real software first. */
export default defineConfig({
  test: {
    testTimeout: 20_000,
    hookTimeout: 60_000,
    env: { TZ: "UTC", NO_COLOR: "1" },
    projects: [
      {
        extends: true,
        test: {
          name: "unit",
          include: [
            "src/**/*.test.ts",
            "probes/**/*.test.ts",
            "loadtests/lib/*.test.ts",
            "scripts/*.test.ts",
            "test/*.test.ts",
            "test/daemon/*.test.ts",
          ],
        },
      },
      { extends: true, test: { name: "contract", include: ["test/contract/**/*.test.ts"] } },
      { extends: true, test: { name: "conformance", include: ["test/conformance/**/*.test.ts"] } },
      {
        extends: true,
        test: { name: "integration", include: ["test/integration/**/*.test.ts"], fileParallelism: false },
      },
      {
        extends: true,
        test: { name: "browser", include: ["test/browser/**/*.test.ts"], fileParallelism: false },
      },
    ],
  },
});
