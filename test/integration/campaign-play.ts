import assert from 'node:assert/strict';
import { setTimeout as sleep } from 'node:timers/promises';
import { ServiceError } from '@temporalio/client';
import {
  isOutcome,
  type CampaignInput,
  type CampaignProgress,
  type CampaignResult,
  type OpenLaneAnswer,
  type TargetRow,
} from '../../contract/campaign.js';
import type { LaneRows } from '../../contract/campaign-lane.js';
import {
  CANCEL_CAMPAIGN_WORKFLOW,
  campaignWorkflowId,
  laneWorkflowId,
  LOAD_UPDATE,
  OPEN_LANE_UPDATE,
  PROGRESS_QUERY,
  ROWS_QUERY,
  SEAL_UPDATE,
  TASK_QUEUE,
} from '../../contract/names.js';
import { queryWorkflow } from '../../setup/query-workflow.js';
import type { SeedRequest } from '../../simulator/control-requests.js';
import type { JournalCall } from '../../simulator/journal.js';
import type { Stack } from '../harness.js';

export interface PlayedCampaign {
  readonly id: string;
  progress(): Promise<CampaignProgress>;
  result(): Promise<CampaignResult>;
  rows(lane?: number): Promise<LaneRows>;
  /** Sends one of the Updates by which people steer it. */
  ask(update: string, request?: object): Promise<void>;
  until(isReached: (progress: CampaignProgress) => boolean): Promise<CampaignProgress>;
  /** Waits for its result, and holds it to what every campaign owes: see {@link EndedCampaign}. */
  end(): Promise<EndedCampaign>;
}

/** A campaign whose counts added up whenever it was looked at, and each of whose targets has an outcome. */
export interface EndedCampaign {
  readonly result: CampaignResult;
  readonly progress: CampaignProgress;
  /** By target. */
  readonly rows: ReadonlyMap<string, TargetRow>;
}

export interface TargetsOf {
  readonly connection: string;
  readonly provider: string;
  readonly fields: readonly string[];
  readonly paths: readonly string[];
}

const FSX = 'aws-fsx';
const FSX_CANCEL = 'CancelDataRepositoryTask';
const FSX_LOOK = 'DescribeDataRepositoryTasks';
const LOOKS_EVERY_MS = 150;

let count = 0;

/** A campaign started with nothing but Temporal: lanes of so many targets each. */
export async function playCampaign(
  { client }: Pick<Stack, 'client'>,
  targets: readonly TargetsOf[],
  input: Partial<CampaignInput> = {},
  laneSize = 500,
): Promise<PlayedCampaign> {
  count += 1;
  const id = `test-${process.pid}-${count}`;
  const handle = await client.workflow.start(CANCEL_CAMPAIGN_WORKFLOW, {
    workflowId: campaignWorkflowId(id),
    taskQueue: TASK_QUEUE,
    args: [{ reason: 'a test', startAtOnce: true, ...input } satisfies CampaignInput],
  });
  let sum = 0;
  for (const { paths, ...connection } of targets) {
    for (let from = 0; from < paths.length; from += laneSize) {
      const lanePaths = paths.slice(from, from + laneSize);
      const request = { ...connection, targets: lanePaths.length };
      const { workflowId } = await handle.executeUpdate<OpenLaneAnswer, [object]>(OPEN_LANE_UPDATE, {
        args: [request],
      });
      await client.workflow
        .getHandle(workflowId)
        .executeUpdate(LOAD_UPDATE, { args: [{ targets: lanePaths }] });
      sum += lanePaths.length;
    }
  }
  await handle.executeUpdate(SEAL_UPDATE, { args: [{ targets: sum }] });
  const progress = () => queryWorkflow<CampaignProgress>(handle, PROGRESS_QUERY);
  const rows = (lane = 1) =>
    queryWorkflow<LaneRows>(client.workflow.getHandle(laneWorkflowId(id, lane)), ROWS_QUERY);
  return {
    id,
    progress,
    result: () => handle.result() as Promise<CampaignResult>,
    rows,
    ask: (update, request = {}) => handle.executeUpdate(update, { args: [{ by: 'tester', ...request }] }),
    async until(isReached) {
      for (;;) {
        const now = await progress();
        checkSum(now);
        if (isReached(now)) return now;
        assert.notEqual(now.phase, 'ended', `it has ended before: ${JSON.stringify(now.states)}`);
        await sleep(LOOKS_EVERY_MS);
      }
    },
    async end() {
      let isOver = false;
      const looking = (async () => {
        for (; !isOver; await sleep(LOOKS_EVERY_MS)) {
          const now = await progress().catch(unlessAway);
          if (now !== undefined) checkSum(now);
        }
      })();
      const ending = handle.result() as Promise<CampaignResult>;
      // Whichever of them fails first.
      await Promise.race([ending, looking]).finally(() => (isOver = true));
      await looking; // It may be asking still.
      const result = await ending;
      const last = await progress();
      checkSum(last);
      assert.equal(last.targets, sum);
      assert.deepEqual(result.verdicts, last.states);
      return { result, progress: last, rows: await allRows(last, rows) };
    },
  };
}

