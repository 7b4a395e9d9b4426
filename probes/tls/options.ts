import { z } from "zod";
import { parseOptions } from "../common/options.ts";

export interface TlsOptions {
  readonly certificateWarnDays: number;
}

const schema = z.strictObject({
  certificate_warn_days: z.number().int().min(0).max(3650).default(14),
});

export function parseTlsOptions(input: unknown): TlsOptions {
  return { certificateWarnDays: parseOptions(schema, input).certificate_warn_days };
}
