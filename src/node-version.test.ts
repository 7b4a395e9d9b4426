import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { nodeComplaint } from "./node-version.ts";

describe("the version of Node", () => {
  it.each(["20.20.2", "22.18.9", "9.0.0", ""])("%j is too old", (version) => {
    expect(nodeComplaint(version)).toBe(`mailgauge: needs Node.js 22.19 or newer, and this is ${version}\n`);
  });

  it.each(["22.19.0", "22.20.0", "23.0.0", "24.21.0", "100.1.2"])("%s will do", (version) => {
    expect(nodeComplaint(version)).toBeUndefined();
  });

  it("is the one that the package asks for", () => {
    const { engines } = JSON.parse(readFileSync("package.json", "utf8")) as { engines: { node: string } };
    expect(engines.node).toBe(">=22.19");
  });
});