/** While a Worker or the server is down, nobody answers. */
function unlessAway(thrown: unknown): undefined {
  if (!(thrown instanceof ServiceError)) throw thrown;
}

function checkSum({ targets, states, connections }: CampaignProgress): void {
  const sum = (counts: object) => Object.values(counts).reduce((before, each) => before + each, 0);
  assert.equal(sum(states), targets, `${JSON.stringify(states)} are not ${targets}`);
  for (const each of connections) assert.equal(sum(each.states), each.targets);
}

/** As its lanes tell; the states in them are those that the campaign counts. */
async function allRows(
  { lanes, states }: CampaignProgress,
  rowsOf: (lane: number) => Promise<LaneRows>,
): Promise<Map<string, TargetRow>> {
  const all = new Map<string, TargetRow>();
  const counts: Record<string, number> = {};
  for (const lane of lanes.numbers) {
    const { targets, rows } = await rowsOf(lane);
    assert.equal(rows.length, targets.length);
    for (const [place, row] of rows.entries()) {
      assert.ok(isOutcome(row.state), `${targets[place]} of lane ${lane} is left ${row.state}`);
      counts[row.state] = (counts[row.state] ?? 0) + 1;
      all.set(targets[place] ?? '', row);
    }
  }
  assert.deepEqual(counts, states);
  return all;
}

/** New FSx tasks, running unless it is said otherwise, as targets. */
export async function fsxTargets(
  { simulator }: Pick<Stack, 'simulator'>,
  request: Omit<SeedRequest, 'provider'>,
): Promise<TargetsOf> {
  const tasks = await simulator.seed({ provider: FSX, state: 'running', ...request });
  return asFsxTargets(tasks.map(({ id }) => id));
}

export function asFsxTargets(paths: readonly string[], connection = 'sim'): TargetsOf {
  return { connection, provider: FSX, fields: ['taskId'], paths };
}

/** The cancel calls for each of them that the simulated cloud has met. */
export async function fsxAsks(
  { simulator }: Pick<Stack, 'simulator'>,
  paths: readonly string[],
): Promise<Map<string, JournalCall[]>> {
  return callsFor(simulator, paths, FSX_CANCEL);
}

/** The looks at each of them that the simulated cloud has met. */
export async function fsxLooks(
  { simulator }: Pick<Stack, 'simulator'>,
  paths: readonly string[],
): Promise<Map<string, JournalCall[]>> {
  return callsFor(simulator, paths, FSX_LOOK);
}

async function callsFor(simulator: Stack['simulator'], paths: readonly string[], operation: string) {
  const found = new Map(paths.map((path): [string, JournalCall[]] => [path, []]));
  for (const call of await simulator.calls({ provider: FSX, operation }))
    for (const id of call.taskIds) found.get(id)?.push(call);
  return found;
}

/** How often each was asked, smallest and largest. */
export function least(asks: ReadonlyMap<string, readonly JournalCall[]>): number {
  return Math.min(...[...asks.values()].map(({ length }) => length));
}

export function most(asks: ReadonlyMap<string, readonly JournalCall[]>): number {
  return Math.max(...[...asks.values()].map(({ length }) => length));
}

/** No task was changed twice, whatever happened; nor asked again when the vendor had said yes, which changes nothing where it is lenient. */
export function checkEffects(asks: ReadonlyMap<string, readonly JournalCall[]>): void {
  for (const [id, calls] of asks) {
    const effects = calls.filter(({ effect }) => effect).length;
    assert.ok(effects <= 1, `${id} was changed ${effects} times`);
    const accepted = calls.findIndex(
      ({ status, fault }) => status !== null && status < 300 && fault === undefined,
    );
    const again = accepted === -1 ? 0 : calls.length - 1 - accepted;
    assert.equal(again, 0, `${id} was asked ${again} times more after it was accepted`);
  }
}
