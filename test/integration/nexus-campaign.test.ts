import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { ApplicationFailure, TerminatedFailure } from '@temporalio/common';
import { HandlerError } from 'nexus-rpc';
import { campaignStartOptions, requestHash } from '../../client/campaign-start-options.js';
import { toTaskRef } from '../../client/to-task-ref.js';
import type { CampaignResult, OpenLaneAnswer } from '../../contract/campaign.js';
import { CANCEL_CAMPAIGN_WORKFLOW, campaignWorkflowId, OPEN_LANE_UPDATE } from '../../contract/names.js';
import { checkEffects, fsxAsks, most } from './campaign-play.js';
import { operationFailure, startNexusStack, type NexusStack } from './nexus-play.js';

const reason = 'a test';

const pathOf = (uri: string) => uri.split('/').at(-1) ?? '';

describe('the Nexus operation startCampaign', { timeout: 300_000 }, () => {
  let stack: NexusStack;

  before(async () => {
    stack = await startNexusStack({ everyMs: 200 });
  });
  after(() => stack.close());

  async function seeded(count: number, request = {}): Promise<string[]> {
    const tasks = await stack.simulator.seed({ provider: 'aws-fsx', state: 'running', count, ...request });
    return tasks.map(({ id }) => `aws-fsx://sim/${id}`);
  }

  const start = async (input: unknown, namespace: 'orders' | 'billing' = 'orders') =>
    (await (await stack.call(namespace, 'callStartCampaign', input)).result()) as CampaignResult;

  it('cancels a list that names some twice, and results in what became of them', async () => {
    const targets = await seeded(700);
    const result = await start({ reason, targets: [...targets, ...targets.slice(0, 300)] });
    assert.deepEqual([result.end, result.targets, result.verdicts], ['done', 700, { canceled: 700 }]);
    const campaign = stack.quiesce.campaigns.get(result.id);
    // By which callers over HTTP that are limited to connections may see it.
    assert.deepEqual((await campaign.summary()).connections, ['sim']);
    const { requestedBy, lanes } = await campaign.progress();
    assert.deepEqual([requestedBy, lanes.numbers], ['orders', [1]]);
    checkEffects(await fsxAsks(stack, targets.map(pathOf)));
  });

  it('cancels what selectors find, under the guards that are given', async () => {
    await seeded(3);
    const selectors = [{ connection: 'sim', provider: 'aws-fsx' }];
    const refused = await start({ reason, selectors, options: { maxTargets: 2 } });
    assert.equal(refused.end, 'refused');
    assert.match(refused.note ?? '', /may have 2 targets at most/);
    const result = await start({ reason, selectors });
    assert.deepEqual([result.end, result.verdicts], ['done', { canceled: 3 }]);
    assert.deepEqual((await stack.quiesce.campaigns.get(result.id).summary()).connections, ['sim']);
  });

  it('asks for nothing when a list is longer than its guard', async () => {
    const targets = await seeded(3);
    const result = await start({ reason, targets, options: { maxTargets: 2 } });
    assert.deepEqual([result.end, result.calls.asks], ['aborted', 0]);
    assert.match(result.note ?? '', /its targets were refused\. .* 2 targets at most/);
  });

  it('is one campaign where the id is the same, also after its end', async () => {
    const input = { id: 'night', reason, targets: await seeded(3) };
    const [one, other] = await Promise.all([start(input), start(input)]);
    assert.deepEqual(other, one);
    assert.deepEqual(await start(input), one);
    assert.equal(one.id, 'night');
    for (const [namespace, another] of [
      ['orders', { ...input, targets: input.targets.slice(1) }],
      ['orders', { ...input, options: { maxTargets: 7 } }],
      ['billing', input],
    ] as const) {
      const failure = await operationFailure(await stack.call(namespace, 'callStartCampaign', another));
      assert.ok(failure instanceof HandlerError && failure.type === 'CONFLICT', String(failure));
      assert.match(failure.message, /There is a campaign night already/);
    }
  });

  it('fails as the Workflow fails, and again where the same is asked for after that', async () => {
    const input = { id: 'lost', reason, targets: await seeded(1, { delays: { cancelingMs: 3_600_000 } }) };
    const call = await stack.call('orders', 'callStartCampaign', input);
    await stack.untilCallers(campaignWorkflowId('lost'), 1);
    await stack.client.workflow.getHandle(campaignWorkflowId('lost')).terminate('by mistake');
    assert.ok((await operationFailure(call)) instanceof TerminatedFailure);
    const failure = await operationFailure(await stack.call('orders', 'callStartCampaign', input));
    assert.ok(failure instanceof ApplicationFailure && failure.nonRetryable, String(failure));
    assert.equal(failure.message, 'by mistake');
  });

  it('loads what is missing where a Worker began and did not get to the end of it', async () => {
    const targets = await seeded(600);
    const input = { reason, requestedBy: 'orders', startAtOnce: true };
    const id = 'half';
    // As the operation leaves it that was cut off in the middle of loading.
    const request = requestHash({ ...input, targets: targets.map(toTaskRef) });
    await stack.client.workflow.start(CANCEL_CAMPAIGN_WORKFLOW, campaignStartOptions(id, input, request));
    const lane = { connection: 'sim', provider: 'aws-fsx', fields: ['taskId'], targets: 600 };
    const opened = await stack.client.workflow
      .getHandle(campaignWorkflowId(id))
      .executeUpdate<OpenLaneAnswer, [object]>(OPEN_LANE_UPDATE, { args: [lane], updateId: 'lane-1' });
    assert.equal(opened.lane, 1);
    const result = await start({ id, reason, targets });
    assert.deepEqual([result.end, result.targets, result.verdicts], ['done', 600, { canceled: 600 }]);
  });

  it('that its caller cancels asks no more, and proves what was asked', async () => {
    const targets = await seeded(20);
    const input = { reason, targets, options: { callsPerSecond: 1 } };
    const call = await stack.call('orders', 'callStartCampaign', input);
    while (most(await fsxAsks(stack, targets.map(pathOf))) === 0) await sleep(50);
    await call.cancel();
    const { end, verdicts } = (await call.result()) as CampaignResult;
    assert.equal(end, 'aborted');
    assert.equal((verdicts.canceled ?? 0) + (verdicts['left-alone'] ?? 0), 20);
    assert.ok((verdicts.canceled ?? 0) > 0 && (verdicts['left-alone'] ?? 0) > 0, JSON.stringify(verdicts));
  });

  const uri = 'aws-fsx://sim/task-0123456789abcdef0';
  const selectors = [{ connection: 'sim', provider: 'aws-fsx' }];
  const wrong: [string, unknown, RegExp][] = [
    ['no input', undefined, /must be an object with a reason/],
    [
      'a name of the HTTP service’s callers',
      { reason, targets: [uri], requestedBy: 'oidc:ada' },
      /the HTTP service has checked/,
    ],
    ['no reason', { targets: [uri] }, /reason must say why/],
    ['no tasks', { reason }, /by selectors, or by targets/],
    ['both kinds of tasks', { reason, selectors, targets: [uri] }, /by selectors, or by targets/],
    ['an empty list', { reason, targets: [] }, /1 to 1000 tasks/],
    ['a list too long', { reason, targets: Array.from({ length: 1_001 }, () => uri) }, /1 to 1000 tasks/],
    ['a list of what is no task', { reason, targets: [uri, 7] }, /targets\[1\]: task must be an object/],
    ['an id that is none', { id: 'a/b', reason, targets: [uri] }, /"a\/b" is no id for a campaign/],
    ['an id that is no text', { id: 7, reason, targets: [uri] }, /id must be a text/],
    ['a selector without a provider', { reason, selectors: [{ connection: 'sim' }] }, /its provider/],
    ['a guard that is none', { reason, selectors, options: { maxTargets: 0 } }, /maxTargets must/],
  ];
  for (const [name, input, sentence] of wrong) {
    it(`refuses ${name} at once, in a sentence, and starts nothing`, async () => {
      const failure = await operationFailure(await stack.call('orders', 'callStartCampaign', input));
      assert.ok(failure instanceof HandlerError, String(failure));
      assert.deepEqual([failure.type, failure.retryable], ['BAD_REQUEST', false]);
      assert.match(failure.message, sentence);
    });
  }
});
