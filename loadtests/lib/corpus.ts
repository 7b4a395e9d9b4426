/** A generator of numbers from 0 to below 1: the same seed, the same numbers (mulberry32). */
export function randomOf(seed: number): () => number {
  let state = seed | 0;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296;
  };
}

/** One kind of mail in a mix. */
export interface MixedMail {
  /** Local part of the sender. */
  readonly sender: string;
  readonly recipients: number;
  /** Octets. */
  readonly size: number;
}

const SMALLEST = 1_000;
const LARGEST = 5_000_000;

/** Half of all messages are smaller, as in the mail of a company: text and HTML without an attachment. */
const MEDIAN = 12_000;

/** Of the logarithm; with it one message in 25 is above 200 kB, one in 1,000 above 2 MB. */
const SPREAD = 1.6;

const MOST_RECIPIENTS = 50;

/**
 * So many kinds of mail, drawn from `seed`: sizes of 1 kB to 5 MB in a log-normal distribution, and 1 to 50
 * recipients, of which one is by far the most frequent.
 */
export function mixOf(kinds: number, senders: number, seed: number): MixedMail[] {
  const random = randomOf(seed);
  return Array.from({ length: kinds }, () => ({
    sender: `sender-${Math.floor(random() * senders)}`,
    recipients: Math.min(MOST_RECIPIENTS, Math.floor((1 - random()) ** -0.8)),
    size: Math.round(Math.min(LARGEST, Math.max(SMALLEST, MEDIAN * Math.exp(SPREAD * normal(random))))),
  }));
}

/** A number of the standard normal distribution (Box and Muller). */
function normal(random: () => number): number {
  return Math.sqrt(-2 * Math.log(1 - random())) * Math.cos(2 * Math.PI * random());
}
