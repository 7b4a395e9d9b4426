/** Token bucket as in the format's `rate_limit`: one token every `intervalMs`, at most `burst` saved up. */
export function createRateLimiter(
  { intervalMs, burst }: { readonly intervalMs: number; readonly burst: number },
  now: () => number = () => performance.now(),
): () => boolean {
  let tokens = burst;
  let last = now();
  return () => {
    const time = now();
    tokens = Math.min(burst, tokens + (time - last) / intervalMs);
    last = time;
    if (tokens < 1) return false;
    tokens -= 1;
    return true;
  };
}
