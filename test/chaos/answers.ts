/** A call gives up after that, and is made again. */
export const ANSWERED_WITHIN_MS = 30_000;

/** Whether something answers there, and that all is well. */
export async function answers(url: string): Promise<boolean> {
  return fetch(url, { signal: AbortSignal.timeout(ANSWERED_WITHIN_MS) }).then(
    ({ ok }) => ok,
    () => false,
  );
}
