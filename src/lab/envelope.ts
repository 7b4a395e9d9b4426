/** Argument of MAIL or RCPT (RFC 5321 sections 4.1.1.2 and 4.1.1.3). */
export interface Path {
  /** Without angle brackets and source route; empty for the null reverse-path. */
  readonly address: string;
  readonly localPart: string;
  /** Lower case; empty when the address has none. */
  readonly domain: string;
  /** ESMTP parameters: keyword in upper case to value, the empty string when it has none. */
  readonly parameters: ReadonlyMap<string, string>;
  readonly nonAscii: boolean;
}

const FORM = /^(FROM|TO):[ ]?<((?:"(?:[^"\\]|\\.)*"|[^<>"])*)>((?: [^ ]+)*) *$/i;
const PARAMETER = /^([A-Za-z0-9][A-Za-z0-9-]*)(?:=([\x21-\x3c\x3e-\x7e]+))?$/;

/** `line` is latin1 as read from the wire. Nothing when it does not have the form. */
export function parsePath(keyword: "FROM" | "TO", line: string): Path | undefined {
  const match = FORM.exec(line);
  if (match === null || match[1]?.toUpperCase() !== keyword) return undefined;
  const bytes = Buffer.from(match[2] ?? "", "latin1");
  // A source route is accepted and ignored (RFC 5321 appendix C).
  const address = bytes.toString("utf8").replace(/^@[^:"]*:/, "");
  const at = address.lastIndexOf("@");
  const parameters = new Map<string, string>();
  for (const word of (match[3] ?? "").split(" ").filter((word) => word !== "")) {
    const parameter = PARAMETER.exec(word);
    if (parameter === null) return undefined;
    parameters.set((parameter[1] ?? "").toUpperCase(), parameter[2] ?? "");
  }
  return {
    address,
    localPart: at < 0 ? address : address.slice(0, at),
    domain: at < 0 ? "" : address.slice(at + 1).toLowerCase(),
    parameters,
    nonAscii: bytes.some((byte) => byte >= 0x80),
  };
}

const MAIL_PARAMETERS = new Set(["SIZE", "BODY", "SMTPUTF8", "RET", "ENVID", "AUTH", "REQUIRETLS"]);
const RCPT_PARAMETERS = new Set(["NOTIFY", "ORCPT"]);

/** The reply that refuses a path's parameters; nothing when they stand. */
export function refuseParameters(
  command: "MAIL" | "RCPT",
  path: Path,
  sizeLimit: number,
): string | undefined {
  const known = command === "MAIL" ? MAIL_PARAMETERS : RCPT_PARAMETERS;
  for (const [keyword, value] of path.parameters) {
    if (!known.has(keyword)) return `555 5.5.4 Unsupported option: ${keyword}`;
    if (!parameterHolds(keyword, value)) return `501 5.5.4 Syntax error in parameter ${keyword}`;
  }
  if (Number(path.parameters.get("SIZE") ?? 0) > sizeLimit) {
    return "552 5.3.4 Message size exceeds fixed limit";
  }
  return undefined;
}

function parameterHolds(keyword: string, value: string): boolean {
  switch (keyword) {
    case "SIZE":
      return /^\d{1,20}$/.test(value);
    case "BODY":
      return /^(7BIT|8BITMIME)$/i.test(value);
    case "RET":
      return /^(FULL|HDRS)$/i.test(value);
    case "NOTIFY":
      return /^(NEVER|(SUCCESS|FAILURE|DELAY)(,(SUCCESS|FAILURE|DELAY))*)$/i.test(value);
    case "ORCPT":
      return /^[A-Za-z0-9-]+;.+$/.test(value);
    case "SMTPUTF8":
    case "REQUIRETLS":
      return value === "";
    default:
      return value !== "";
  }
}
