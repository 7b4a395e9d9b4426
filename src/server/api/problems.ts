import type { z } from "zod";

/** What is wrong with a query, as one sentence for a person. */
export function problemsOf(error: z.ZodError): string {
  return error.issues.map(({ path, message }) => `${path.join(".") || "query"}: ${message}`).join("; ");
}
