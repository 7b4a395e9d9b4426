import { isIP } from "node:net";

interface Block {
  readonly bits: number;
  readonly value: bigint;
}

const WIDTHS = { 4: 32, 6: 128 } as const;

/** Always within reach: what runs on this machine is the user's own. Mapped addresses are judged as IPv4. */
const ALLOWED = ["127.0.0.0/8", "::1", "::ffff:0:0/96"];

/**
 * Networks (CIDR) that together hold every address but loopback and these. Given to k6 as its blacklist, they keep a
 * script from reaching what nobody checked, whatever the script does and whatever DNS says by then.
 */
export function allBut(addresses: readonly string[]): string[] {
  const allowed = [...addresses.map(unmapped), ...ALLOWED];
  return ([4, 6] as const).flatMap((family) => {
    const blocks = allowed
      .filter((entry) => isIP(entry.split("/")[0] ?? "") === family)
      .map((entry) => parse(entry, family));
    return without(blocks, { bits: 0, value: 0n }, family).map((block) => format(block, family));
  });
}

/** A block is out whole, in whole, or is looked at in halves. */
function without(allowed: readonly Block[], block: Block, family: 4 | 6): Block[] {
  const width = WIDTHS[family];
  if (allowed.some((one) => one.bits <= block.bits && startsWith(block, one, width))) return [];
  const inside = allowed.filter((one) => one.bits > block.bits && startsWith(one, block, width));
  if (inside.length === 0) return [block];
  const bits = block.bits + 1;
  const upper = block.value | (1n << BigInt(width - bits));
  return [
    ...without(inside, { bits, value: block.value }, family),
    ...without(inside, { bits, value: upper }, family),
  ];
}

function startsWith(inner: Block, outer: Block, width: number): boolean {
  const shift = BigInt(width - outer.bits);
  return inner.value >> shift === outer.value >> shift;
}

/** RFC 4291 section 2.5.5.2, in any of its spellings. */
function unmapped(address: string): string {
  if (isIP(address) !== 6) return address;
  const value = numberOf(address, 6);
  if (value >> 32n !== 0xffffn) return address;
  return format({ bits: 32, value: value & 0xffff_ffffn }, 4);
}

function parse(entry: string, family: 4 | 6): Block {
  const [address = "", bits] = entry.split("/");
  return { bits: bits === undefined ? WIDTHS[family] : Number(bits), value: numberOf(address, family) };
}

function numberOf(address: string, family: 4 | 6): bigint {
  if (family === 4) return address.split(".").reduce((sum, part) => (sum << 8n) | BigInt(part), 0n);
  // The URL parser writes every form of an address in one: hexadecimal groups, `::` for the longest run of zeros.
  const plain = new URL(`http://[${address.split("%")[0]}]/`).hostname.slice(1, -1);
  const [left = "", right] = plain.split("::");
  const groups = (text = ""): string[] => (text === "" ? [] : text.split(":"));
  const zeros = right === undefined ? 0 : 8 - groups(left).length - groups(right).length;
  const all = [...groups(left), ...Array.from({ length: zeros }, () => "0"), ...groups(right)];
  return all.reduce((sum, group) => (sum << 16n) | BigInt(`0x${group}`), 0n);
}

function format({ bits, value }: Block, family: 4 | 6): string {
  const step = family === 4 ? 8n : 16n;
  const parts = Array.from(
    { length: family === 4 ? 4 : 8 },
    (_, i) => (value >> (BigInt(WIDTHS[family]) - step * BigInt(i + 1))) & ((1n << step) - 1n),
  );
  const text = family === 4 ? parts.join(".") : parts.map((part) => part.toString(16)).join(":");
  return `${text}/${bits}`;
}
