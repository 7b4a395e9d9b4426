import type { Job, Memory } from "../model/probe.ts";

export interface MemoryLimits {
  /** Jobs that are remembered; past that, the one that wrote longest ago is forgotten. */
  readonly jobs: number;
  readonly keysPerJob: number;
  /** Characters of one value as JSON. */
  readonly valueChars: number;
}

const DEFAULT_LIMITS: MemoryLimits = { jobs: 20_000, keysPerJob: 32, valueChars: 65_536 };

/**
 * What probes remember between runs, in this process and by job. Values are kept as JSON, as a store would keep them,
 * so that no caller can change what another will recall. Throws `RangeError` on a value that is too large.
 */
export function createMemories(limits: MemoryLimits = DEFAULT_LIMITS): (job: Pick<Job, "id">) => Memory {
  const byJob = new Map<string, Map<string, string>>();

  function write(id: string, key: string, json: string): void {
    const values = byJob.get(id) ?? new Map<string, string>();
    // Taken out and put back, so that the order of the maps is the order of the last writing.
    byJob.delete(id);
    values.delete(key);
    byJob.set(id, values.set(key, json));
    forgetOldest(values, limits.keysPerJob);
    forgetOldest(byJob, limits.jobs);
  }

  return ({ id }) => ({
    recall(key) {
      const json = byJob.get(id)?.get(key);
      return json === undefined ? undefined : (JSON.parse(json) as unknown);
    },
    remember(key, value) {
      const json: string | undefined = JSON.stringify(value);
      if (json === undefined) {
        byJob.get(id)?.delete(key);
        return;
      }
      if (json.length > limits.valueChars) {
        throw new RangeError(`"${key}" is too large to remember: ${json.length} characters`);
      }
      write(id, key, json);
    },
  });
}

function forgetOldest(map: Map<string, unknown>, size: number): void {
  for (const key of map.keys()) {
    if (map.size <= size) return;
    map.delete(key);
  }
}
