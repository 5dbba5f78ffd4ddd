import type { Client } from '@temporalio/client';
import { defaultPayloadConverter } from '@temporalio/common';
import { Runtime } from '@temporalio/worker';
import type { OthersAtWork, OwnLane } from '../activities/others-at-work.js';
import { isOutcome, type CampaignPhase, type CampaignProgress } from '../contract/campaign.js';
import type { LaneRows } from '../contract/campaign-lane.js';
import {
  CAMPAIGN_LANE_WORKFLOW,
  campaignOfLane,
  CANCEL_TASK_WORKFLOW,
  PROGRESS_QUERY,
  ROWS_QUERY,
} from '../contract/names.js';
import { SEARCH_ATTRIBUTES } from '../contract/search-attributes.js';
import { parseTargetPath, targetPath } from '../contract/task.js';
import { queryWorkflow } from '../setup/query-workflow.js';

/** For each question: one that is not answered must not cost the others theirs. */
const ANSWER_WITHIN_MS = 5_000;
const ASKED_AT_ONCE = 8;
/** Of those that did not answer before, no more are asked after so long: who asks waits for all. */
const SILENT_WITHIN_MS = 10_000;
/** More would take longer than an ask may wait. */
const MOST_SINGLES = 10_000;
/** Likewise. */
const MOST_LANES = 1_000;

/** Lanes that ask at the same time share what was read; each of them asks for it every few seconds … */
const SINGLES_LAST_MS = 3_000;
/** … more often whether Temporal answers at all, and most often whether their campaign still asks. */
const REACH_LASTS_MS = 300;
const HALT_LASTS_MS = 150;
const REACHED_WITHIN_MS = 1_000;
/** A lane that still asks in one of these has yet to hear of it. */
const HALTED: ReadonlySet<string> = new Set<CampaignPhase>(['paused', 'stopping', 'proving', 'ended']);

interface Campaign {
  readonly workflowId: string;
  /** When it began to ask; infinity: not yet. A plan that nobody starts is in nobody's way. */
  readonly beganAtMs: number;
}

/**
 * Reads from Temporal who else is at work. Its lists may be a second old on a busy server: who begins in that second is seen
 * by the look before each ask, where the vendor shows it and the look is younger. So are those that are left out: a campaign or lane
 * that does not answer within five seconds, single cancellations beyond the first ten thousand, and lanes beyond the first thousand.
 */
export function createOthersAtWork(client: Client): OthersAtWork {
  /** Workflow ids of lanes and campaigns that did not answer: said once, until they do. */
  const silent = new Set<string>();

  const reached = shared(REACH_LASTS_MS, (_, atMs) => reachedAtMs(client, atMs));
  const halted = shared(HALT_LASTS_MS, (campaign) => isHalted(client, campaign));

  async function readSingles(connection: string): Promise<Map<string, string>> {
    const running = await list(client, { type: CANCEL_TASK_WORKFLOW, connection, most: MOST_SINGLES });
    const found = running.flatMap((workflowId): [path: string, by: string][] => {
      // cancel/<provider>/<connection>/<path>, or a mask in place of the path; a dry run cancels nothing.
      const [kind, , , ...path] = workflowId.split('/');
      return kind === 'cancel' ? [[path.join('/'), workflowId]] : [];
    });
    return new Map(found);
  }

  async function lanes(own: OwnLane): Promise<[path: string, by: string][]> {
    const ownCampaign = campaignOfLane(own.workflowId);
    const running = await list(client, {
      type: CAMPAIGN_LANE_WORKFLOW,
      connection: own.connection,
      most: MOST_LANES,
    });
    const others = running.filter((id) => campaignOfLane(id) !== ownCampaign);
    if (others.length === 0) return [];
    const self = await begun(ownCampaign);
    const campaigns = await each([...new Set(others.map(campaignOfLane))], begun, silent);
    const before = new Set(
      campaigns.filter((one) => isBefore(one, self)).map(({ workflowId }) => workflowId),
    );
    const inTheWay = others.filter((id) => before.has(campaignOfLane(id)));
    return (await each(inTheWay, targetsOf, silent)).flat();
  }

  /** Not when it was started: a plan may be older than a campaign that has asked for all of its targets since. */
  async function begun(workflowId: string): Promise<Campaign> {
    const campaign = client.workflow.getHandle(workflowId);
    const { startedAtMs } = await within(client, () =>
      queryWorkflow<CampaignProgress>(campaign, PROGRESS_QUERY),
    );
    return { workflowId, beganAtMs: startedAtMs ?? Infinity };
  }

  async function targetsOf(workflowId: string): Promise<[path: string, by: string][]> {
    const lane = client.workflow.getHandle(workflowId);
    const { fields, targets, rows } = await within(client, () => queryWorkflow<LaneRows>(lane, ROWS_QUERY));
    return targets.flatMap((path, place): [string, string][] => {
      const task = parseTargetPath(fields, path);
      const state = rows[place]?.state;
      if (task === undefined || state === undefined || isOutcome(state)) return [];
      return [[targetPath({ ids: task.ids }), workflowId]];
    });
  }

  return {
    async targets(own) {
      const [ofLanes, ofSingles] = await Promise.all([lanes(own), readSingles(own.connection)]);
      return new Map([...ofLanes, ...ofSingles]);
    },
    singles: shared(SINGLES_LAST_MS, readSingles),
    reach: () => reached(),
    isHalted: ({ workflowId }, sinceMs) => halted(campaignOfLane(workflowId), sinceMs),
  };
}

