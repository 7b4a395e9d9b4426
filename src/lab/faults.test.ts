import { describe, expect, it } from "vitest";
import { CAUSE_CODES, FAULT_CODES } from "../model/codes.ts";
import { withOptions } from "./fault.ts";
import { FAULTS, faultRows, findFault } from "./faults.ts";

describe("the table of faults", () => {
  it("names each fault once", () => {
    const ids = FAULTS.map((fault) => fault.id);
    expect(new Set(ids).size).toBe(ids.length);
    expect(ids.filter((id) => !/^[a-z0-9_]+$/.test(id))).toEqual([]);
  });

  it("holds a fault for each kind that the lab promises", () => {
    const promised = [
      "refuse silence slow too_many_connections greylist defer reject no_starttls starttls_garbage",
      "certificate_expired certificate_self_signed certificate_wrong_name wrong_password relay_denied",
      "reset_at_final_dot blocklist_listed blocklist_refused_public_resolver blocklist_dead dns_servfail dns_timeout",
    ];
    const missing = promised
      .join(" ")
      .split(" ")
      .filter((id) => findFault(id) === undefined);
    expect(missing).toEqual([]);
  });

  it("expects codes that exist, and a cause wherever something failed", () => {
    const rows = faultRows();
    expect(rows.length).toBeGreaterThan(FAULTS.length);
    for (const { expect: expected } of rows) {
      if (expected.fault !== undefined) expect(FAULT_CODES).toContain(expected.fault);
      if (expected.cause !== undefined) expect(CAUSE_CODES).toContain(expected.cause);
      expect(expected.cause === undefined).toBe(expected.verdict === "pass");
    }
  });

  it("declares every option that its rows use", () => {
    const undeclared = faultRows().filter(({ id, options }) =>
      Object.keys(options).some((key) => !(findFault(id)?.options ?? []).includes(key as "phase")),
    );
    expect(undeclared).toEqual([]);
  });
});

describe("withOptions", () => {
  it("replaces what the effect has, and leaves out what it has not", () => {
    const effect = { kind: "silence", phase: "banner" } as const;
    expect(withOptions(effect, { phase: "rcpt", text: "550 no", delayMs: 1 })).toEqual({
      kind: "silence",
      phase: "rcpt",
    });
  });
});
