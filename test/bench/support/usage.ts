import { readdirSync, readFileSync } from "node:fs";

/** Length of a tick of /proc on Linux: USER_HZ is 100 on every architecture that Node runs on. */
const TICK_MS = 10;

/** CPU time of another process, all its threads, user and system, milliseconds; in steps of 10 ms. */
export function cpuMs(pid: number): number {
  const stat = readFileSync(`/proc/${pid}/stat`, "utf8");
  // The name of the program may hold blanks: what counts begins behind its closing bracket, at field 3.
  const fields = stat.slice(stat.lastIndexOf(")") + 2).split(" ");
  return (Number(fields[11]) + Number(fields[12])) * TICK_MS;
}

/** CPU time of this process so far, milliseconds. */
export function ownCpuMs(): number {
  const { user, system } = process.cpuUsage();
  return (user + system) / 1000;
}

/** Resident memory of a process, and the most that it ever was; megabytes of 10^6 bytes. */
export function memoryMb(pid: number): { readonly now: number; readonly peak: number } {
  const status = readFileSync(`/proc/${pid}/status`, "utf8");
  const kibibytes = (field: string): number =>
    Number(new RegExp(`^${field}:\\s+(\\d+) kB`, "m").exec(status)?.[1]);
  return { now: (kibibytes("VmRSS") * 1024) / 1e6, peak: (kibibytes("VmHWM") * 1024) / 1e6 };
}

/** The process whose command line names `text`, such as the working directory of a server. */
export function pidOf(text: string): number {
  for (const entry of readdirSync("/proc")) {
    if (!/^\d+$/.test(entry) || Number(entry) === process.pid) continue;
    try {
      if (readFileSync(`/proc/${entry}/cmdline`, "utf8").includes(text)) return Number(entry);
    } catch {
      continue; // it has ended in the meantime
    }
  }
  throw new Error(`no process of ${text}`);
}
