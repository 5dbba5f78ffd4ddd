import { DefaultLogger } from '@temporalio/worker';
import type { LiveConnectionOptions } from '../activities/live-connection.js';
import { createLiveConnections, type LiveConnections } from '../activities/live-connections.js';
import type { OthersAtWork } from '../activities/others-at-work.js';
import type { Connection } from '../config/load-config.js';
import { ledgerKeeper } from './unit/ledger-keeper.js';

/** Connections as one Worker has them that is alone, with ledgers of its own and no Temporal. */
export function liveAlone(
  connections: readonly Connection[],
  more: Partial<LiveConnectionOptions> = {},
): LiveConnections {
  return createLiveConnections(new Map(connections.map((each) => [each.name, each])), {
    keeper: ledgerKeeper().keeper,
    holder: 'w1',
    logger: new DefaultLogger('ERROR', () => {}),
    ...more,
  });
}

/** Nobody else cancels anything, and no campaign is paused. */
export const NOBODY_ELSE: OthersAtWork = {
  targets: async () => new Map(),
  singles: async () => new Map(),
  reach: async () => performance.now(),
  isHalted: async () => false,
};
