import { describe, expect, it } from "vitest";
import { configJsonSchema, type JsonSchema } from "./json-schema.ts";

const schema = configJsonSchema();

/** Every key of the file, with its path. */
function* fields(node: JsonSchema, path: string): Generator<[string, JsonSchema]> {
  for (const [key, field] of Object.entries(node.properties ?? {})) {
    yield [`${path}.${key}`, field];
    yield* fields(field, `${path}.${key}`);
  }
  if (node.items !== undefined) yield* fields(node.items, `${path}[]`);
  if (typeof node.additionalProperties === "object") yield* fields(node.additionalProperties, `${path}.*`);
  for (const branch of node.anyOf ?? []) yield* fields(branch, path);
}

const all = [...fields(schema, "")];

describe("configJsonSchema", () => {
  it("is JSON of draft 7, with a title", () => {
    expect(schema).toMatchObject({
      $schema: "http://json-schema.org/draft-07/schema#",
      title: "Mailgauge configuration",
    });
    expect(JSON.parse(JSON.stringify(schema))).toEqual(schema);
  });

  it("describes every key", () => {
    expect(all.length).toBeGreaterThan(100);
    expect(all.filter(([, field]) => (field.description ?? "") === "").map(([path]) => path)).toEqual([]);
  });

  it("is strict about keys wherever this project knows them all", () => {
    const open = all
      .filter(([, field]) => field.properties !== undefined && field.additionalProperties !== false)
      .map(([path]) => path);
    expect(open).toEqual([]);
    expect(schema.additionalProperties).toBe(false);
  });

  it("gives editors the choices and the defaults", () => {
    const relay = schema.properties?.["relays"]?.items;
    expect(relay?.required).toEqual(["name", "url"]);
    expect(relay?.properties?.["expect"]).toMatchObject({
      default: "accept",
      enum: expect.arrayContaining(["refuse_relay"]),
    });
    expect(relay?.properties?.["family"]?.enum).toEqual([4, 6]);
  });
});
