import { Document, isMap, visit } from "yaml";
import { Secret } from "../model/secret.ts";
import { configJsonSchema, type JsonSchema } from "./json-schema.ts";
import { Reference } from "./references.ts";

/** Settings with everything filled in; secrets are `Secret` or `Reference`, never text. */
export type Printable = Readonly<Record<string, unknown>>;

/**
 * The configuration as YAML that can be read again: all defaults filled in, every secret as `[redacted]` with a
 * comment that says where it comes from.
 */
export function printConfig(config: { readonly file: string; readonly printable: Printable }): string {
  const document = new Document(inOrder(plain(config.printable), configJsonSchema()));
  document.commentBefore = ` ${config.file}, with defaults filled in and secrets redacted`;
  visit(document, {
    Pair(_key, pair) {
      if (!isMap(pair.value)) return undefined;
      const origin = pair.value.get(MARK);
      if (typeof origin !== "string") return undefined;
      const scalar = document.createNode("[redacted]");
      scalar.type = "QUOTE_DOUBLE";
      if (origin !== "") scalar.comment = ` from ${origin}`;
      pair.value = scalar;
      return undefined;
    },
  });
  return document.toString({ lineWidth: 0 });
}

/** Key of the mapping that stands for a secret until its comment can be set; no key of the schema. */
const MARK = "\u0000secret";

function plain(value: unknown): unknown {
  if (value instanceof Secret) return { [MARK]: "" };
  if (value instanceof Reference) {
    return value.secret ? { [MARK]: `${value.source} ${value.at}` } : { [value.source]: value.at };
  }
  if (Array.isArray(value)) return value.map(plain);
  if (typeof value !== "object" || value === null) return value;
  const entries = Object.entries(value).filter(([, item]) => item !== undefined);
  return Object.fromEntries(entries.map(([key, item]) => [key, plain(item)]));
}

/** Keys in the order in which the documentation has them, not in that in which they were filled in. */
function inOrder(value: unknown, schema: JsonSchema): unknown {
  const node =
    schema.anyOf?.find(
      (branch) => (branch.type === "array") === Array.isArray(value) && branch.type !== "string",
    ) ?? schema;
  if (Array.isArray(value)) return value.map((item: unknown) => inOrder(item, node.items ?? {}));
  if (typeof value !== "object" || value === null) return value;
  const properties = node.properties ?? {};
  const known = Object.keys(properties);
  const rank = (key: string): number => (known.includes(key) ? known.indexOf(key) : known.length);
  const entries = Object.entries(value).sort(([a], [b]) => rank(a) - rank(b));
  return Object.fromEntries(entries.map(([key, item]) => [key, inOrder(item, properties[key] ?? {})]));
}
