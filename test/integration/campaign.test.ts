import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import type { TargetOutcome } from '../../contract/campaign.js';
import { APPROVE_WAVE_UPDATE } from '../../contract/names.js';
import { startStack, type Stack } from '../harness.js';
import { replayAll } from '../replay-all.js';
import { asFsxTargets, fsxAsks, fsxTargets, least, most, playCampaign } from './campaign-play.js';

describe('a campaign', { timeout: 120_000, concurrency: true }, () => {
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

  const seed = async (count: number, request: object = {}) =>
    (await fsxTargets(stack, { count, ...request })).paths;

  it('cancels every target, asks each once and proves its end', async () => {
    const targets = await fsxTargets(stack, { count: 120 });
    const { result, rows } = await (await playCampaign(stack, [targets], {}, 50)).end();
    assert.equal(result.end, 'done');
    assert.deepEqual(result.verdicts, { canceled: 120 });
    assert.equal(result.calls.asks, 120);
    for (const { asks, askedBy, seenBy } of rows.values()) assert.ok(asks === 1 && askedBy && seenBy);
    const asks = await fsxAsks(stack, targets.paths);
    assert.deepEqual([least(asks), most(asks)], [1, 1]);
  });

  it('gives each of a mixture its own end, and asks only those that are active', async () => {
    const active = await seed(20);
    const byUri = await seed(2);
    const byId = await seed(2);
    const byPattern = ['0a', '0b'].map((end) => `task-fedcba9876543${end.padEnd(4, '0')}`);
    await stack.simulator.seed({ provider: 'aws-fsx', state: 'running', ids: byPattern });
    const expected: [TargetOutcome, readonly string[]][] = [
      ['canceled', active],
      ['canceled', await seed(3, { state: 'canceled' })],
      ['completed', await seed(3, { state: 'completed' })],
      ['failed', await seed(3, { state: 'failed' })],
      ['canceled', await seed(3, { state: 'canceling', delays: { cancelingMs: 1_500 } })],
      ['completed', await seed(2, { onCancel: 'finishFirst' })],
      ['completed', await seed(2, { onCancel: 'alreadyFinished' })],
      ['refused', await seed(2, { onCancel: 'unsupported' })],
      ['not-found', ['task-00000000000000000', 'task-00000000000000001']],
      ['protected', [...byUri, ...byId, ...byPattern]],
      ['errored', ['nonsense', 'two/ids', 'stray%zz']],
      ['errored', await seed(2, { word: 'MOONING' })],
    ];
    const paths = expected.flatMap(([, each]) => each);
    const protect = [...byUri.map((id) => `aws-fsx://sim/${id}`), ...byId, 'task-fedcba9876543*'];
    const campaign = await playCampaign(stack, [asFsxTargets(paths)], { options: { protect } }, 30);
    const { result, rows } = await campaign.end();
    assert.equal(result.end, 'done');
    for (const [state, each] of expected)
      for (const path of each) assert.equal(rows.get(path)?.state, state, path);
    const asks = await fsxAsks(stack, paths);
    const asked = paths.filter((path) => (asks.get(path)?.length ?? 0) > 0);
    const mayBeAsked = [...active, ...expected.slice(5, 8).flatMap(([, each]) => each)];
    assert.deepEqual(asked.sort(), mayBeAsked.sort());
    assert.equal(most(asks), 1);
    for (const path of [...expected[7]![1], ...expected[10]![1]])
      assert.ok(rows.get(path)?.code && rows.get(path)?.message, `no reason for ${path}`);
  });

  it('looks at none and asks none of the protected', async () => {
    const targets = await fsxTargets(stack, { count: 5 });
    const { result } = await (
      await playCampaign(stack, [targets], { options: { protect: ['task-*'] } })
    ).end();
    assert.deepEqual([result.verdicts, result.calls.asks, result.calls.looks], [{ protected: 5 }, 0, 0]);
  });

  it('asks no more than its waves allow before those are proven', async () => {
    const { paths } = await fsxTargets(stack, { count: 60, delays: { cancelingMs: 1_500 } });
    const campaign = await playCampaign(
      stack,
      [asFsxTargets(paths)],
      {
        options: { waves: [{ count: 1 }, { share: 0.5 }], pauseBetweenWavesMs: 1_000 },
      },
      20,
    );
    const { wave } = await campaign.until((progress) => progress.wave?.nextAtMs !== undefined);
    assert.ok((wave?.nextAtMs ?? 0) > Date.now() - 1_000);
    const { progress } = await campaign.end();
    assert.deepEqual(progress.wave, { number: 3, of: 3, upTo: 60 });
    const asks = [...(await fsxAsks(stack, paths)).values()].flat();
    assert.equal(asks.length, 60);
    const times = asks.map(({ at }) => Date.parse(at)).sort((a, b) => a - b);
    // Between waves, the last of one had to end, and then came the pause.
    for (const first of [1, 30]) {
      const gapMs = (times[first] ?? 0) - (times[first - 1] ?? 0);
      assert.ok(gapMs >= 2_400, `only ${gapMs} ms before the ask after the first ${first}`);
    }
    const rows = await Promise.all([1, 2, 3].map((lane) => campaign.rows(lane)));
    assert.ok(rows.flatMap((lane) => lane.rows).every(({ state }) => state === 'canceled'));
  });

  it('waits for an approval before each wave after the first', async () => {
    const { paths } = await fsxTargets(stack, { count: 12 });
    const waves = [{ count: 2 }, { count: 5 }];
    const campaign = await playCampaign(
      stack,
      [asFsxTargets(paths)],
      { options: { waves, approveEachWave: true } },
      4,
    );
    for (const upTo of [2, 5]) {
      const { states, wave } = await campaign.until(({ phase }) => phase === 'waiting-for-approval');
      assert.deepEqual([states.canceled, wave?.upTo], [upTo, upTo]);
      await sleep(500);
      const asked = [...(await fsxAsks(stack, paths)).values()].flat();
      assert.equal(asked.length, upTo);
      await campaign.ask(APPROVE_WAVE_UPDATE);
    }
    assert.deepEqual((await campaign.end()).result.verdicts, { canceled: 12 });
  });

  for (const [name, errorThreshold, allowed, looksTakeMs] of [
    ['a number', { count: 20 }, 20, 0],
    ['a share', { share: 0.1 }, 30, 0],
    ['a number, which slow looks confirm,', { count: 20 }, 20, 1_000],
  ] as const)
    it(`stops asking soon after more than ${name} were refused, and proves what was asked`, async () => {
      const bad = await seed(150, { onCancel: 'unsupported' });
      const good = await seed(150);
      const paths = bad.flatMap((each, place) => [each, good[place] ?? '']);
      const match = { operation: 'DescribeDataRepositoryTasks', taskIds: paths };
      if (looksTakeMs > 0)
        await stack.simulator.fault({ kind: 'latency', ms: looksTakeMs, times: 'always', match });
      const options = { errorThreshold, callsPerSecond: 200 };
      const { result, rows } = await (
        await playCampaign(stack, [asFsxTargets(paths)], { options }, 150)
      ).end();
      assert.equal(result.end, 'stopped-by-errors');
      const { refused = 0, canceled = 0, 'left-alone': left = 0 } = result.verdicts;
      assert.ok(refused > allowed && refused <= allowed + 60, `${refused} were refused`);
      assert.equal(refused + canceled + left, 300);
      const asks = await fsxAsks(stack, paths);
      for (const [path, { state }] of rows)
        assert.equal(asks.get(path)?.length, state === 'left-alone' ? 0 : 1, `${path}: ${state}`);
    });

  it('asks on below its threshold', async () => {
    const bad = await seed(10, { onCancel: 'unsupported' });
    const good = await seed(60);
    const options = { errorThreshold: { count: 10 } };
    const campaign = await playCampaign(stack, [asFsxTargets([...bad, ...good])], { options }, 35);
    const { result } = await campaign.end();
    assert.deepEqual([result.end, result.verdicts], ['done', { canceled: 60, refused: 10 }]);
  });
});
