import type { Loadtests } from "../../src/cli/services.ts";
import type { LoadRun } from "../../src/model/load-run.ts";

/** Load tests that load nobody; `changes` are what a test is about. */
export function fakeLoadtests(changes: Partial<Loadtests> = {}): Loadtests {
  const refuse = async (): Promise<LoadRun> => Promise.reject(new Error("no run is made here"));
  return {
    list: () => [],
    scenario: (name) => ({ name, path: name, summary: "", description: "", parameters: [], known: [] }),
    profile: () => ({}),
    run: refuse,
    kubernetes: async () => "",
    verdict: async () => ({ verdict: "pass", objectives: [] }),
    runs: () => [],
    earlier: () => {
      throw new Error("no run is kept here");
    },
    keep: () => {},
    close: async () => {},
    ...changes,
  };
}
