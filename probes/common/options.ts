import type { z } from "zod";
import { OptionsError } from "../../src/model/probe.ts";

/** Parses a probe's options; the first problem is thrown as `OptionsError` with the path of the value. */
export function parseOptions<Schema extends z.ZodType>(schema: Schema, input: unknown): z.output<Schema> {
  const result = schema.safeParse(input ?? {});
  if (result.success) return result.data;
  const issue = result.error.issues[0];
  if (issue === undefined) throw new OptionsError("invalid options");
  const path = issue.path.filter((part) => typeof part !== "symbol");
  if (issue.code === "unrecognized_keys") {
    throw new OptionsError(`unknown option ${issue.keys.map((key) => JSON.stringify(key)).join(", ")}`, [
      ...path,
      ...issue.keys.slice(0, 1),
    ]);
  }
  throw new OptionsError(issue.message, path);
}
