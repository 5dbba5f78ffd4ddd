/** What one wants of a rate, in calls a millisecond. */
export interface Demand {
  readonly name: string;
  readonly callsPerMs: number;
}

/**
 * Divides a rate max-min fair, by name: nobody gets more than wanted while another lacks some. What nobody wants is spread
 * evenly, with a part left over as for one more.
 */
export function waterFill(demands: readonly Demand[], rate: number): Map<string, number> {
  const given = new Map<string, number>();
  let left = rate;
  let count = demands.length;
  for (const { name, callsPerMs } of demands.toSorted((a, b) => a.callsPerMs - b.callsPerMs)) {
    const part = Math.min(callsPerMs, left / count);
    given.set(name, part);
    left -= part;
    count -= 1;
  }
  const spare = left / (demands.length + 1);
  return new Map([...given].map(([name, part]) => [name, part + spare]));
}
