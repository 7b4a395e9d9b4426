const MAX = 4 * 1024 * 1024;

/** The body of an answer. Rejects when it is longer than 4 MiB: what is asked here has a few kilobytes. */
export async function answerText(response: Response): Promise<string> {
  const pieces: Uint8Array[] = [];
  let size = 0;
  for await (const piece of response.body ?? []) {
    size += piece.length;
    if (size > MAX) throw new Error("the answer is longer than 4 MiB");
    pieces.push(piece);
  }
  return Buffer.concat(pieces).toString("utf8");
}
