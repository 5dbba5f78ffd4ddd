import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import {
  ABORT_UPDATE,
  campaignWorkflowId,
  CANCEL_CAMPAIGN_WORKFLOW,
  laneWorkflowId,
  OPEN_LANE_UPDATE,
  PAUSE_UPDATE,
  PROGRESS_QUERY,
  RESUME_UPDATE,
  SEAL_UPDATE,
  SET_RATE_UPDATE,
  START_UPDATE,
  TASK_QUEUE,
} from '../../contract/names.js';
import type { CampaignProgress, CampaignResult } from '../../contract/campaign.js';
import { startStack, type Stack } from '../harness.js';
import { replayAll } from '../replay-all.js';
import {
  asFsxTargets,
  checkEffects,
  fsxAsks,
  fsxTargets,
  most,
  playCampaign,
  type EndedCampaign,
  type PlayedCampaign,
} from './campaign-play.js';

/** An Activity hears that it is to stop with a heartbeat. */
const NOTICED_AFTER_MS = 4_000;
const CANCEL = 'CancelDataRepositoryTask';

describe('a campaign that is steered', { timeout: 120_000, concurrency: true }, () => {
  let stack: Stack;

  before(async () => {
    stack = await startStack({ everyMs: 200 });
    await stack.startWorker();
  });
  after(async () => {
    try {
      await replayAll(stack);
    } finally {
      await stack.close();
    }
  });

  const countAsks = async (paths: readonly string[]) =>
    [...(await fsxAsks(stack, paths)).values()].flat().length;
  const until = async (isReached: () => Promise<boolean>) => {
    while (!(await isReached())) await sleep(50);
  };

  /** How many were asked when no more are. */
  async function untilNoneAsked(paths: readonly string[]): Promise<number> {
    for (let earlier = await countAsks(paths); ;) {
      await sleep(2_000);
      const now = await countAsks(paths);
      if (now === earlier) return now;
      earlier = now;
    }
  }

  it('asks nothing while it is paused, proves what was asked, and goes on when it is resumed', async () => {
    const { paths } = await fsxTargets(stack, { count: 200 });
    const options = { callsPerSecond: 10 };
    const campaign = await playCampaign(stack, [asFsxTargets(paths)], { options }, 100);
    await until(async () => (await countAsks(paths)) >= 20);
    await campaign.ask(PAUSE_UPDATE, { reason: 'lunch' });
    const asked = await untilNoneAsked(paths);
    const { states, phase, note } = await campaign.until(
      (now) => now.states.asked === undefined && now.states.open === undefined,
    );
    assert.deepEqual([phase, note], ['paused', 'Paused by tester: lunch']);
    assert.ok(asked < 200, `${asked} were asked before it paused`);
    assert.deepEqual(states, { canceled: asked, waiting: 200 - asked });
    assert.equal(await countAsks(paths), asked);

    await campaign.ask(RESUME_UPDATE);
    await campaign.ask(SET_RATE_UPDATE, { callsPerSecond: null });
    const { result } = await campaign.end();
    assert.deepEqual([result.end, result.verdicts], ['done', { canceled: 200 }]);
    assert.equal(most(await fsxAsks(stack, paths)), 1);
  });

  it('asks nothing again while it is paused, though what an ask should have done does not show', async () => {
    const { paths } = await fsxTargets(stack, { count: 3 });
    await loseAsks(paths);
    const campaign = await playCampaign(stack, [asFsxTargets(paths)]);
    await until(async () => (await countAsks(paths)) >= 3);
    await campaign.ask(PAUSE_UPDATE);
    const asked = await untilNoneAsked(paths);
    await sleep(3_000);
    assert.equal(await countAsks(paths), asked);
    await campaign.ask(ABORT_UPDATE);
    await campaign.end();
  });

  /** None of their cancel calls has an effect or an answer. */
  function loseAsks(taskIds: readonly string[]): Promise<number> {
    return stack.simulator.fault({
      kind: 'reset',
      times: 'always',
      match: { operation: CANCEL, taskIds: [...taskIds] },
    });
  }

  it('keeps to its rate, also when that is changed', async () => {
    const { paths } = await fsxTargets(stack, { count: 600 });
    const campaign = await playCampaign(
      stack,
      [asFsxTargets(paths)],
      { options: { callsPerSecond: 10 } },
      300,
    );
    /** By the journal's own times: on a busy machine, it is read late. */
    const rateOver = async (ms: number) => {
      const sinceMs = Date.now();
      await sleep(ms);
      const asks = [...(await fsxAsks(stack, paths)).values()]
        .flat()
        .map(({ at }) => Date.parse(at) - sinceMs);
      return (asks.filter((atMs) => atMs >= 0 && atMs < ms).length * 1_000) / ms;
    };
    /** Never faster than `fastest`, and as fast as `slowest` in one of a few stretches: a busy machine asks late. */
    const keepsBetween = async (slowest: number, fastest: number, ms = 3_000) => {
      const rates: number[] = [];
      do rates.push(await rateOver(ms));
      while ((rates.at(-1) ?? 0) < slowest && rates.length < 5);
      const told = `${rates.join(', ')} a second instead of ${slowest} to ${fastest}`;
      assert.ok((rates.at(-1) ?? 0) >= slowest && Math.max(...rates) <= fastest, told);
    };
    // Wide, for what was late comes sooner then; without its rate it would ask hundreds.
    await until(async () => (await countAsks(paths)) > 0);
    await keepsBetween(5, 20); // At 10.
    await campaign.ask(SET_RATE_UPDATE, { callsPerSecond: 40 });
    await sleep(NOTICED_AFTER_MS);
    const asked = await countAsks(paths);
    await until(async () => (await countAsks(paths)) > asked);
    await keepsBetween(12, 80);
    await campaign.ask(SET_RATE_UPDATE, { callsPerSecond: 4 });
    await sleep(NOTICED_AFTER_MS);
    await keepsBetween(0, 10, 2_000);
    await campaign.ask(SET_RATE_UPDATE, { callsPerSecond: null });
    const { result } = await campaign.end();
    assert.deepEqual(result.verdicts, { canceled: 600 });
  });

  const aborts: [string, (campaign: PlayedCampaign) => Promise<unknown>, RegExp][] = [
    ['aborted', (campaign) => campaign.ask(ABORT_UPDATE, { reason: 'wrong list' }), /by tester: wrong list/],
    [
      'cancelled as any Workflow',
      ({ id }) => stack.client.workflow.getHandle(campaignWorkflowId(id)).cancel(),
      /Temporal’s own cancel/,
    ],
  ];
  for (const [how, abort, note] of aborts)
    it(`asks no more when it is ${how}, and proves what was asked`, async () => {
      const { paths } = await fsxTargets(stack, { count: 400, delays: { cancelingMs: 2_000 } });
      const campaign = await playCampaign(
        stack,
        [asFsxTargets(paths)],
        { options: { callsPerSecond: 30 } },
        40,
      );
      await until(async () => (await countAsks(paths)) >= 30);
      await abort(campaign);
      const abortedAtMs = Date.now();
      const { result, rows } = await campaign.end();
      assert.equal(result.end, 'aborted');
      assert.match(result.note ?? '', note);
      await checkAskedAndLeft(paths, { rows, result });
      const late = [...(await fsxAsks(stack, paths)).values()]
        .flat()
        .map(({ at }) => Date.parse(at) - abortedAtMs)
        .filter((afterMs) => afterMs > NOTICED_AFTER_MS);
      assert.deepEqual(late, [], 'it asked on');
    });

  async function checkAskedAndLeft(
    paths: readonly string[],
    { rows, result }: Pick<EndedCampaign, 'rows' | 'result'>,
    asked = 'canceled',
  ): Promise<void> {
    const asks = await fsxAsks(stack, paths);
    for (const [path, { state }] of rows)
      assert.equal(state, asks.get(path)?.length === 0 ? 'left-alone' : asked, path);
    const left = result.verdicts['left-alone'] ?? 0;
    assert.ok(left > 0 && left < paths.length, `${left} were left alone`);
    assert.equal(most(asks), 1);
  }

  it('ends when it is aborted, though some asks were lost: those are unproven, not left alone', async () => {
    const { paths } = await fsxTargets(stack, { count: 4 });
    await loseAsks(paths);
    const campaign = await playCampaign(stack, [asFsxTargets(paths)]);
    await until(async () => (await countAsks(paths)) >= 4);
    await campaign.ask(ABORT_UPDATE);
    const { result } = await campaign.end();
    assert.deepEqual([result.end, result.verdicts], ['aborted', { unproven: 4 }]);
  });

  it('gives up at its deadline: what is stuck is unproven, the rest is left alone', async () => {
    const { paths } = await fsxTargets(stack, { count: 80, onCancel: 'stuckCanceling' });
    const options = { deadlineAfterMs: 10_000, callsPerSecond: 4 };
    const { result, rows } = await (await playCampaign(stack, [asFsxTargets(paths)], { options }, 40)).end();
    assert.equal(result.end, 'out-of-time');
    await checkAskedAndLeft(paths, { rows, result }, 'unproven');
  });

  it('is planned first, and asks nothing until it is started', async () => {
    const active = await fsxTargets(stack, { count: 10 });
    const ended = await fsxTargets(stack, { count: 3, state: 'completed' });
    const paths = [...active.paths, ...ended.paths, 'task-0000000000000aaaa', 'nonsense'];
    const campaign = await playCampaign(stack, [asFsxTargets(paths)], { startAtOnce: false }, 8);
    const { plan, states } = await campaign.until(({ phase }) => phase === 'planned');
    const { wouldCancel, hasEnded, notFound, unknown } = plan ?? {};
    assert.deepEqual([wouldCancel, hasEnded, notFound, unknown], [10, 3, 1, 1]);
    assert.deepEqual([states, await countAsks(paths)], [{ waiting: 15 }, 0]);
    await campaign.ask(START_UPDATE);
    const { result } = await campaign.end();
    assert.deepEqual(result.verdicts, { canceled: 10, completed: 3, 'not-found': 1, errored: 1 });
  });

  it('leaves all alone when its plan is aborted', async () => {
    const { paths } = await fsxTargets(stack, { count: 10 });
    const campaign = await playCampaign(stack, [asFsxTargets(paths)], { startAtOnce: false }, 4);
    await campaign.until(({ phase }) => phase === 'planned');
    await campaign.ask(ABORT_UPDATE);
    const { result } = await campaign.end();
    assert.deepEqual([result.end, result.verdicts], ['aborted', { 'left-alone': 10 }]);
    assert.equal(await countAsks(paths), 0);
  });

  it('counts the targets of a lane that was never loaded, and ends without them', async () => {
    const handle = await stack.client.workflow.start(CANCEL_CAMPAIGN_WORKFLOW, {
      workflowId: campaignWorkflowId(`never-loaded-${process.pid}`),
      taskQueue: TASK_QUEUE,
      args: [{ reason: 'a test', startAtOnce: true }],
    });
    const lane = { connection: 'sim', provider: 'aws-fsx', fields: ['taskId'], targets: 7 };
    await handle.executeUpdate(OPEN_LANE_UPDATE, { args: [lane] });
    await handle.executeUpdate(SEAL_UPDATE, { args: [{ targets: 7 }] });
    await sleep(1_000);
    const { states } = await handle.query<CampaignProgress>(PROGRESS_QUERY);
    assert.deepEqual(states, { waiting: 7 });
    await handle.executeUpdate(ABORT_UPDATE, { args: [{ by: 'tester' }] });
    const { verdicts } = (await handle.result()) as CampaignResult;
    assert.deepEqual(verdicts, { 'left-alone': 7 });
  });

  it('ends when it is aborted while a lane is being opened', async () => {
    const handle = await stack.client.workflow.start(CANCEL_CAMPAIGN_WORKFLOW, {
      workflowId: campaignWorkflowId(`opening-${process.pid}`),
      taskQueue: TASK_QUEUE,
      args: [{ reason: 'a test', startAtOnce: true }],
    });
    const lane = { connection: 'sim', provider: 'aws-fsx', fields: ['taskId'], targets: 7 };
    const opening = handle.executeUpdate(OPEN_LANE_UPDATE, { args: [lane] });
    // Whether the lane is opened at all hangs on which of the two comes first.
    opening.catch(() => {});
    await handle.executeUpdate(ABORT_UPDATE, { args: [{ by: 'tester' }] });
    const { end } = (await handle.result()) as CampaignResult;
    assert.equal(end, 'aborted');
  });

  for (const how of ['terminate', 'cancel'] as const)
    it(`tells as errored what is unproven of a lane on which somebody calls ${how}`, async () => {
      const { paths } = await fsxTargets(stack, { count: 90, delays: { cancelingMs: 1_500 } });
      const campaign = await playCampaign(
        stack,
        [asFsxTargets(paths)],
        { options: { callsPerSecond: 15 } },
        30,
      );
      await until(async () => (await countAsks(paths)) >= 10);
      await stack.client.workflow.getHandle(laneWorkflowId(campaign.id, 2))[how]();
      await campaign.until(({ phase }) => phase === 'ended');
      const { states, targets, problems } = await campaign.progress();
      assert.equal(targets, 90);
      assert.deepEqual(states, { canceled: 60, errored: 30 });
      assert.ok(
        problems.some(({ subject, code }) => subject.endsWith('/lane/2') && code === 'LaneFailed'),
        JSON.stringify(problems),
      );
      checkEffects(await fsxAsks(stack, paths));
    });
});
