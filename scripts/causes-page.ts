import { createProbes } from "../probes/index.ts";
import { causeSentence } from "../src/diagnosis/index.ts";
import { remedyFor } from "../src/diagnosis/remedies.ts";
import { CAUSE_CODES, type CauseCode } from "../src/model/codes.ts";
import type { Relay } from "../src/model/subject.ts";

const INTRO = `# Causes and remedies

<!-- Written by "make docs" from src/model/codes.ts and src/diagnosis. Do not edit. -->

Every failed observation names one cause: in the terminal, on the page, in JSON (\`cause.code\`), and as the label
\`cause\` of \`mailgauge_probe_failures_total\`. The codes are a promise: new ones may come, none changes its name. Beside
the code stand a certainty (\`certain\`, \`likely\`, \`possible\`), the evidence, and a remedy in the names of the target;
the table shows it for \`submission://relay.example.com\`.

\`mailgauge explain\` says the same of any reply out of a log or a bounce:

\`\`\`sh
mailgauge explain "550 5.7.26 This mail has been blocked because the sender is unauthenticated"
\`\`\`

| cause | means | remedy | probes |
|---|---|---|---|
`;

const EXAMPLE: Relay = {
  kind: "relay",
  name: "eu",
  labels: {},
  scheme: "submission",
  host: "relay.example.com",
  port: 587,
  helo: "probe1.example.com",
  from: "probe@example.com",
  to: [],
  tls: {},
};

/** docs/causes.md: each cause with its sentence, its remedy, and the probes that can find it. */
export function causesPage(): string {
  const probes = [...createProbes().values()];
  const finders = (code: CauseCode): string => {
    const kinds = probes.filter(({ causes }) => causes.includes(code)).map(({ kind }) => kind);
    return kinds.length === 0 ? "none yet" : kinds.join(", ");
  };
  const row = (code: CauseCode): string =>
    [`\`${code}\``, causeSentence(code), remedyFor(code, EXAMPLE), finders(code)].map(cell).join(" | ");
  return `${INTRO}${CAUSE_CODES.map((code) => `| ${row(code)} |\n`).join("")}`;
}

function cell(text: string): string {
  return text.replaceAll("|", "\\|");
}
