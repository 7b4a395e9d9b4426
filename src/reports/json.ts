import { type Observation, worstVerdict } from "../model/observation.ts";

/** The stable shape of `--json`: the verdict that decides, and every observation. */
export function renderJson(observations: readonly Observation[]): string {
  const verdict = worstVerdict(observations.map((observation) => observation.verdict));
  return `${JSON.stringify({ verdict, observations }, null, 2)}\n`;
}
