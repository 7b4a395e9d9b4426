import { readFileSync } from "node:fs";
import { configJsonSchema, type JsonSchema } from "../src/config/index.ts";

const EXAMPLE = new URL("../examples/full.yml", import.meta.url);

const INTRO = `# Configuration

<!-- Written by "make docs" from src/config/schema. Do not edit. -->

One YAML file says what is watched and how. It is named with \`--config FILE\`, or by \`MAILGAUGE_CONFIG\`, or is
\`mailgauge.yml\` in the working directory.

\`\`\`yaml
relays:
  - name: eu
    url: submission://relay.example.com
domains: [example.com]
addresses: [192.0.2.10]
\`\`\`

\`\`\`sh
mailgauge config check mailgauge.yml    # every problem at once
mailgauge config print mailgauge.yml    # all defaults filled in, secrets redacted
mailgauge config schema                 # JSON Schema, for completion in editors
\`\`\`

The file is strict: an unknown key is an error. Each problem is one line, \`file:line:column path: what is wrong; what
would be right\`:

\`\`\`text
mailgauge.yml:4:5 relays[0].timeot: unknown key; did you mean "timeout"?
mailgauge.yml:5:30 relays[0].auth.password.env: the environment variable RELAY_PASSWORD is not set; set it before Mailgauge starts
\`\`\`

## Values

- **Durations** are whole numbers with a unit, largest unit first: \`250ms\`, \`90s\`, \`5m\`, \`1h30m\`, \`30d\`.
- **Values from elsewhere**: where the type says so, \`{ env: NAME }\` takes the value of an environment variable and
  \`{ file: PATH }\` the content of a file, without one final newline. Both are read again on each reload; a missing or
  empty one is an error. There is no other interpolation.
- **Paths** count from the folder of the configuration file.
- **Times**: an entry runs every \`interval\`, at an offset that follows from its name, or when \`cron\` says, in UTC.
  Every run ends at its \`timeout\`, which must be shorter than the interval.
- **Names** are unique in their section. They are the metric label \`target\`.
- Anchors, aliases and merge keys (\`<<: *name\`) of YAML work.
- To have an editor complete and check the file, write the schema beside it with
  \`mailgauge config schema > mailgauge.schema.json\`, and begin the file with
  \`# yaml-language-server: $schema=./mailgauge.schema.json\`.
`;

const OUTRO = `
## A whole example

More to copy from is in [examples](../examples).
`;

/** docs/configuration.md, from the schema: the page cannot tell what the code does not do. */
export function configPage(): string {
  const schema = configJsonSchema();
  const sections = Object.entries(schema.properties ?? {}).map(([name, section]) =>
    sectionText(name, section),
  );
  const example = `\n\`\`\`yaml\n${readFileSync(EXAMPLE, "utf8")}\`\`\`\n`;
  return [INTRO, ...sections, OUTRO, example].join("");
}

function sectionText(name: string, section: JsonSchema): string {
  const kind = section.items === undefined ? (isNamed(section) ? "Mapping by name." : "Mapping.") : "List.";
  const { meaning, fallback } = describe(section);
  const [what, otherwise] = [meaning, fallback === undefined ? "" : ` Default: ${fallback}.`];
  const rows = rowsOf(mappingIn(section), isNamed(section) ? "NAME." : "");
  return `\n## ${name}\n\n${kind} ${what}${otherwise}\n\n| key | type | default | meaning |\n|---|---|---|---|\n${rows.join("\n")}\n`;
}

function isNamed(schema: JsonSchema): boolean {
  return schema.properties === undefined && typeof schema.additionalProperties === "object";
}

/** The mapping that a section, its items or its values are written as. */
function mappingIn(schema: JsonSchema): JsonSchema {
  if (schema.properties !== undefined) return schema;
  if (schema.items !== undefined) return mappingIn(schema.items);
  if (typeof schema.additionalProperties === "object") return mappingIn(schema.additionalProperties);
  const branch = schema.anyOf?.find(({ properties }) => properties !== undefined);
  return branch ?? schema;
}

function rowsOf(schema: JsonSchema, prefix: string): string[] {
  return Object.entries(schema.properties ?? {}).flatMap(([key, field]) => {
    const name = `${prefix}${key}`;
    const { meaning, fallback } = describe(field);
    const required = schema.required?.includes(key) === true;
    const usual = required ? "required" : (fallback ?? defaultOf(field));
    const row = `| \`${name}\` | ${cell(typeOf(field))} | ${cell(usual)} | ${cell(meaning)} |`;
    const isMapping = field.title === undefined && field.properties !== undefined;
    return [row, ...(isMapping ? rowsOf(field, `${name}.`) : [])];
  });
}

/** A default that only the text can say stands at its end. */
function describe({ description = "" }: JsonSchema): { meaning: string; fallback?: string } {
  const match = /^(?<meaning>.*?)\s*Default: (?<fallback>.+)\.$/s.exec(description)?.groups;
  return match === undefined
    ? { meaning: description }
    : { meaning: match["meaning"] ?? "", fallback: match["fallback"] ?? "" };
}

function defaultOf(field: JsonSchema): string {
  const { default: value } = field;
  if (value === undefined) return "";
  const empty = typeof value === "object" && value !== null && Object.keys(value).length === 0;
  return empty ? "" : `\`${typeof value === "string" ? value : JSON.stringify(value)}\``;
}

function typeOf(field: JsonSchema): string {
  if (field.enum !== undefined) return field.enum.map((value) => `\`${String(value)}\``).join(", ");
  if (field.title !== undefined) return field.title;
  if (field.type === "object") return "mapping";
  if (field.type === "boolean") return "true or false";
  return field.type ?? "";
}

function cell(text: string): string {
  return text.replaceAll("|", "\\|").replaceAll("\n", " ");
}
