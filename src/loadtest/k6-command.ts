import { allBut } from "./confine.ts";
import type { Parameters } from "./parameters.ts";

export interface K6Command {
  readonly script: string;
  readonly parameters: Parameters;
  /** Addresses that the script may reach beside loopback. */
  readonly addresses: readonly string[];
  /** Names the run where several are kept in one place. */
  readonly id: string;
  /** This process' share of the work: `index` of `of`. */
  readonly segment?: { readonly index: number; readonly of: number };
  /** Base URL of a Prometheus that takes remote write. */
  readonly prometheus?: string;
  /** Local address to connect from. */
  readonly sourceAddress?: string;
}

/** Variables that a program may need to work at all. All others, the user's secrets among them, stay here. */
const PASSED = /^(?:PATH|HOME|USER|LANG|LC_[A-Z]+|TZ|TMPDIR|GO[A-Z]+|SSL_CERT_(?:FILE|DIR)|SSLKEYLOGFILE)$/;
/** How the remote write logs in; read by k6 alone. */
const PASSED_FOR_PROMETHEUS = /^K6_PROMETHEUS_RW_/;

/** The whole environment of k6. Secrets are here only: arguments can be read by everybody on the machine. */
export function k6Environment(
  { parameters, addresses, prometheus, sourceAddress }: K6Command,
  own: Readonly<Record<string, string | undefined>>,
): Record<string, string> {
  const passed = Object.entries(own).flatMap(([name, value]) =>
    value !== undefined &&
    (PASSED.test(name) || (prometheus !== undefined && PASSED_FOR_PROMETHEUS.test(name)))
      ? [[name, value] as const]
      : [],
  );
  return {
    ...Object.fromEntries(passed),
    ...parameters,
    K6_AUTO_EXTENSION_RESOLUTION: "false",
    K6_NO_USAGE_REPORT: "true",
    K6_BLACKLIST_IPS: allBut(addresses).join(","),
    ...(sourceAddress === undefined ? {} : { K6_LOCAL_IPS: sourceAddress }),
    ...(prometheus === undefined ? {} : { K6_PROMETHEUS_RW_SERVER_URL: `${prometheus}/api/v1/write` }),
  };
}

export function k6Arguments({ script, id, segment, prometheus }: K6Command): string[] {
  return [
    "run",
    "--quiet",
    "--no-color",
    "--no-usage-report",
    "--summary-mode=disabled",
    "--log-format=json",
    "--out=smtp-record=/dev/fd/3",
    ...(prometheus === undefined
      ? []
      : ["--out=experimental-prometheus-rw", "--features=native-histograms", `--tag=testid=${id}`]),
    ...(segment === undefined ? [] : segmentArguments(segment)),
    script,
  ];
}

/** Equal parts that together are exactly the whole: k6 divides each rate and number by them. */
function segmentArguments({ index, of }: { readonly index: number; readonly of: number }): string[] {
  const cut = (at: number): string => (at === 0 ? "0" : at === of ? "1" : `${at}/${of}`);
  const sequence = Array.from({ length: of + 1 }, (_, at) => cut(at)).join(",");
  return [
    `--execution-segment=${cut(index)}:${cut(index + 1)}`,
    `--execution-segment-sequence=${sequence}`,
    // Its gauges would otherwise overwrite those of the other parts.
    `--tag=instance_id=${index + 1}`,
  ];
}
