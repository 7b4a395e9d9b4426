import { describe, expect, it } from "vitest";
import { type Verdict, worstVerdict } from "./observation.ts";

describe("the verdict that decides", () => {
  it.each<[Verdict[], Verdict]>([
    [[], "unknown"],
    [["pass"], "pass"],
    [["pass", "warn"], "warn"],
    [["warn", "unknown", "pass"], "unknown"],
    [["unknown", "fail", "warn"], "fail"],
  ])("of %j is %s", (verdicts, worst) => {
    expect(worstVerdict(verdicts)).toBe(worst);
  });
});
