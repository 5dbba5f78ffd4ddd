import type { FaultName } from './faults.js';

interface FaultGroup {
  readonly seed: number;
  readonly faults: readonly FaultName[];
}

/** What `--postgres` plays in its place, and before it. */
export const POSTGRESQL_SET: readonly FaultGroup[] = [
  { seed: 8, faults: ['postgresql restarted', 'worker killed', 'client-api slow'] },
  { seed: 9, faults: ['postgresql killed', 'reply lost', 'temporal killed'] },
  { seed: 10, faults: ['temporal-postgresql cut', 'temporal-postgresql slow', 'worker killed'] },
  { seed: 11, faults: ['temporal-postgresql half-open', 'temporal-postgresql reset', 'api killed'] },
  { seed: 12, faults: ['temporal-postgresql cut-short', 'throttled', 'worker frozen'] },
];

/** What CI plays: every fault once, together with others that do not hide it; what cuts attempts off does so amid the asks, by the choice of the seed. */
export const SHORT_SET: readonly FaultGroup[] = [
  {
    seed: 2801,
    faults: ['worker killed', 'throttled', 'api killed', 'client-api slow', 'worker-simulator half-open'],
  },
  {
    seed: 2,
    faults: ['worker frozen', 'reply lost', 'api-temporal cut', 'client-api reset', 'worker-temporal slow'],
  },
  {
    seed: 203,
    faults: ['temporal killed', '5xx', 'reply late', 'client-api cut-short', 'worker-simulator reset'],
  },
  {
    seed: 4,
    faults: ['deploy', 'html', 'vendor clock ahead', 'api-temporal half-open', 'worker-simulator cut'],
  },
  {
    seed: 5,
    faults: ['credential revoked', 'disk full', 'worker-temporal cut', 'api-temporal slow', 'client-api cut'],
  },
  {
    seed: 1006,
    faults: [
      'worker-temporal half-open',
      'reply spoiled',
      'worker-simulator slow',
      'api-temporal reset',
      'client-api half-open',
    ],
  },
  {
    seed: 10107,
    faults: [
      'worker-temporal reset',
      'worker-temporal cut-short',
      'worker-simulator cut-short',
      'vendor clock behind',
      'api-temporal cut-short',
    ],
  },
];
