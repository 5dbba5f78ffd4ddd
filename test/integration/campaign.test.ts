import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import type { CampaignProgress } from '../../contract/campaign.js';
import type { SeedState } from '../../simulator/control-requests.js';
import { startStack, type Stack } from '../harness.js';
import { playCampaign, type TargetsOf } from './campaign-play.js';

const PROVIDER = 'aws-fsx';
const CANCEL = 'CancelDataRepositoryTask';

describe('a campaign', { timeout: 300_000 }, () => {
  let stack: Stack;

  before(async () => {
    stack = await startStack({ everyMs: 200 });
    await stack.startWorker();
  });
  after(() => stack.close());

  async function seeded(count: number, state: SeedState = 'running'): Promise<TargetsOf> {
    const tasks = await stack.simulator.seed({ provider: PROVIDER, state, count });
    return {
      connection: 'sim',
      provider: PROVIDER,
      fields: ['taskId'],
      paths: tasks.map(({ ids }) => ids['taskId'] ?? ''),
    };
  }

  /** Cancel calls that reached the cloud for these. */
  async function asksOf({ paths }: TargetsOf): Promise<number> {
    const calls = await stack.simulator.calls({ provider: PROVIDER, operation: CANCEL });
    return calls.filter(({ taskIds }) => taskIds.some((id) => paths.includes(id))).length;
  }

  const addsUp = ({ targets, states }: CampaignProgress) =>
    assert.equal(
      Object.values(states).reduce((sum, each) => sum + each, 0),
      targets,
    );

  it('cancels every target, asks each once and proves its end', async () => {
    const targets = await seeded(120);
    const campaign = await playCampaign(stack, [targets], {}, 50);
    const result = await campaign.result();
    assert.equal(result.end, 'done');
    assert.deepEqual(result.verdicts, { canceled: 120 });
    assert.equal(result.calls.asks, 120);
    addsUp(await campaign.progress());
    const { rows } = await campaign.rows(2);
    assert.ok(
      rows.every(
        ({ state, asks, askedBy, seenBy }) => state === 'canceled' && asks === 1 && askedBy && seenBy,
      ),
    );
    assert.equal(await asksOf(targets), 120);
  });
});
