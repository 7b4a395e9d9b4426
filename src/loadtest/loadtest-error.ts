/** Why a load test cannot be run. `usage`: the caller can mend it on the command line or in a file of his. */
export class LoadtestError extends Error {
  readonly remedy: string;
  readonly kind: "usage" | "broken";

  constructor(message: string, remedy: string, kind: "usage" | "broken" = "usage") {
    super(message);
    this.name = "LoadtestError";
    this.remedy = remedy;
    this.kind = kind;
  }
}
