import { type Effect, type FaultOptions, type FaultPhase, type FaultSwitch, withOptions } from "./fault.ts";

type EffectOf<Kind extends Effect["kind"]> = Extract<Effect, { kind: Kind }>;

/** Effects that strike at a phase and end it there. */
export type PhaseEffect = Extract<
  Effect,
  { kind: "reply" | "silence" | "close" | "reset" | "raw" | "endless" }
>;

/** Which faults are on, for one relay (or for the lab's DNS). Asked again at each step, so a change acts at once. */
export class FaultState {
  readonly #active = new Map<string, { readonly options: FaultOptions; readonly effect: Effect }>();

  set(fault: FaultSwitch, on: boolean, options: FaultOptions = {}): void {
    // The latest switch counts most: it goes to the end of the map, where `last` finds it.
    this.#active.delete(fault.id);
    if (on) this.#active.set(fault.id, { options, effect: withOptions(fault.effect, options) });
  }

  clear(): void {
    this.#active.clear();
  }

  /** Options of a fault that is on. */
  optionsOf(id: string): FaultOptions | undefined {
    return this.#active.get(id)?.options;
  }

  /** The latest switched-on effect of that kind. */
  last<Kind extends Effect["kind"]>(kind: Kind): EffectOf<Kind> | undefined {
    return this.all(kind).at(-1);
  }

  all<Kind extends Effect["kind"]>(kind: Kind): EffectOf<Kind>[] {
    const found: EffectOf<Kind>[] = [];
    for (const { effect } of this.#active.values()) {
      if (effect.kind === kind) found.push(effect as EffectOf<Kind>);
    }
    return found;
  }

  /** The latest effect that takes the place of the reply at that phase. */
  at(phase: FaultPhase): PhaseEffect | undefined {
    let found: PhaseEffect | undefined;
    for (const { effect } of this.#active.values()) {
      if ("phase" in effect && effect.kind !== "delay" && effect.phase === phase) found = effect;
    }
    return found;
  }

  /** Milliseconds to wait before the reply at that phase: delays add up. */
  delayAt(phase: FaultPhase): number {
    return this.all("delay")
      .filter((delay) => delay.phase === phase)
      .reduce((sum, delay) => sum + delay.delayMs, 0);
  }
}
