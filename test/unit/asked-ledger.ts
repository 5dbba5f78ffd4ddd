import type { LeaseNeed, Share } from '../../contract/quota-share.js';
import { giveBack, lease, newLedger } from '../../workflows/quota-ledger.js';

export const QUOTA = { calls: 120, perMs: 60_000 };
export const T = 1_800_000_000_000;

/** Holders that ask one ledger for the calls of one operation. */
export function askedLedger(quota = QUOTA) {
  const ledger = newLedger();
  const ask = (holder: string, atMs: number, need: Partial<LeaseNeed> = {}): Share => {
    const operations = { Cancel: { quota, demand: 1_000, ...need } };
    return rounded(lease(ledger, { holder, operations }, T + atMs)['Cancel']!);
  };
  return {
    ledger,
    ask,
    operation: () => ledger.operations['Cancel']!,
    leave: (holder: string, atMs: number) => giveBack(ledger, holder, T + atMs),
  };
}

export const to3 = (value: number) => Math.round(value * 1_000) / 1_000;
/** Rates to three places: what is compared is no matter of floating point. */
function rounded(share: Share): Share {
  const { callsPerSecond, expectedPerSecond, slowedTo, startWith, burst } = share;
  return {
    ...share,
    callsPerSecond: to3(callsPerSecond),
    expectedPerSecond: to3(expectedPerSecond),
    slowedTo: to3(slowedTo),
    startWith: to3(startWith),
    burst: to3(burst),
  };
}
