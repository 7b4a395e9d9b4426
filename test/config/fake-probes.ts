import * as z from "zod";
import { OptionsError, type Probe } from "../../src/model/probe.ts";

/** Stands for a probe: reads options as a real one does, and can do nothing else. */
function fake(kind: string, subject: Probe["subject"], options: z.ZodType): Probe {
  return {
    kind,
    subject,
    title: kind,
    phases: () => [],
    causes: [],
    parseOptions(input) {
      const result = options.safeParse(input);
      if (result.success) return result.data;
      const issue = result.error.issues[0];
      const path = (issue?.path ?? []) as (string | number)[];
      if (issue?.code === "unrecognized_keys") {
        throw new OptionsError(`unknown option ${JSON.stringify(issue.keys[0])}`, [
          ...path,
          issue.keys[0] ?? "",
        ]);
      }
      throw new OptionsError(issue?.message ?? "is wrong", path);
    },
    run: () => Promise.reject(new Error("a fake is never run")),
    judge: () => [],
  };
}

const PRESETS = ["spamhaus-zen", "spamhaus-dbl", "spamcop"] as const;

const list = z.looseObject({
  preset: z.enum(PRESETS, `must be one of: ${PRESETS.join(", ")}`).optional(),
});

export const fakeProbes: ReadonlyMap<string, Probe> = new Map(
  [
    fake(
      "smtp",
      "relay",
      z.strictObject({
        depth: z.string().default("tls"),
        expect: z.string().default("accept"),
        mode: z.string().default("lockstep"),
        chunking: z.boolean().default(false),
        certificate_warn_days: z.number().default(14),
        foreign_recipient: z.string().optional(),
        forged_sender: z.string().optional(),
      }),
    ),
    fake("tls", "relay", z.strictObject({ certificate_warn_days: z.number().default(14) })),
    fake("mx", "domain", z.strictObject({})),
    fake("blocklist", "address", z.strictObject({ lists: z.array(list).default([]) })),
  ].map((probe) => [probe.kind, probe]),
);
