import { type Answer, type Outside, readText } from "./outside.ts";
import { unsay } from "./say.ts";

type ComplaintOf = (pem: string) => string | undefined;

/** Thousands of relays name the same file: it is read and examined once, and stands in memory once. */
const answers = new WeakMap<Outside, Map<ComplaintOf, Map<string, Answer>>>();

/** The text of a PEM file, or what is wrong with it. */
export function readPem(outside: Outside, path: string, complaintOf: ComplaintOf): Answer {
  const byCheck = answers.get(outside) ?? new Map<ComplaintOf, Map<string, Answer>>();
  answers.set(outside, byCheck);
  const byPath = byCheck.get(complaintOf) ?? new Map<string, Answer>();
  byCheck.set(complaintOf, byPath);
  const answer = byPath.get(path) ?? examine(readText(outside, path), path, complaintOf);
  byPath.set(path, answer);
  return answer;
}

function examine(answer: Answer, path: string, complaintOf: ComplaintOf): Answer {
  if (!("text" in answer)) return answer;
  const complaint = complaintOf(answer.text);
  if (complaint === undefined) return answer;
  const { wrong, right } = unsay(complaint);
  return { message: `${path} ${wrong}`, remedy: right };
}
