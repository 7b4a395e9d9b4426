import { setFlagsFromString } from "node:v8";

/**
 * Keeps the heap of a daemon close to what it needs. V8 would let it grow to several times that while a large
 * configuration is read, and give little of it back: 600 MB in place of 450 with ten thousand relays. It costs three
 * percent of the CPU.
 *
 * Call it before the configuration is read, and what it returns when the daemon is ready: then the young generation
 * may grow again, without which a busy daemon would collect its garbage far more often.
 */
export function keepHeapSmall(): () => void {
  setFlagsFromString("--heap-growing-percent=30");
  setFlagsFromString("--semi-space-growth-factor=1");
  return () => setFlagsFromString("--semi-space-growth-factor=2");
}
