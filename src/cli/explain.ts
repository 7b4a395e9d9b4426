import { Command } from "commander";
import { CliError, EXIT } from "./exit.ts";
import type { CliIo } from "./io.ts";
import { outPaint } from "./io.ts";
import type { LoadServices } from "./services.ts";

/** A positive reply (RFC 5321 section 4.2.1), the first number of the text. */
const POSITIVE = /^\D*[23]\d\d(?=[ -]|$)/;

/** `mailgauge explain "550 5.7.26 …"` */
export function explainCommand(load: LoadServices, io: CliIo, exit: (code: number) => void): Command {
  return new Command("explain")
    .summary("say what a reply of a mail server means, and what to change")
    .description(
      "Explain a reply as a log or a bounce shows it: the code, the enhanced status code and the text.",
    )
    .argument("<reply...>", "the reply; quote it or not")
    .option("--json", "print the cause as JSON")
    .addHelpText(
      "after",
      '\nExample:\n  mailgauge explain "550 5.7.26 This mail has been blocked because the sender is unauthenticated"',
    )
    .action(async (words: string[], { json }: { json?: boolean }) => {
      const reply = words.join(" ");
      const explained = await (await load()).explain(reply);
      if (explained === undefined && POSITIVE.test(reply)) {
        io.out(
          json ? "null\n" : "Nothing is wrong: a reply that begins with 2 or 3 is a yes of the server.\n",
        );
        return exit(EXIT.pass);
      }
      if (explained === undefined) {
        throw new CliError(
          "that reply is not known",
          EXIT.unknown,
          "Give the whole reply, code and text, as the server sent it.",
        );
      }
      const { cause, sentence } = explained;
      if (json) io.out(`${JSON.stringify(cause, null, 2)}\n`);
      else {
        const bold = (text: string) => outPaint(io)("bold", text);
        io.out(`${bold("Cause")}   ${sentence} (${cause.certainty}, ${cause.code})\n`);
        for (const line of cause.evidence) io.out(`        ${line}\n`);
        io.out(`${bold("Remedy")}  ${cause.remedy}\n`);
      }
      exit(EXIT.pass);
    });
}
