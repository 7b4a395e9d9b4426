import type { FaultGroup, FaultOptions, FaultSwitch } from "./fault.ts";
import { FaultState } from "./fault-state.ts";
import { FAULTS, findFault } from "./faults.ts";

/** A fault with its state, for the page's panel. */
export interface FaultStatus {
  readonly id: string;
  readonly title: string;
  readonly group: FaultGroup;
  readonly description: string;
  /** Options that it takes. */
  readonly takes: readonly (keyof FaultOptions)[];
  readonly expect: FaultSwitch["expect"];
  readonly on: boolean;
  /** Servers on which it is on: relays by name, `mx` the receiver. */
  readonly relays: readonly string[];
  /** As switched on. */
  readonly options: FaultOptions;
}

export interface SwitchOptions extends FaultOptions {
  /** One relay, or `mx`; everywhere when absent. The DNS server's lists and MX sets have no relay. */
  readonly relay?: string;
}

const LONGEST_DELAY_MS = 600_000;

/** All switches of a lab: one state for each server, and one for what belongs to none. */
export class FaultPanel {
  /** Blocklists, MX sets, and names that are no server's. */
  readonly everywhere = new FaultState();
  readonly #states: ReadonlyMap<string, FaultState>;

  constructor(servers: readonly string[]) {
    this.#states = new Map(servers.map((name) => [name, new FaultState()]));
  }

  of(server: string): FaultState {
    const state = this.#states.get(server);
    if (state === undefined) throw new Error(`the lab has no relay "${server}"`);
    return state;
  }

  set(id: string, on: boolean, { relay, ...options }: SwitchOptions): void {
    const fault = findFault(id);
    if (fault === undefined) throw new Error(`the lab has no fault "${id}"`);
    checkOptions(fault, options);
    const bound = fault.effect.kind !== "blocklist" && fault.effect.kind !== "mx";
    const states =
      relay !== undefined && bound ? [this.of(relay)] : [this.everywhere, ...this.#states.values()];
    for (const state of states) state.set(fault, on, options);
  }

  clear(): void {
    for (const state of [this.everywhere, ...this.#states.values()]) state.clear();
  }

  list(): FaultStatus[] {
    return FAULTS.map(({ id, title, group, description, options = [], expect }) => {
      const relays = [...this.#states].filter(([, state]) => state.optionsOf(id) !== undefined);
      const current = relays[0]?.[1].optionsOf(id);
      return {
        id,
        title,
        group,
        description,
        takes: options,
        expect,
        on: current !== undefined,
        relays: relays.map(([name]) => name),
        options: current ?? {},
      };
    });
  }
}

function checkOptions(fault: FaultSwitch, options: FaultOptions): void {
  for (const key of Object.keys(options)) {
    if (!(fault.options ?? []).includes(key as keyof FaultOptions)) {
      throw new Error(`the fault "${fault.id}" takes no option "${key}"`);
    }
  }
  const { phase, text, delayMs } = options;
  if (phase !== undefined && !PHASES.has(phase)) throw new Error(`"${phase}" is no phase of a fault`);
  if (text !== undefined && !/^[2-5]\d\d[ -][^\r]*$/.test(text)) {
    throw new Error("the text of a fault begins with a reply code, such as 451");
  }
  if (delayMs !== undefined && !(delayMs >= 0 && delayMs <= LONGEST_DELAY_MS)) {
    throw new Error(`a delay is between 0 and ${LONGEST_DELAY_MS} milliseconds`);
  }
}

const PHASES: ReadonlySet<string> = new Set<NonNullable<FaultOptions["phase"]>>([
  "banner",
  "ehlo",
  "starttls",
  "tls",
  "auth",
  "mail",
  "rcpt",
  "data",
  "body",
  "quit",
]);
