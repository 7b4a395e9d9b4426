import { readdirSync, readFileSync } from "node:fs";
import { builtinModules } from "node:module";
import { dirname, join, relative, resolve, sep } from "node:path";
import { describe, expect, it } from "vitest";

/**
 * The import table of docs/architecture.md. `rooms`: folders of the project; `packages`: what the room adapts;
 * `node`: `pure` leaves out every module that touches the world.
 */
interface Row {
  readonly rooms: readonly string[];
  readonly packages: readonly string[] | "any";
  readonly node: "none" | "pure" | "any";
}

const TABLE: Readonly<Record<string, Row>> = {
  model: { rooms: [], packages: [], node: "none" },
  standards: { rooms: ["model"], packages: [], node: "pure" },
  diagnosis: { rooms: ["model", "standards"], packages: [], node: "none" },
  probes: { rooms: ["model", "standards"], packages: ["zod"], node: "pure" },
  net: { rooms: ["model", "standards"], packages: ["dns-packet", "nodemailer"], node: "any" },
  store: { rooms: ["model", "standards"], packages: [], node: "any" },
  lab: { rooms: ["model", "standards"], packages: ["dns-packet"], node: "any" },
  engine: { rooms: ["model"], packages: ["node-cron"], node: "any" },
  config: { rooms: ["model"], packages: ["zod", "yaml", "node-cron"], node: "any" },
  sinks: { rooms: ["model"], packages: ["prom-client", "pino"], node: "any" },
  loadtest: { rooms: ["model"], packages: ["zod"], node: "any" },
  reports: { rooms: ["model"], packages: ["hono"], node: "any" },
  server: {
    rooms: ["model", "engine", "config", "sinks", "reports", "store"],
    packages: ["hono", "@hono/node-server", "prom-client", "bcryptjs", "yaml", "zod"],
    node: "any",
  },
  cli: {
    rooms: ["model", "engine", "config", "sinks", "reports", "store", "loadtest"],
    packages: ["commander"],
    node: "any",
  },
};

/** Node modules without input or output: text, numbers, hashes, certificates as data. */
const PURE = new Set(["node:crypto", "node:util", "node:buffer", "node:url", "node:net", "node:querystring"]);

/** `node:net` is pure only for its address functions. */
const PURE_NAMES: Readonly<Record<string, ReadonlySet<string>>> = {
  "node:net": new Set(["isIP", "isIPv4", "isIPv6", "BlockList", "SocketAddress"]),
};

const ROOT = resolve(import.meta.dirname, "..");

function sources(folder: string): string[] {
  return readdirSync(join(ROOT, folder), { withFileTypes: true, recursive: true })
    .filter((entry) => entry.isFile() && entry.name.endsWith(".ts") && !entry.name.endsWith(".test.ts"))
    .map((entry) => relative(ROOT, join(entry.parentPath, entry.name)));
}

/** `src/net/dns/x.ts` is in `net`, `probes/mx/run.ts` in `probes`, `src/app.ts` in no room: the composition root. */
function roomOf(file: string): string | undefined {
  const parts = file.split(sep);
  if (parts[0] === "src") return parts.length > 2 ? parts[1] : undefined;
  return parts[0];
}

interface Import {
  readonly from: string;
  readonly names: string;
}

const IMPORT =
  /(?:^|\n)\s*(?:import|export)\s+(?:type\s+)?([^;'"]*?)\s*from\s*["']([^"']+)["']|import\(\s*["']([^"']+)["']\s*\)|(?:^|\n)import\s+["']([^"']+)["']/g;

function imports(file: string): Import[] {
  const text = readFileSync(join(ROOT, file), "utf8");
  return [...text.matchAll(IMPORT)].map((m) => ({ from: m[2] ?? m[3] ?? m[4] ?? "", names: m[1] ?? "" }));
}

function packageOf(specifier: string): string {
  const parts = specifier.split("/");
  return specifier.startsWith("@") ? parts.slice(0, 2).join("/") : (parts[0] ?? specifier);
}

function impure(entry: Import): boolean {
  if (!PURE.has(entry.from)) return true;
  const allowed = PURE_NAMES[entry.from];
  if (allowed === undefined) return false;
  const names = entry.names.replaceAll(/[{}]|\btype\b/g, "").split(",");
  return names.map((n) => n.trim()).some((n) => n !== "" && !allowed.has(n));
}

/** What is wrong with one import, or undefined. */
function breach(file: string, room: string, row: Row, entry: Import): string | undefined {
  if (entry.from.startsWith(".")) {
    const target = roomOf(relative(ROOT, resolve(ROOT, dirname(file), entry.from)));
    if (target === room || (target !== undefined && row.rooms.includes(target))) return undefined;
    return `${file}: ${room} may not import ${target ?? "the composition root"} (${entry.from})`;
  }
  if (entry.from.startsWith("node:") || builtinModules.includes(entry.from)) {
    if (row.node === "any" || (row.node === "pure" && !impure(entry))) return undefined;
    return `${file}: ${room} may not import ${entry.names} from ${entry.from}`;
  }
  if (row.packages === "any" || row.packages.includes(packageOf(entry.from))) return undefined;
  return `${file}: ${room} may not import the package ${entry.from}`;
}

const files = [...sources("src"), ...sources("probes")];

describe("the import table", () => {
  it("looks at the code, not at an empty list", () => {
    expect(files.length).toBeGreaterThan(8);
    expect(files.flatMap(imports).length).toBeGreaterThan(10);
  });

  it("holds for every file below src and probes", () => {
    const breaches = files.flatMap((file) => {
      const room = roomOf(file);
      if (room === undefined) return [];
      const row = TABLE[room];
      if (row === undefined) return [`${file}: ${room} is not in the import table`];
      return imports(file).flatMap((entry) => breach(file, room, row, entry) ?? []);
    });
    expect(breaches).toEqual([]);
  });

  it.each([
    ["src/model/x.ts", "model", { from: "node:fs", names: "" }],
    ["src/standards/smtp/x.ts", "standards", { from: "node:net", names: "{ Socket, isIP }" }],
    ["src/standards/smtp/x.ts", "standards", { from: "../../net/dns/index.ts", names: "" }],
    ["src/engine/x.ts", "engine", { from: "prom-client", names: "" }],
    ["probes/mx/run.ts", "probes", { from: "../../src/app.ts", names: "" }],
  ])("catches a planted breach in %s", (file, room, entry) => {
    const row = TABLE[room];
    expect(row && breach(file, room, row, entry)).toContain(`${room} may not import`);
  });
});

describe("the size of a file", () => {
  it("is one idea: under 300 lines, tables apart", () => {
    const long = files.filter((file) => readFileSync(join(ROOT, file), "utf8").split("\n").length > 301);
    expect(long).toEqual([]);
  });
});
