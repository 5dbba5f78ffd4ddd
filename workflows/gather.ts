import {
  ActivityCancellationType,
  ActivityFailure,
  condition,
  proxyActivities,
  rootCause,
} from '@temporalio/workflow';
import type { GatherActivities } from '../activities/gather-activities.js';
import type { Selector } from '../contract/campaign.js';
import type { Campaign } from './campaign.js';
import type { Requests } from './campaign-requests.js';
import { unlessStopped } from './unless-stopped.js';

const { gatherTargets } = proxyActivities<GatherActivities>({
  // At a small quota, the pages of a hundred thousand tasks take hours.
  startToCloseTimeout: '12 hours',
  heartbeatTimeout: '15 seconds',
  // An abort does not wait for it: the campaign takes no lane of it any more.
  cancellationType: ActivityCancellationType.TRY_CANCEL,
  retry: { initialInterval: '1 second', maximumInterval: '30 seconds' },
  summary: 'list the tasks',
});

/** A client that loads lanes is thought to be gone after so long without a new one. */
const LOADS_WITHIN_MS = 10 * 60_000;

/** Waits until all targets are in their lanes; why not, when they will not be. */
export async function gather(campaign: Campaign, requests: Requests): Promise<string | undefined> {
  const { selectors } = campaign.input;
  const refusal = selectors === undefined ? await isLoaded(campaign, requests) : await list(campaign);
  requests.isSealed = true;
  return campaign.ledger.stopping?.note ?? refusal;
}

async function isLoaded({ ledger }: Campaign, requests: Requests): Promise<string | undefined> {
  const isOver = () => requests.isSealed || ledger.stopping !== undefined;
  for (;;) {
    const before = ledger.lanes.length;
    if (await condition(isOver, LOADS_WITHIN_MS, { summary: 'targets are loaded' })) return undefined;
    if (ledger.lanes.length === before)
      return 'The client that loaded its targets went away before the last.';
  }
}

async function list(campaign: Campaign): Promise<string | undefined> {
  const { id, input, ledger } = campaign;
  try {
    for (const selectors of byConnection(input.selectors ?? [])) {
      if (ledger.stopping !== undefined) break;
      const lanesBefore = ledger.lanes.length;
      await unlessStopped(ledger, () => gatherTargets({ campaign: id, selectors, lanesBefore }));
    }
    return undefined;
  } catch (thrown) {
    if (!(thrown instanceof ActivityFailure)) throw thrown;
    return rootCause(thrown) ?? thrown.message;
  }
}

/** Together: a task that several selectors of a connection select is one target. */
function byConnection(selectors: readonly Selector[]): Selector[][] {
  const connections = [...new Set(selectors.map(({ connection }) => connection))];
  return connections.map((name) => selectors.filter(({ connection }) => connection === name));
}
