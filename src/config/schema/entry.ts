import * as z from "zod";
import { say } from "../say.ts";
import { cron, duration, labels, list } from "./fields.ts";

/** Options of a probe by the probe's kind: read by the probe itself, so that a new probe needs no key here. */
const options = () =>
  z
    .record(
      z.string(),
      z.record(z.string(), z.unknown(), say("is not a mapping", "write options and values")),
      say("is not a mapping", "write { probe: { option: value } }"),
    )
    .meta({ title: "mapping of probe to options" })
    .describe("Options of single probes, over those that this entry sets by its other keys.")
    .optional();

/** What every watched entry may set. `interval` is documented by the section, since its default differs. */
export function watched(interval: string, probes: string) {
  return {
    interval: duration("1s", "30d").describe(interval).optional(),
    cron: cron()
      .describe("When to run, in UTC, in place of `interval`: five fields, or six with seconds in front.")
      .optional(),
    timeout: duration("1s", "10m")
      .describe("Deadline of one run; must be shorter than `interval`. Default: `defaults.timeout`.")
      .optional(),
    labels: labels()
      .describe("Static labels, for the status page, `/sd` and the API; they are not put on metrics.")
      .default({}),
    probes: list(z.string(say("is not the name of a probe", "write one such as smtp")), "[smtp, tls]")
      .meta({ title: "list of probes" })
      .describe(probes)
      .optional(),
    options: options(),
  };
}