async function reachedAtMs(client: Client, atMs: number): Promise<number> {
  const asking = () => client.workflowService.getSystemInfo({});
  await client.withDeadline(Date.now() + REACHED_WITHIN_MS, asking);
  return atMs;
}

/**
 * By what the server itself keeps of the campaign: no Worker needs to answer, and what is decided in a Workflow Task shows when that
 * is done, as its orders go out. One that Temporal itself has paused sends none, and asks on.
 */
async function isHalted(client: Client, workflowId: string): Promise<boolean> {
  const { namespace } = client.options;
  const asking = () =>
    client.workflowService.describeWorkflowExecution({ namespace, execution: { workflowId } });
  const { workflowExecutionInfo: info } = await client.withDeadline(Date.now() + REACHED_WITHIN_MS, asking);
  const payload = info?.searchAttributes?.indexedFields?.[SEARCH_ATTRIBUTES.phase];
  const phase = payload && defaultPayloadConverter.fromPayload<unknown>(payload);
  const hasClosed = info?.closeTime !== undefined && info.closeTime !== null;
  return hasClosed || (typeof phase === 'string' && HALTED.has(phase));
}

/**
 * Whoever asks the same within so long of another shares that one's answer, also when there is none; not one that was asked for before
 * `sinceMs`.
 */
function shared<T>(
  lastsMs: number,
  ask: (what: string, atMs: number) => Promise<T>,
): (what?: string, sinceMs?: number) => Promise<T> {
  const answers = new Map<string, { readonly atMs: number; readonly answer: Promise<T> }>();
  return (what = '', sinceMs = -Infinity) => {
    const atMs = performance.now();
    for (const [asked, last] of answers) if (atMs - last.atMs >= lastsMs) answers.delete(asked);
    const known = answers.get(what);
    if (known !== undefined && known.atMs >= sinceMs) return known.answer;
    const answer = ask(what, atMs);
    answers.set(what, { atMs, answer });
    return answer;
  };
}

/** Asks a few at a time, those that did not answer before last, and leaves out those that do not answer. */
async function each<T>(
  workflowIds: string[],
  ask: (workflowId: string) => Promise<T>,
  silent: Set<string>,
): Promise<T[]> {
  const answers: T[] = [];
  const untilMs = Date.now() + SILENT_WITHIN_MS;
  const inOrder = [
    ...workflowIds.filter((id) => !silent.has(id)),
    ...workflowIds.filter((id) => silent.has(id)),
  ];
  const asker = async () => {
    for (let id = inOrder.shift(); id !== undefined; id = inOrder.shift()) {
      if (silent.has(id) && Date.now() > untilMs) continue;
      try {
        answers.push(await ask(id));
        silent.delete(id);
      } catch (thrown) {
        if (!silent.has(id)) tellSilent(id, thrown);
        silent.add(id);
      }
    }
  };
  await Promise.all(Array.from({ length: ASKED_AT_ONCE }, asker));
  return answers;
}

interface Running {
  readonly type: string;
  readonly connection: string;
  readonly most: number;
}

/** Without their memos, of which one that cannot be read would keep everybody from asking. */
async function list(client: Client, { type, connection, most }: Running): Promise<string[]> {
  // A connection's name has no quotes: the config says what it may be made of.
  const query = `WorkflowType = '${type}' AND ExecutionStatus = 'Running' AND ${SEARCH_ATTRIBUTES.connection} = '${connection}'`;
  const request = { namespace: client.options.namespace, query, pageSize: 1_000 };
  const found: string[] = [];
  // The deadline is for the whole of it.
  return within(client, async () => {
    for (let nextPageToken: Uint8Array = new Uint8Array(); ;) {
      const page = await client.workflowService.listWorkflowExecutions({ ...request, nextPageToken });
      found.push(...page.executions.flatMap(({ execution }) => execution?.workflowId ?? []));
      nextPageToken = page.nextPageToken;
      if (nextPageToken.length === 0 || found.length >= most) return found.slice(0, most);
    }
  });
}

function within<T>(client: Client, ask: () => Promise<T>): Promise<T> {
  return client.withDeadline(Date.now() + ANSWER_WITHIN_MS, ask);
}

function tellSilent(workflowId: string, thrown: unknown): void {
  const error = thrown instanceof Error ? thrown.message : String(thrown);
  const what = 'A campaign or lane does not say what it cancels; the others go on, and look before each ask';
  Runtime.instance().logger.warn(what, { workflowId, error });
}

/** Of two campaigns that have begun exactly one is before the other, for ever. */
function isBefore(one: Campaign, other: Campaign): boolean {
  if (one.beganAtMs === other.beganAtMs) return one.beganAtMs < Infinity && one.workflowId < other.workflowId;
  return one.beganAtMs < other.beganAtMs;
}
