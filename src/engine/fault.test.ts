import { describe, expect, it } from "vitest";
import { FAULT_CODES, type FaultCode } from "../model/codes.ts";
import { type Fault, FaultError, type Finding, type Verdict } from "../model/observation.ts";
import type { EarlyEnd } from "./deadline.ts";
import { faultOf, internalFault, verdictOf } from "./fault.ts";

const fault = (code: FaultCode): Fault => ({ code, phase: "rcpt", message: "as told by the net" });
const finding = (verdict: Verdict): Finding => ({ id: "x", verdict, message: "" });

describe("the verdict", () => {
  it.each<[Verdict[], FaultCode | undefined, Verdict, string]>([
    [[], undefined, "unknown", "nothing was judged"],
    [["pass"], undefined, "pass", ""],
    [["pass", "warn", "unknown"], undefined, "unknown", "the worst decides"],
    [["pass", "fail", "unknown"], undefined, "fail", "the worst decides"],
    [[], "reset", "fail", "no finding answers for the fault"],
    [["pass", "pass"], "reset", "fail", "no finding answers for the fault"],
    [["pass", "warn"], "deferred", "warn", "the judge knows better"],
    [["unknown"], "timeout", "unknown", "the judge knows better"],
    [[], "aborted", "unknown", "says nothing about the target"],
    [["pass"], "internal_error", "unknown", "says nothing about the target"],
    [["warn"], "dns_servfail", "unknown", "says nothing about the target"],
    [["fail"], "dns_timeout", "fail", "but what was found before does"],
    [["pass"], "dns_nxdomain", "fail", "that the name does not exist is knowledge"],
  ])("of %j after %s is %s (%s)", (verdicts, code, expected) => {
    expect(verdictOf(verdicts.map(finding), code === undefined ? undefined : fault(code))).toBe(expected);
  });

  it.each(FAULT_CODES)("is never pass after %s", (code) => {
    expect(["fail", "unknown"]).toContain(verdictOf([finding("pass")], fault(code)));
  });
});

describe("what was thrown", () => {
  const ownLimit = new FaultError({ ...fault("aborted"), detail: "own_limit" });
  const abortError = new DOMException("gone", "AbortError");
  it.each<[unknown, EarlyEnd | undefined, FaultCode, string]>([
    [new FaultError(fault("rejected")), undefined, "rejected", "a fault is itself"],
    [new TypeError("x"), undefined, "internal_error", "anything else is a defect of ours"],
    ["a string", undefined, "internal_error", "whatever it is"],
    [abortError, undefined, "internal_error", "nobody had aborted"],
    [abortError, "timeout", "timeout", "the way in which it noticed the deadline"],
    [new FaultError(fault("closed")), "timeout", "timeout", "its socket was closed under it"],
    [new FaultError(fault("aborted")), "timeout", "timeout", "the net saw an abort, we know why"],
    [new FaultError(fault("connect_timeout")), "timeout", "connect_timeout", "the net knows better"],
    [ownLimit, "timeout", "aborted", "the deadline came while it waited for us, not for the target"],
    [new FaultError(fault("connect_timeout")), "aborted", "aborted", "it would not have waited so short"],
    [new FaultError(fault("reset")), "aborted", "aborted", "its socket was closed under it"],
    [new FaultError(fault("rejected")), "timeout", "rejected", "the server had spoken by then"],
    [new FaultError(fault("uncertain")), "aborted", "uncertain", "the message may have been accepted"],
  ])("%s after an early end by %s is %s (%s)", (error, early, code) => {
    expect(faultOf(error, { phase: "mail", timeoutMs: 9, early }).code).toBe(code);
  });

  it.each([
    ["dns", "dns_timeout"],
    ["connect", "connect_timeout"],
    ["banner", "timeout"],
  ] as const)("is blamed on the phase under way: %s gives %s", (phase, code) => {
    const { message, ...rest } = faultOf(abortError, { phase, timeoutMs: 9000, early: "timeout" });
    expect(rest).toEqual({ code, phase });
    expect(message).toBe(`the deadline of 9 s passed in phase ${phase}`);
  });

  it("keeps name and code of a defect, and never its message", () => {
    const error = Object.assign(new TypeError("password is canary-4711"), { code: "ERR_INVALID_ARG_TYPE" });
    expect(internalFault("run", error, "auth").message).toBe(
      "a defect in Mailgauge, in run: TypeError ERR_INVALID_ARG_TYPE",
    );
  });
});
