import { globSync, readFileSync } from "node:fs";

/** Every page that a user reads. */
export const pages: readonly string[] = globSync([
  "*.md",
  "docs/**/*.md",
  "loadtests/xk6-smtp/**/README.md",
]).filter((page) => page !== "CHANGELOG.md");

/** A code block of a page. */
export interface Block {
  readonly page: string;
  readonly line: number;
  readonly language: string;
  readonly text: string;
}

function blocksOf(page: string): Block[] {
  const text = readFileSync(page, "utf8");
  return [...text.matchAll(/^```(\S*)\n(.*?)^```/gms)].map((m) => ({
    page,
    line: text.slice(0, m.index).split("\n").length,
    language: m[1] ?? "",
    text: m[2] ?? "",
  }));
}

export const blocks: readonly Block[] = pages.flatMap(blocksOf);

/** The blocks of a language as rows of a table of tests: place and text. */
export function places(language: string, of: (text: string) => boolean = () => true) {
  return blocks
    .filter((block) => block.language === language && of(block.text))
    .map((block) => [`${block.page}:${block.line}`, block.text] as const);
}

/** Whose configuration a YAML block is, when it is not ours. */
export const isPrometheusConfig = (text: string): boolean => /^scrape_configs:/m.test(text);
export const isSinkProfile = (text: string): boolean => /^(latency|greylist|storage_full_after):/m.test(text);
export const isWebConfig = (text: string): boolean => /^(basic_auth_users|tls_server_config):/m.test(text);
