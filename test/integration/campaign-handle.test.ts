import assert from 'node:assert/strict';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import {
  CampaignEndedError,
  CampaignExistsError,
  CampaignNotFoundError,
  NoWorkerError,
  RequestRefusedError,
  TargetFileError,
  type LiveProgress,
  type ReportRow,
} from '../../client/index.js';
import type { LaneRows } from '../../contract/campaign-lane.js';
import { LANE_SIZE } from '../../contract/campaign.js';
import { CAMPAIGN_LANE_WORKFLOW, laneWorkflowId, ROWS_QUERY, TASK_QUEUE } from '../../contract/names.js';
import { searchAttributePairs } from '../../contract/search-attributes.js';
import { startStack, type Stack } from '../harness.js';

const PROVIDER = 'aws-fsx';
const BY = { by: 'tester' };

describe('the handle of a campaign', { timeout: 300_000 }, () => {
  let stack: Stack;

  before(async () => {
    stack = await startStack({ everyMs: 200 });
    await stack.startWorker();
  });
  after(() => stack.close());

  async function seeded(count: number): Promise<string[]> {
    const tasks = await stack.simulator.seed({ provider: PROVIDER, state: 'running', count });
    return tasks.map(({ ids }) => `${PROVIDER}://sim/${ids['taskId']}`);
  }

  async function asks(): Promise<number> {
    const calls = await stack.simulator.calls({ provider: PROVIDER, operation: 'CancelDataRepositoryTask' });
    return calls.length;
  }

  async function all<T>(items: AsyncIterable<T>): Promise<T[]> {
    const list = [];
    for await (const item of items) list.push(item);
    return list;
  }

  const addsUp = ({ targets, states }: LiveProgress) =>
    assert.equal(
      Object.values(states).reduce((sum, count) => sum + count, 0),
      targets,
    );

  it('plans without an ask, starts the plan, and tells the way to its end', async () => {
    const targets = await seeded(30);
    const asksBefore = await asks();
    const campaign = await stack.quiesce.campaigns.plan({ targets }, { reason: 'a test' });
    const planned = await campaign.planned();
    assert.equal(planned?.phase, 'planned');
    assert.equal(planned.plan?.wouldCancel, 30);
    assert.equal(await asks(), asksBefore);
    await campaign.start(BY);
    const watched = await all(campaign.watch({ everyMs: 100 }));
    for (const live of watched) addsUp(live);
    assert.equal(watched.at(-1)?.phase, 'ended');
    assert.deepEqual((await campaign.result()).verdicts, { canceled: 30 });
    assert.equal(await asks(), asksBefore + 30);
    await assert.rejects(campaign.pause(BY), CampaignEndedError);
    await assert.rejects(campaign.start(BY), CampaignEndedError);
  });

  it('tells what its lanes are doing before they have told it', async () => {
    const targets = await seeded(60);
    const options = { reason: 'a test', callsPerSecond: 10 };
    const campaign = await stack.quiesce.campaigns.start({ targets }, options);
    const seen: LiveProgress[] = [];
    for await (const live of campaign.watch({ everyMs: 200 })) {
      addsUp(live);
      for (const each of live.connections) addsUp({ ...live, ...each });
      seen.push(live);
    }
    // A lane tells of a slice of half a minute at once: what is told in between is from its heartbeats.
    const between = new Set(seen.map(({ calls }) => calls.asks).filter((count) => count > 0 && count < 60));
    assert.ok(between.size >= 2, `asks seen: ${[...between].join(', ')}`);
  });

  it('says what cannot be done now, and who is not there', async () => {
    const targets = await seeded(3);
    const campaign = await stack.quiesce.campaigns.plan({ targets }, { reason: 'a test' });
    await campaign.planned();
    await assert.rejects(campaign.approveWave(BY), /No wave waits/);
    await assert.rejects(campaign.pause({ by: '' }), RequestRefusedError);
    await assert.rejects(campaign.setRate({ ...BY, callsPerSecond: -1 }), RequestRefusedError);
    await campaign.abort({ ...BY, reason: 'enough' });
    const { end, note } = await campaign.result();
    assert.deepEqual([end, note], ['aborted', 'Aborted by tester: enough']);
    const nowhere = stack.quiesce.campaigns.get('nowhere');
    for (const ask of [() => nowhere.live(), () => nowhere.abort(BY), () => nowhere.result()])
      await assert.rejects(ask(), CampaignNotFoundError);
    await assert.rejects(
      stack.quiesce.campaigns.retry('nowhere', { reason: 'a test' }),
      CampaignNotFoundError,
    );
  });

  it('starts nothing for no target, a bad file or a bad id; and says of bad options what the campaign says', async () => {
    const { campaigns } = stack.quiesce;
    await assert.rejects(campaigns.start({ targets: [] }, { id: 'none', reason: 'a test' }), /no target/);
    await assert.rejects(campaigns.get('none').progress(), CampaignNotFoundError);
    const one = await seeded(1);
    await assert.rejects(campaigns.start({ targets: one }, { id: 'a/b', reason: 'a test' }), /no id/);
    const folder = await mkdtemp(join(tmpdir(), 'quiesce-test-'));
    const file = join(folder, 'targets.csv');
    await writeFile(file, `task\n${one[0]}\nnonsense\n`);
    const bad = campaigns.start({ file }, { id: 'bad-file', reason: 'a test' });
    await assert.rejects(bad, TargetFileError);
    await assert.rejects(campaigns.get('bad-file').progress(), CampaignNotFoundError);
    await writeFile(file, `task\n${one[0]}\n${one[0]}\n`);
    const good = await campaigns.start({ file }, { reason: 'a test' });
    assert.equal((await good.result()).targets, 1);
    await rm(folder, { recursive: true });
    const late = campaigns.start({ targets: one }, { reason: 'a test', deadlineAfterMs: -1 });
    await assert.rejects(late, (thrown: Error) => {
      assert.ok(thrown instanceof RequestRefusedError, String(thrown));
      assert.match(thrown.message, /deadlineAfterMs/);
      return true;
    });
  });

  it('is one campaign for one request, and loads what a client that was cut off had not', async () => {
    const targets = await seeded(LANE_SIZE * 2 + 20);
    const request = { id: 'cut-off', reason: 'a test' };
    const loaded = deferred();
    const release = deferred();
    async function* stalled() {
      yield* targets.slice(0, LANE_SIZE);
      await release.promise;
      yield* targets.slice(LANE_SIZE);
    }
    const { campaigns } = stack.quiesce;
    const first = campaigns.start({ targets: stalled() }, request, { onLoaded: () => loaded.resolve() });
    await loaded.promise;
    await assert.rejects(campaigns.start({ targets }, { ...request, maxDrift: 0.5 }), CampaignExistsError);
    const counts: number[] = [];
    const second = await campaigns.start({ targets }, request, { onLoaded: (count) => counts.push(count) });
    assert.equal(second.attached, true);
    assert.equal(counts.at(-1), targets.length);
    release.resolve();
    assert.equal((await first).attached, false);
    assert.deepEqual((await second.result()).verdicts, { canceled: targets.length });
    const rows = await all(second.report());
    assert.deepEqual(rows.map(({ task }) => task).toSorted(), targets.toSorted());
    const sizes = [];
    for (const lane of (await second.progress()).lanes.numbers) {
      const workflow = stack.client.workflow.getHandle(laneWorkflowId('cut-off', lane));
      sizes.push((await workflow.query<LaneRows>(ROWS_QUERY)).targets.length);
    }
    // Two clients load at once: in which order they open lanes is theirs.
    assert.deepEqual(
      sizes.toSorted((a, b) => b - a),
      [LANE_SIZE, LANE_SIZE, 20],
    );
    const third = await campaigns.start({ targets: targets.values() }, request);
    assert.equal(third.attached, true);
  });

  it('reports every target of a lane that was terminated, and counts as its campaign counts', async () => {
    const targets = await seeded(20);
    const options = { reason: 'a test', callsPerSecond: 2 };
    const campaign = await stack.quiesce.campaigns.start({ targets }, options);
    for await (const { calls } of campaign.watch({ everyMs: 100 })) if (calls.asks >= 2) break;
    await stack.client.workflow.getHandle(laneWorkflowId(campaign.id, 1)).terminate('a test');
    const { verdicts } = await campaign.result();
    const rows = await all(campaign.report());
    assert.equal(rows.length, 20);
    assert.deepEqual(countsOf(rows), verdicts);
    const [lost] = rows.filter(({ state }) => state === 'errored');
    assert.equal(lost?.code, 'LaneFailed');
    assert.match(lost.message ?? '', /terminated while the target was waiting/);
  });

  it('finds a target in the newest of many campaigns, and stops there', async () => {
    const targets = await seeded(5);
    const ids = ['older', 'newer'];
    for (const id of ids)
      await (await stack.quiesce.campaigns.start({ targets }, { id, reason: 'a test' })).result();
    const target = targets[3] ?? '';
    const found = await all(stack.quiesce.campaigns.find(target));
    assert.deepEqual(
      found.map(({ campaign, task }) => [campaign, task]),
      ids.toReversed().map((id) => [id, target]),
    );
    assert.equal((await all(stack.quiesce.campaigns.find(target, { limit: 1 }))).length, 1);

    const id = target.split('/').at(-1) ?? '';
    assert.deepEqual(await all(stack.quiesce.campaigns.find(id)), found);
    assert.deepEqual(await all(stack.quiesce.campaigns.find(id, { connections: ['other'] })), []);
    assert.deepEqual(await all(stack.quiesce.campaigns.find(id.slice(1))), []);
    await assert.rejects(all(stack.quiesce.campaigns.find('aws-fsx:/sim/x')), { name: 'InvalidTaskError' });
  });

  it('stops loading when its signal aborts, and aborts the campaign', async () => {
    const targets = await seeded(LANE_SIZE + 1);
    const stopping = new AbortController();
    const options = { signal: stopping.signal, onLoaded: () => stopping.abort(new Error('enough')) };
    async function* endless() {
      yield* targets.slice(0, LANE_SIZE);
      while (!stopping.signal.aborted) await new Promise((resolve) => setTimeout(resolve, 20));
      yield* targets.slice(LANE_SIZE);
    }
    const request = { id: 'stopped', reason: 'a test' };
    await assert.rejects(stack.quiesce.campaigns.start({ targets: endless() }, request, options), /enough/);
    const { end, note } = await stack.quiesce.campaigns.get('stopped').result();
    assert.equal(end, 'aborted');
    assert.match(note ?? '', /could not be loaded. enough/);
  });
});

