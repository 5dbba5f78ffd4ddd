import type { SimulatorControl } from '../../simulator/control-client.js';

/** What the simulator was asked, by its own journal. */
export interface VendorCalls {
  /** By operation. */
  readonly calls: Readonly<Record<string, number>>;
  readonly throttled: number;
  /** Tasks whose state was changed. */
  readonly effects: number;
  /** Tasks that were changed twice. */
  readonly secondEffects: number;
}

/** Reads the journal's counts; single calls only where some were not answered 200. */
export async function countVendorCalls(cloud: SimulatorControl, provider: string): Promise<VendorCalls> {
  const { calls, effects } = await cloud.summary();
  const byOperation = Object.entries(calls[provider] ?? {});
  const allWell = byOperation.every(([, byStatus]) =>
    Object.keys(byStatus).every((status) => status === '200'),
  );
  return {
    calls: Object.fromEntries(
      byOperation.map(([operation, byStatus]) => [
        operation,
        Object.values(byStatus).reduce((total, each) => total + each, 0),
      ]),
    ),
    throttled: allWell ? 0 : await countThrottled(cloud, provider),
    effects: effects.length,
    secondEffects: effects.filter(({ count }) => count > 1).length,
  };
}

async function countThrottled(cloud: SimulatorControl, provider: string): Promise<number> {
  const calls = await cloud.calls({ provider, limit: 100_000 });
  return calls.filter(({ errorCode }) => errorCode?.startsWith('Throttling')).length;
}
