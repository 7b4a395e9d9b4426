import * as z from "zod";
import { say } from "./say.ts";

/** Stands for a value that is kept elsewhere, until the loader has fetched it. */
export class Reference {
  readonly source: "env" | "file";
  /** Name of the variable, or path of the file relative to the configuration. */
  readonly at: string;
  /** Print the value as `[redacted]`, wherever it comes from. */
  readonly secret: boolean;

  constructor(source: "env" | "file", at: string, secret: boolean) {
    this.source = source;
    this.at = at;
    this.secret = secret;
  }

  /** For messages: where the value comes from, never the value. */
  toString(): string {
    return this.source === "env"
      ? `the value of the environment variable ${this.at}`
      : `the content of ${this.at}`;
  }
}

const FORM = "write { env: NAME } or { file: PATH }";
const WRONG = say("is neither text nor a reference", `write text, { env: NAME } or { file: PATH }`);

/** `{ env: NAME }` or `{ file: PATH }`, exactly one of them. */
export function reference(secret: boolean): z.ZodType<Reference> {
  return z
    .strictObject(
      {
        env: z
          .string(say("is not the name of an environment variable", "write a name such as RELAY_PASSWORD"))
          .regex(
            /^[A-Za-z_][A-Za-z0-9_]*$/,
            say("is not the name of an environment variable", "write a name such as RELAY_PASSWORD"),
          )
          .describe("Environment variable that holds the value.")
          .optional(),
        file: z
          .string(say("is not a path", "write the path of a file"))
          .min(1, say("is empty", "write the path of a file"))
          .describe(
            "File that holds the value, relative to the configuration file; one final newline is dropped.",
          )
          .optional(),
      },
      { error: (issue) => (issue.code === "unrecognized_keys" ? "env file" : WRONG) },
    )
    .superRefine((value, context) => {
      if ((value.env === undefined) === (value.file === undefined)) {
        context.addIssue({ code: "custom", message: say("must name exactly one source", FORM) });
      }
    })
    .transform((value) =>
      value.env === undefined
        ? new Reference("file", value.file ?? "", secret)
        : new Reference("env", value.env, secret),
    );
}

/** Every reference in a parsed value, with its path. */
export function* findReferences(
  value: unknown,
  path: (string | number)[] = [],
): Generator<[(string | number)[], Reference]> {
  if (value instanceof Reference) yield [path, value];
  else if (Array.isArray(value)) {
    for (const [i, item] of value.entries()) yield* findReferences(item, [...path, i]);
  } else if (typeof value === "object" && value !== null) {
    for (const [key, item] of Object.entries(value)) yield* findReferences(item, [...path, key]);
  }
}
