import * as params from "./params.ts";

const FROM = "loadtest@mailgauge.test";
const TO = "sink@mailgauge.test";

/** The reverse-path: SMTP_FROM. */
export function sender(): string {
  return params.text("SMTP_FROM") ?? FROM;
}

/**
 * So many recipients: those of SMTP_TO in turn from entry `first` on, and where they do not suffice, local parts made
 * up in the domain of the first. No mail of a load test ever goes to another domain.
 */
export function recipients(count: number, first = 0): string[] {
  const given = params.list("SMTP_TO", TO);
  const bad = given.find((address) => !/^[^\s@<>]+@[^\s@<>]+$/.test(address));
  if (bad !== undefined) throw params.wrong("SMTP_TO", "a list of addresses", TO);
  const chosen = given.map((_, at) => given[(at + first) % given.length] ?? TO).slice(0, count);
  const domain = given[0]?.split("@").pop() ?? "";
  for (let made = chosen.length; made < count; made++) chosen.push(`load-${made}@${domain}`);
  return chosen;
}