describe('a campaign without a Worker', { timeout: 300_000 }, () => {
  it('does not hide what others know of a target when it was terminated before it began', async () => {
    const stack = await startStack();
    try {
      const worker = await stack.startWorker();
      const [task] = await stack.simulator.seed({ provider: PROVIDER, state: 'running' });
      const targets = [`${PROVIDER}://sim/${task?.id}`];
      await (await stack.quiesce.campaigns.start({ targets }, { id: 'whole', reason: 'a test' })).result();
      await worker.stop();
      const lane = await stack.client.workflow.start(CAMPAIGN_LANE_WORKFLOW, {
        workflowId: laneWorkflowId('never-begun', 1),
        taskQueue: TASK_QUEUE,
        args: [],
        typedSearchAttributes: searchAttributePairs({ connection: 'sim', provider: PROVIDER }),
      });
      await lane.terminate();
      await stack.startWorker();
      const found: string[] = [];
      for await (const { campaign } of stack.quiesce.campaigns.find(task?.id ?? '')) found.push(campaign);
      assert.deepEqual(found, ['whole']);
    } finally {
      await stack.close();
    }
  });

  it('is told of as it was last, and says who is away', async () => {
    const stack = await startStack({ everyMs: 200 });
    try {
      const worker = await stack.startWorker();
      const [task] = await stack.simulator.seed({ provider: PROVIDER, state: 'running' });
      const targets = [`${PROVIDER}://sim/${task?.ids['taskId']}`];
      const campaign = await stack.quiesce.campaigns.plan({ targets }, { reason: 'a test' });
      await campaign.planned();
      const watched = campaign.watch({ everyMs: 10 });
      const first = await watched.next();
      await worker.stop();
      const second = await watched.next();
      assert.deepEqual(second.value, { ...first.value, noWorker: true });
      await assert.rejects(campaign.progress(), NoWorkerError);
      await stack.server.stop();
      const third = await watched.next();
      assert.deepEqual(third.value, { ...first.value, noWorker: true, noTemporal: true });
      await watched.return(undefined);
    } finally {
      await stack.close();
    }
  });
});

function countsOf(rows: readonly ReportRow[]): Record<string, number> {
  const counts: Record<string, number> = {};
  for (const { state } of rows) counts[state] = (counts[state] ?? 0) + 1;
  return counts;
}

function deferred() {
  let resolve = () => {};
  const promise = new Promise<void>((done) => (resolve = done));
  return { promise, resolve: () => resolve() };
}
