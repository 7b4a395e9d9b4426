import * as z from "zod";
import { configSchema } from "./schema/index.ts";

/** A node of the JSON Schema, as far as this project reads it. */
export interface JsonSchema {
  readonly title?: string;
  readonly description?: string;
  readonly default?: unknown;
  readonly type?: string;
  readonly enum?: readonly unknown[];
  readonly const?: unknown;
  readonly properties?: Readonly<Record<string, JsonSchema>>;
  readonly required?: readonly string[];
  readonly items?: JsonSchema;
  readonly anyOf?: readonly JsonSchema[];
  readonly additionalProperties?: boolean | JsonSchema;
}

/** JSON Schema (draft-07) of the file as users write it, for completion and checks in editors. */
export function configJsonSchema(): JsonSchema {
  const schema = z.toJSONSchema(configSchema, { target: "draft-7", io: "input" });
  return {
    ...schema,
    description: "Configuration of Mailgauge, an SMTP deliverability monitoring toolkit.",
  } as JsonSchema;
}
