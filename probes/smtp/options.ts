import { z } from "zod";
import type { PhaseName } from "../../src/model/codes.ts";
import { SMTP_PHASES } from "../../src/model/codes.ts";
import {
  SMTP_DEPTHS,
  SMTP_EXPECTATIONS,
  type SmtpDepth,
  type SmtpExpectation,
} from "../../src/model/evidence.ts";
import type { SubmitOptions } from "../../src/model/smtp.ts";
import type { Relay } from "../../src/model/subject.ts";
import { parseOptions } from "../common/options.ts";

export interface SmtpOptions {
  /** Absent: as deep as the relay's settings allow without sending a message; see `depthOf`. */
  readonly depth?: SmtpDepth;
  readonly expect: SmtpExpectation;
  readonly mode: NonNullable<SubmitOptions["mode"]>;
  readonly chunking: boolean;
  readonly certificateWarnDays: number;
  /** Recipient of `refuse_relay`, in a domain that the relay is not responsible for. */
  readonly foreignRecipient: string;
  /** Sender of `refuse_sender`; absent: an invented one in a domain that is not ours to use. */
  readonly forgedSender?: string;
}

const address = z
  .string()
  .max(254)
  .regex(/^[^\s<>@]+@[^\s<>@]+$/, "must be an address such as user@example.com");

const schema = z.strictObject({
  depth: z.enum(SMTP_DEPTHS).optional(),
  expect: z.enum(SMTP_EXPECTATIONS).default("accept"),
  mode: z.enum(["lockstep", "pipelined"]).default("lockstep"),
  chunking: z.boolean().default(false),
  certificate_warn_days: z.number().int().min(0).max(3650).default(14),
  foreign_recipient: address.default("relay-test@example.com"),
  forged_sender: address.optional(),
});

export function parseSmtpOptions(input: unknown): SmtpOptions {
  const given = parseOptions(schema, input);
  return {
    expect: given.expect,
    mode: given.mode,
    chunking: given.chunking,
    certificateWarnDays: given.certificate_warn_days,
    foreignRecipient: given.foreign_recipient,
    ...(given.depth === undefined ? {} : { depth: given.depth }),
    ...(given.forged_sender === undefined ? {} : { forgedSender: given.forged_sender }),
  };
}

/** As told; otherwise up to a recipient when there is one, up to AUTH when there are credentials, else up to TLS. */
export function depthOf(options: SmtpOptions, relay: Relay): SmtpDepth {
  if (options.depth !== undefined) return options.depth;
  if (relay.to.length > 0) return "rcpt";
  return relay.auth === undefined ? "tls" : "auth";
}

export function reaches(depth: SmtpDepth, goal: SmtpDepth): boolean {
  return SMTP_DEPTHS.indexOf(depth) >= SMTP_DEPTHS.indexOf(goal);
}

/** Whether the relay's own credentials will be sent: then the server has to be verified first. */
export function sendsCredentials(options: SmtpOptions, relay: Relay): boolean {
  if (relay.auth === undefined) return false;
  if (options.expect === "accept") return reaches(depthOf(options, relay), "auth");
  return options.expect === "refuse_credentials" || options.expect === "refuse_sender";
}

/** The depth at which each phase begins to be possible. `tls` belongs to the connection when TLS is implicit. */
const PHASES_BY_DEPTH: Readonly<Record<SmtpDepth, readonly PhaseName[]>> = {
  banner: ["dns", "connect", "tls", "banner", "quit"],
  ehlo: ["ehlo"],
  tls: ["starttls"],
  auth: ["auth"],
  rcpt: ["mail", "rcpt"],
  data: ["data", "body"],
};

/** How deep each negative test may go. */
const EXPECTATION_DEPTH: Readonly<Record<Exclude<SmtpExpectation, "accept">, SmtpDepth>> = {
  refuse_relay: "rcpt",
  refuse_auth_without_tls: "auth",
  refuse_credentials: "auth",
  refuse_sender: "rcpt",
};

/** Every phase that a run can have; without a depth the relay decides, and never goes beyond `rcpt`. */
export function phasesOf(options: SmtpOptions): readonly PhaseName[] {
  const depth = options.expect === "accept" ? (options.depth ?? "rcpt") : EXPECTATION_DEPTH[options.expect];
  const possible = new Set(
    SMTP_DEPTHS.filter((step) => reaches(depth, step)).flatMap((step) => PHASES_BY_DEPTH[step]),
  );
  // The one test that stays in the clear on purpose.
  if (options.expect === "refuse_auth_without_tls") possible.delete("starttls");
  return SMTP_PHASES.filter((phase) => possible.has(phase));
}
