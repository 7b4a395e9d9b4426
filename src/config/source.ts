import {
  type Document,
  isAlias,
  isMap,
  isNode,
  isScalar,
  isSeq,
  LineCounter,
  type Node,
  type Pair,
  parseDocument,
  visit,
  type YAMLMap,
} from "yaml";
import type { Path, Problem } from "./problem.ts";
import { formatPath } from "./problem.ts";
import { copyTree, TreeLimitError } from "./tree.ts";

export interface Position {
  readonly line: number;
  readonly column: number;
}

/** A YAML text as values, and where each of them stands. */
export interface Source {
  readonly file: string;
  /** Plain mappings, lists and scalars; absent when the text cannot be read as YAML. */
  readonly values?: unknown;
  /** What the YAML itself has wrong. */
  readonly problems: readonly Problem[];
  /** Of the value at a path, or of its key; of the nearest value around it that exists, when there is none. */
  position(path: Path, part: "key" | "value"): Position;
}

/** Reads YAML 1.2 with merge keys (`<<`). Never throws: what is wrong is in `problems`. */
export function readSource(text: string, file: string): Source {
  const lines = new LineCounter();
  const document = parseDocument(text, {
    lineCounter: lines,
    prettyErrors: false,
    merge: true,
    stringKeys: true,
  });
  const at = (offset: number): Position => {
    const { line, col } = lines.linePos(offset);
    return { line: Math.max(1, line), column: Math.max(1, col) };
  };
  const position = (path: Path, part: "key" | "value"): Position => at(offsetOf(document, path, part));
  const complain = (offset: number, path: string, message: string, remedy: string): Problem => ({
    file,
    ...at(offset),
    path,
    message,
    remedy,
  });
  const broken: Problem[] = [];
  const twice: Problem[] = [];
  for (const { code, message, pos } of [...document.errors, ...document.warnings]) {
    if (code === "DUPLICATE_KEY") {
      const path = formatPath(pathOfKey(document.contents, pos[0]) ?? []);
      twice.push(complain(pos[0], path, "the key stands twice in one mapping", "keep one of them"));
    } else if (broken.every(({ line, column }) => line !== at(pos[0]).line || column !== at(pos[0]).column)) {
      const [what, remedy] = YAML_COMPLAINTS[code] ?? [`is not YAML: ${message}`, REMEDIES[code] ?? REMEDY];
      broken.push(complain(pos[0], "", what, remedy));
    }
  }
  visit(document, {
    Alias(_key, alias) {
      if (alias.resolve(document) !== undefined) return;
      const remedy = `define it before with &${alias.source}, or put the text in quotes`;
      broken.push(complain(alias.range?.[0] ?? 0, "", `the alias *${alias.source} names no anchor`, remedy));
    },
    Pair(_key, pair) {
      // Objects treat this key in ways of their own; nothing here is called so.
      if (keyText(pair) !== "__proto__") return;
      broken.push(complain(startOf(pair.key) ?? 0, "", "__proto__ cannot be a key", "give it another name"));
    },
  });
  // Values of a text with broken structure would only bring complaints that vanish once it is mended.
  if (broken.length > 0) return { file, problems: [...broken, ...twice], position };
  try {
    // No limit here, since an alias costs nothing before the copy below expands it.
    return { file, values: copyTree(document.toJS({ maxAliasCount: -1 })), problems: twice, position };
  } catch (error) {
    if (!(error instanceof TreeLimitError)) throw error;
    const path = formatPath(error.path);
    const offset = offsetOf(document, error.path, "value");
    return { file, problems: [...twice, complain(offset, path, error.message, error.remedy)], position };
  }
}

const YAML_COMPLAINTS: Readonly<Record<string, readonly [string, string]>> = {
  TAB_AS_INDENT: ["a tab is used as indentation", "indent with spaces"],
  NON_STRING_KEY: [
    "a key is not text",
    "write plain text before the colon, and put {{ … }} in quotes or fill it in first",
  ],
  MULTIPLE_DOCS: ["a second document begins", "keep one document in a file"],
  TAG_RESOLVE_FAILED: [
    "the tag is unknown",
    "leave it out, and take outside values by { env: NAME } or { file: PATH }",
  ],
};

const REMEDY = "correct it here or on the line before";
const REMEDIES: Readonly<Record<string, string>> = {
  BAD_INDENT: "close every bracket, and indent alike what belongs together",
  BAD_SCALAR_START: "put the text in quotes",
  BLOCK_AS_IMPLICIT_KEY: "put text with a colon in quotes",
  MULTILINE_IMPLICIT_KEY: "put a colon behind the key",
};

/** The path of the entry whose key begins at an offset. */
function pathOfKey(node: unknown, offset: number): Path | undefined {
  if (isSeq(node)) {
    for (const [i, item] of node.items.entries()) {
      const path = pathOfKey(item, offset);
      if (path !== undefined) return [i, ...path];
    }
  }
  if (isMap(node)) {
    for (const pair of node.items) {
      if (startOf(pair.key) === offset) return [keyText(pair)];
      const path = pathOfKey(pair.value, offset);
      if (path !== undefined) return [keyText(pair), ...path];
    }
  }
  return undefined;
}

function offsetOf(document: Document, path: Path, part: "key" | "value"): number {
  let node: unknown = document.contents;
  let offset = startOf(node) ?? 0;
  for (const [depth, step] of path.entries()) {
    const pair = childOf(document, node, step);
    if (pair === undefined) return offset;
    const key = startOf(pair.key);
    const value = isScalar(pair.value) && pair.value.source === "" ? undefined : startOf(pair.value);
    const wanted = part === "key" && depth === path.length - 1 ? (key ?? value) : (value ?? key);
    offset = wanted ?? offset;
    node = pair.value;
  }
  return offset;
}

function startOf(node: unknown): number | undefined {
  return isNode(node) ? (node.range?.[0] ?? undefined) : undefined;
}

/** The entry of a mapping or list, through aliases and merge keys. */
function childOf(
  document: Document,
  node: unknown,
  step: string | number,
): { key?: unknown; value: unknown } | undefined {
  const target = isAlias(node) ? node.resolve(document) : node;
  if (isSeq(target)) {
    const value = target.items[Number(step)];
    return value === undefined ? undefined : { value };
  }
  if (!isMap(target)) return undefined;
  const own = target.items.findLast((pair) => keyText(pair) === String(step));
  if (own !== undefined) return own;
  for (const merged of mergedInto(target)) {
    const found = isSeq(merged)
      ? merged.items.map((item) => childOf(document, item, step)).find((pair) => pair !== undefined)
      : childOf(document, merged, step);
    if (found !== undefined) return found;
  }
  return undefined;
}

function keyText(pair: Pair): string {
  const key: unknown = isScalar(pair.key) ? pair.key.value : undefined;
  return typeof key === "string" || typeof key === "number" || typeof key === "boolean" ? String(key) : "";
}

function mergedInto(map: YAMLMap): Node[] {
  return map.items
    .filter((pair) => isScalar(pair.key) && (typeof pair.key.value === "symbol" || pair.key.value === "<<"))
    .map((pair) => pair.value)
    .filter((value) => isNode(value));
}
