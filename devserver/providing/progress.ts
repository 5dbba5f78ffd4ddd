const EVERY_MS = 2000;

/** Reports a growing number of bytes in plain lines: the first at once, then one every two seconds, and the last. */
export function reportBytes(
  log: (line: string) => void,
  what: string,
  total: number | undefined,
): (bytes: number) => void {
  let done = 0;
  let last = -Infinity;
  return (bytes) => {
    done += bytes;
    const now = performance.now();
    if (done !== total && now - last < EVERY_MS) return;
    last = now;
    log(
      total === undefined
        ? `${what}: ${megabytes(done)} MB`
        : `${what}: ${megabytes(done)} of ${megabytes(total)} MB (${Math.floor((100 * done) / total)} %)`,
    );
  };
}

/** Says every `everyMs` that something is still going on; the returned function ends that. */
export function reportWaiting(
  log: (line: string) => void,
  line: (seconds: number) => string,
  everyMs = 15_000,
): () => void {
  const start = performance.now();
  const timer = setInterval(() => log(line(Math.round((performance.now() - start) / 1000))), everyMs);
  return () => clearInterval(timer);
}

function megabytes(bytes: number): string {
  return (bytes / 1e6).toFixed(1);
}
