/** `840 ns`, `42.0 µs`, `4.21 ms`, `431 ms`, `2.41 s`, `3 min 20 s`: a time of a load test, given in milliseconds. */
export function formatLatency(ms: number): string {
  if (ms >= 100_000) return formatSpan(ms / 1000);
  if (ms >= 1000) return `${digits(ms / 1000)} s`;
  if (ms >= 1) return `${digits(ms)} ms`;
  if (ms >= 0.001) return `${digits(ms * 1000)} µs`;
  return `${Math.round(ms * 1_000_000)} ns`;
}

/** `45 s`, `3 min 20 s`, `24 h 5 min`; below a second `4.21 ms`. */
export function formatSpan(seconds: number): string {
  if (seconds > 0 && seconds < 0.95) return formatLatency(seconds * 1000);
  if (seconds < 60) return `${seconds < 10 ? trimmed(seconds.toFixed(1)) : Math.round(seconds)} s`;
  const whole = Math.round(seconds);
  if (whole < 3600) return two(Math.floor(whole / 60), "min", whole % 60, "s");
  return two(Math.floor(whole / 3600), "h", Math.floor((whole % 3600) / 60), "min");
}

/** `1,234,567`. */
export function formatCount(count: number): string {
  return Math.round(count).toLocaleString("en");
}

/** Of a second: `0.42`, `12.3`, `4,012`. */
export function formatRate(rate: number): string {
  return rate >= 100 || rate === 0 ? formatCount(rate) : digits(rate);
}

/** `98.9 %`; what is more than nothing never shows as `0 %`, what is less than all never as `100 %`. */
export function formatShare(share: number): string {
  if (!Number.isFinite(share) || share === 0) return "0 %";
  if (share === 1) return "100 %";
  if (share < 0.0001) return "< 0.01 %";
  if (share >= 0.9995 && share < 1) return "> 99.9 %";
  const percent = share * 100;
  return `${percent >= 9.995 ? percent.toFixed(1) : percent.toFixed(2)} %`;
}

/** `12.3 MB`: powers of 1,000. */
export function formatOctets(octets: number): string {
  const units = ["B", "kB", "MB", "GB", "TB"];
  let amount = octets;
  let unit = 0;
  while (amount >= 1000 && unit < units.length - 1) {
    amount /= 1000;
    unit += 1;
  }
  return `${unit === 0 ? Math.round(amount) : digits(amount)} ${units[unit] ?? ""}`;
}

/** Three significant digits, no more: the rest is noise. */
function digits(value: number): string {
  if (value >= 99.95) return value.toFixed(0);
  return value >= 9.995 ? value.toFixed(1) : value.toFixed(2);
}

function two(large: number, largeUnit: string, small: number, smallUnit: string): string {
  return small === 0 ? `${large} ${largeUnit}` : `${large} ${largeUnit} ${small} ${smallUnit}`;
}

function trimmed(text: string): string {
  return text.replace(/\.0$/, "");
}
