import type { Clock } from "../model/probe.ts";
import type { Timers } from "./clock.ts";
import { MinHeap } from "./heap.ts";
import type { Plan } from "./schedule.ts";
import { type Due, dueAt, LATE_MS } from "./slots.ts";

/**
 * The longest sleep of the timer. Timers stand still while the machine is suspended, so that the sleep goes on after
 * it; as long as that is no longer than `LATE_MS`, no slot after the awakening is missed for it.
 */
const MAX_SLEEP_MS = LATE_MS;

/** A clock that goes back by more than this was set back; less is the adjustment that NTP makes all the time. */
const SET_BACK_MS = 1000;

export interface AgendaItem {
  /** Absent: never due by itself. */
  plan: Plan | undefined;
  /** The next slot, milliseconds since the epoch; infinity when there is none. */
  due: number;
}

export interface AgendaParts<Item> {
  readonly clock: Clock;
  readonly timers: Timers;
  /** At least one slot of the item has come; its `due` is in the future again. */
  readonly onDue: (item: Item, due: Due, now: number) => void;
}

/** The first slot after a time; infinity without a plan. */
export function slotAfter(plan: Plan | undefined, time: number): number {
  return plan?.next(time) ?? Number.POSITIVE_INFINITY;
}

/** When: one heap and one timer, however many items. */
export class Agenda<Item extends AgendaItem> {
  readonly #parts: AgendaParts<Item>;
  #items: readonly Item[] = [];
  #heap = new MinHeap<Item>(({ due }) => due);
  #timer: unknown;
  /** Wall clock minus monotonic clock: falls when the wall clock is set back. */
  #drift: number;
  #closed = false;

  constructor(parts: AgendaParts<Item>) {
    this.#parts = parts;
    this.#drift = parts.clock.now() - parts.clock.monotonic();
  }

  /** Takes these items in place of the old. */
  set(items: Iterable<Item>): void {
    this.#items = [...items].filter(({ plan }) => plan !== undefined);
    this.#stack();
    this.#arm();
  }

  close(): void {
    this.#closed = true;
    this.#parts.timers.clear(this.#timer);
  }

  #stack(): void {
    const scheduled = this.#items.filter(({ due }) => Number.isFinite(due));
    this.#heap = new MinHeap(({ due }) => due, scheduled);
  }

  #arm(): void {
    this.#parts.timers.clear(this.#timer);
    const top = this.#heap.peek();
    if (top === undefined || this.#closed) return;
    const ms = Math.min(Math.max(Math.ceil(top.due - this.#parts.clock.now()), 0), MAX_SLEEP_MS);
    this.#timer = this.#parts.timers.set(() => this.#tick(), ms);
  }

  #tick(): void {
    try {
      const now = this.#parts.clock.now();
      this.#noticeSetBack(now);
      for (let top = this.#heap.peek(); top !== undefined && top.due <= now; top = this.#heap.peek()) {
        this.#serveTop(top, now);
      }
    } finally {
      this.#arm();
    }
  }

  #serveTop(item: Item, now: number): void {
    // Only items with a plan are in the heap.
    const due = item.plan === undefined ? undefined : dueAt(item.plan, item.due, now);
    item.due = due?.next ?? Number.POSITIVE_INFINITY;
    if (Number.isFinite(item.due)) this.#heap.topGrew();
    else this.#heap.pop();
    if (due !== undefined) this.#parts.onDue(item, due, now);
  }

  /** After a step back by an hour, the next slot of each item would be an hour away: that hour is planned anew. */
  #noticeSetBack(now: number): void {
    const drift = now - this.#parts.clock.monotonic();
    if (drift < this.#drift - SET_BACK_MS) {
      for (const item of this.#items) item.due = Math.min(item.due, slotAfter(item.plan, now));
      this.#stack();
    }
    this.#drift = drift;
  }
}
