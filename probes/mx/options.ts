import { z } from "zod";
import { parseOptions } from "../common/options.ts";

export interface MxOptions {
  /** Whether to connect to each host; off where port 25 is blocked on the way out. */
  readonly reach: boolean;
}

const schema = z.strictObject({ reach: z.boolean().default(true) });

/** Throws `OptionsError`. */
export function parseMxOptions(input: unknown): MxOptions {
  return parseOptions(schema, input);
}
