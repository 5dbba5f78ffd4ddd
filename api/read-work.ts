import type { Client } from '@temporalio/client';
import { listWorkflows } from '../client/list-workflows.js';
import { CANCEL_PHASES, type CancelPhase } from '../contract/cancellation.js';
import { addStates, isOutcome, type CampaignProgress, type StateCounts } from '../contract/campaign.js';
import {
  CANCEL_CAMPAIGN_WORKFLOW,
  CANCEL_TASK_WORKFLOW,
  DELIVER_CALLBACK_WORKFLOW,
  PROGRESS_QUERY,
} from '../contract/names.js';
import { SEARCH_ATTRIBUTES } from '../contract/search-attributes.js';
import { queryWorkflow } from '../setup/query-workflow.js';

/** All of it, or it is not told: Prometheus waits for ten seconds. */
const WITHIN_MS = 5_000;
/** More running campaigns than that are not asked one by one. */
const MOST_CAMPAIGNS = 50;
/** Listed in one page, instead of being divided further. */
const FEW = 100;
const OLDEST_MS = 400 * 24 * 60 * 60_000;

/** What of Quiesce's work is under way, as Temporal knows it. */
export interface Work {
  readonly connections: readonly ConnectionWork[];
  readonly runningCampaigns: number;
  /** Callbacks that are still being tried. */
  readonly openCallbacks: number;
}

export interface ConnectionWork {
  readonly connection: string;
  readonly provider: string;
  /** Single cancellations that run. */
  readonly phases: Readonly<Partial<Record<CancelPhase, number>>>;
  /** Of the running campaigns' targets. */
  readonly states: StateCounts;
  /** Since when the single cancellation that is being proven for longest runs. */
  readonly oldestSinceMs?: number;
  /** Since when the oldest campaign runs that has targets on their way. */
  readonly oldestCampaignSinceMs?: number;
}

type Named = Pick<ConnectionWork, 'connection' | 'provider'>;

/**
 * Counts what runs, by Temporal's own lists: they may be seconds old.
 * @throws whatever keeps Temporal from answering.
 */
export function readWork(client: Client, connections: readonly Named[]): Promise<Work> {
  return client.withDeadline(Date.now() + WITHIN_MS, async () => {
    const [campaigns, runningCampaigns, openCallbacks] = await Promise.all([
      campaignsAtWork(client),
      count(client, running(CANCEL_CAMPAIGN_WORKFLOW)),
      count(client, running(DELIVER_CALLBACK_WORKFLOW)),
    ]);
    const works: ConnectionWork[] = [];
    // One after another: a scrape is in no hurry, and the server has others to answer.
    for (const named of connections)
      works.push({ ...named, ...(await singles(client, named)), ...inCampaigns(campaigns, named) });
    return { connections: works, runningCampaigns, openCallbacks };
  });
}

async function singles(client: Client, { connection }: Named) {
  const all = `${running(CANCEL_TASK_WORKFLOW)} AND ${SEARCH_ATTRIBUTES.connection} = '${connection}'`;
  if ((await count(client, all)) === 0) return { phases: {} };
  const phases: Partial<Record<CancelPhase, number>> = {};
  for (const phase of CANCEL_PHASES) phases[phase] = await count(client, `${all} AND ${isIn(phase)}`);
  const oldestSinceMs = await oldestStart(client, `${all} AND ${isIn('proving')}`);
  return { phases, ...(oldestSinceMs !== undefined && { oldestSinceMs }) };
}

/** Lists come newest first, and cannot be turned round: halves the time until few are left. */
async function oldestStart(client: Client, query: string): Promise<number | undefined> {
  let fromMs = Date.now() - OLDEST_MS;
  let toMs = Date.now();
  let left = await count(client, query);
  while (left > FEW && toMs - fromMs > 1_000) {
    const middleMs = (fromMs + toMs) / 2;
    const older = await count(client, startedBy(query, middleMs));
    if (older > 0) {
      toMs = middleMs;
      left = older;
    } else fromMs = middleMs;
  }
  let oldest: number | undefined;
  for await (const { startTime } of listWorkflows(client, startedBy(query, toMs)))
    oldest = Math.min(oldest ?? Infinity, startTime.getTime());
  return oldest;
}

async function campaignsAtWork(client: Client): Promise<CampaignProgress[]> {
  const found: CampaignProgress[] = [];
  let asked = 0;
  for await (const { workflowId } of listWorkflows(client, running(CANCEL_CAMPAIGN_WORKFLOW))) {
    if (++asked > MOST_CAMPAIGNS) break;
    // One that has ended meanwhile, or that no Worker answers for, is left out.
    const handle = client.workflow.getHandle(workflowId);
    const progress = await queryWorkflow<CampaignProgress>(handle, PROGRESS_QUERY).catch(() => undefined);
    if (progress !== undefined) found.push(progress);
  }
  return found;
}

function inCampaigns(campaigns: readonly CampaignProgress[], { connection }: Named) {
  let states: StateCounts = {};
  let oldest = Infinity;
  for (const { connections, startedAtMs } of campaigns)
    for (const part of connections.filter((each) => each.connection === connection)) {
      states = addStates(states, part.states);
      if (startedAtMs !== undefined && isOnTheWay(part.states)) oldest = Math.min(oldest, startedAtMs);
    }
  return { states, ...(oldest < Infinity && { oldestCampaignSinceMs: oldest }) };
}

function isOnTheWay(states: StateCounts): boolean {
  const found = Object.entries(states) as [keyof StateCounts, number][];
  return found.some(([state, targets]) => targets > 0 && state !== 'waiting' && !isOutcome(state));
}

async function count(client: Client, query: string): Promise<number> {
  return (await client.workflow.count(query)).count;
}

function running(type: string): string {
  return `WorkflowType = '${type}' AND ExecutionStatus = 'Running'`;
}

function isIn(phase: CancelPhase): string {
  return `${SEARCH_ATTRIBUTES.phase} = '${phase}'`;
}

function startedBy(query: string, atMs: number): string {
  return `${query} AND StartTime <= '${new Date(atMs).toISOString()}'`;
}
