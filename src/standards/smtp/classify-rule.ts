import type { CauseCode, PhaseName } from "../../model/codes.ts";
import type { Cause } from "../../model/observation.ts";

/** Operators whose replies mean something of their own: they reuse registered codes (facts beside RFC 5248). */
export type Provider = "google" | "microsoft" | "yahoo";

/**
 * One line of a table: all conditions that it names must hold, and within one condition any of its values.
 * Tables are read in order; the first match wins.
 */
export interface ReplyRule {
  /** Unique over all tables. */
  readonly id: string;
  readonly cause: CauseCode;
  readonly certainty: Cause["certainty"];
  readonly phases?: readonly PhaseName[];
  /** Reply codes, or classes such as `4xx`. */
  readonly codes?: readonly (number | "4xx" | "5xx")[];
  /**
   * Enhanced status codes (RFC 3463): `5.7.26` as it stands, `X.7.26` for either class, `X.5` for a whole subject,
   * `5.7.606-649` for a range of details.
   */
  readonly enhanced?: readonly string[];
  /** Parts of the reply's text in lower case, or short patterns for whole words. */
  readonly text?: readonly (string | RegExp)[];
  /** A second condition on the text. */
  readonly also?: readonly (string | RegExp)[];
}

/** Phases in which the envelope or the message itself is refused. */
export const TRANSACTION: readonly PhaseName[] = ["mail", "rcpt", "data", "body"];
/** Phases in which a recipient is refused: some servers wait with it for the final dot. */
export const RECIPIENT: readonly PhaseName[] = ["rcpt", "data", "body"];
export const CONTENT: readonly PhaseName[] = ["data", "body"];
