/** One line of the table at the end. */
export interface Row {
  readonly what: string;
  /** With its unit. */
  readonly ours: string;
  /** Who it is compared with, and what that one needs; measured in the same run unless it says otherwise. */
  readonly peer: string;
  /** Ours divided by the peer's, when both are of one kind. */
  readonly ratio?: number;
  /** "" in a row that is there for comparison only. */
  readonly aim: string;
  /** Absent where there is no aim. */
  readonly met?: boolean;
}

export interface Benchmark {
  /** How it is asked for on the command line. */
  readonly name: string;
  readonly title: string;
  /** About how long it takes, seconds. */
  readonly seconds: number;
  /** `say` tells the reader how it goes. */
  run(say: (line: string) => void): Promise<readonly Row[]>;
}

const HEAD = ["what", "ours", "peer", "ratio", "aim", ""] as const;

export function table(rows: readonly Row[]): string {
  const cells = rows.map((row) => [
    row.what,
    row.ours,
    row.peer,
    row.ratio === undefined ? "" : `${row.ratio.toFixed(2)}x`,
    row.aim,
    row.met === undefined ? "" : row.met ? "met" : "NOT MET",
  ]);
  const widths = HEAD.map((head, column) =>
    Math.max(head.length, ...cells.map((row) => row[column]?.length ?? 0)),
  );
  return [[...HEAD], ...cells]
    .map((row) =>
      row
        .map((cell, column) => cell.padEnd(widths[column] ?? 0))
        .join("  ")
        .trimEnd(),
    )
    .join("\n");
}
