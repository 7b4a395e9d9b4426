import { readFileSync } from "node:fs";
import { basename, dirname, join } from "node:path";
import { LoadtestError } from "./loadtest-error.ts";
import { isSecret, type Parameters } from "./parameters.ts";

export interface ClusterRun {
  /** Name of the run; its first label in each object's name. */
  readonly id: string;
  readonly scenario: string;
  readonly script: string;
  readonly parameters: Parameters;
  readonly parallelism: number;
  readonly image: string;
  readonly namespace?: string;
  readonly prometheus?: string;
}

/** What is applied, and what has to be made by hand before since no secret is printed. */
export interface ClusterObjects {
  readonly objects: readonly Readonly<Record<string, unknown>>[];
  readonly notes: readonly string[];
}

/** A ConfigMap holds 1 MiB at most. */
const CONFIG_MAP_MAX = 1_000_000;
const IMPORT = /(\bfrom\s*|\bimport\s*\(?\s*)(["'])(\.{1,2}\/[^"']+)\2/g;

/**
 * A ConfigMap with the script and every file that it imports, and the TestRun that k6-operator makes the runners of.
 * Each runner gets an equal part of the work; what they measured comes together in Prometheus.
 */
export function clusterObjects(run: ClusterRun): ClusterObjects {
  const name = `mailgauge-${run.scenario}-${run.id}`.toLowerCase().replaceAll(/[^a-z0-9-]/g, "-");
  const metadata = {
    name,
    ...(run.namespace === undefined ? {} : { namespace: run.namespace }),
    labels: { "app.kubernetes.io/name": "mailgauge-loadtest", "mailgauge.dev/run": run.id },
  };
  const files = bundle(run.script);
  const size = Object.values(files).reduce((sum, text) => sum + Buffer.byteLength(text), 0);
  if (size > CONFIG_MAP_MAX)
    throw new LoadtestError(
      `${run.script} and what it imports are ${size} bytes, more than a ConfigMap holds`,
      "Build an image with the script in it.",
    );
  const secrets = Object.keys(run.parameters).filter(isSecret);
  return {
    objects: [
      { apiVersion: "v1", kind: "ConfigMap", metadata, data: files },
      { apiVersion: "k6.io/v1alpha1", kind: "TestRun", metadata, spec: specOf(run, name) },
    ],
    notes:
      secrets.length === 0
        ? []
        : [
            `kubectl create secret generic ${name}${run.namespace === undefined ? "" : ` --namespace ${run.namespace}`} ${secrets
              .map((key) => `--from-file=${key}=FILE`)
              .join(" ")}`,
          ],
  };
}

function specOf(run: ClusterRun, name: string): Readonly<Record<string, unknown>> {
  const { prometheus } = run;
  const hasSecrets = Object.keys(run.parameters).some(isSecret);
  const args = [
    "--quiet",
    "--summary-mode=disabled",
    `--tag testid=${run.id}`,
    ...(prometheus === undefined ? [] : ["--out experimental-prometheus-rw", "--features native-histograms"]),
  ];
  const pod = {
    image: run.image,
    env: environment(run),
    // As a whole: what stands under `env` the operator puts on a command line.
    ...(hasSecrets ? { envFrom: [{ secretRef: { name } }] } : {}),
    securityContext: { runAsNonRoot: true, runAsUser: 12_345, seccompProfile: { type: "RuntimeDefault" } },
    containerSecurityContext: { allowPrivilegeEscalation: false, capabilities: { drop: ["ALL"] } },
  };
  return {
    parallelism: run.parallelism,
    script: { configMap: { name, file: basename(run.script) } },
    arguments: args.join(" "),
    cleanup: "post",
    initializer: pod,
    runner: { ...pod, resources: { requests: { cpu: "1", memory: "256Mi" }, limits: { memory: "1Gi" } } },
  };
}

function environment({ parameters, prometheus }: ClusterRun): Readonly<Record<string, unknown>>[] {
  const own = Object.entries(parameters)
    .filter(([name]) => !isSecret(name))
    .sort(([a], [b]) => (a < b ? -1 : 1));
  return [
    ...own.map(([name, value]) => ({ name, value })),
    { name: "K6_NO_USAGE_REPORT", value: "true" },
    { name: "K6_AUTO_EXTENSION_RESOLUTION", value: "false" },
    ...(prometheus === undefined
      ? []
      : [{ name: "K6_PROMETHEUS_RW_SERVER_URL", value: `${prometheus}/api/v1/write` }]),
  ];
}

/**
 * The script and its relative imports, each under a name without folders, since the keys of a ConfigMap have none;
 * the imports say the new names.
 */
function bundle(script: string): Record<string, string> {
  const names = new Map<string, string>([[script, basename(script)]]);
  const files: Record<string, string> = {};
  const queue = [script];
  for (let path = queue.shift(); path !== undefined; path = queue.shift()) {
    const folder = dirname(path);
    files[names.get(path) ?? ""] = read(path).replaceAll(
      IMPORT,
      (_all, before: string, quote: string, to: string) => {
        const target = join(folder, to);
        if (!names.has(target)) {
          names.set(target, freeName(target, names));
          queue.push(target);
        }
        return `${before}${quote}./${names.get(target)}${quote}`;
      },
    );
  }
  return files;
}

function freeName(path: string, names: ReadonlyMap<string, string>): string {
  const taken = new Set(names.values());
  const plain = `${basename(dirname(path))}-${basename(path)}`;
  return taken.has(plain) ? `${taken.size}-${plain}` : plain;
}

function read(path: string): string {
  try {
    return readFileSync(path, "utf8");
  } catch (error) {
    throw new LoadtestError(`${path} cannot be read: ${(error as Error).message}`, "Correct the import.");
  }
}
