import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import type { CampaignInput } from '../../contract/campaign.js';
import {
  ABORT_UPDATE,
  CANCEL_CAMPAIGN_WORKFLOW,
  campaignWorkflowId,
  DISCARD_LANES_UPDATE,
  LANE_REPORT_SIGNAL,
  laneWorkflowId,
  LOAD_UPDATE,
  OPEN_LANE_UPDATE,
  ORDERS_SIGNAL,
  PROGRESS_QUERY,
  TASK_QUEUE,
} from '../../contract/names.js';
import { startStack, type Stack } from '../harness.js';

/** What callers with nothing but Temporal may send. */
describe('a campaign that is spoken to badly', { timeout: 180_000 }, () => {
  let stack: Stack;
  let count = 0;

  before(async () => {
    stack = await startStack();
    await stack.startWorker();
  });
  after(() => stack.close());

  async function start(input: unknown) {
    count += 1;
    const workflowId = campaignWorkflowId(`abuse-${count}`);
    const args = [input as CampaignInput];
    return stack.client.workflow.start(CANCEL_CAMPAIGN_WORKFLOW, { workflowId, taskQueue: TASK_QUEUE, args });
  }

  const BAD: readonly [what: string, input: unknown][] = [
    ['no input', null],
    ['no reason', {}],
    ['a requester that is no text', { reason: 'x', requestedBy: 5 }],
    ['options that are none', { reason: 'x', options: 5 }],
    ['waves that are no list', { reason: 'x', options: { waves: 5 } }],
    ['a threshold that is none', { reason: 'x', options: { errorThreshold: {} } }],
    ['protection that is no text', { reason: 'x', options: { protect: [5] } }],
    ['more protection than every lane can carry', { reason: 'x', options: { protect: ['a'.repeat(9_000)] } }],
    ['a rate that never asks', { reason: 'x', options: { callsPerSecond: 0.0000001 } }],
    ['selectors that are none', { reason: 'x', selectors: [5] }],
  ];
  for (const [what, input] of BAD)
    it(`fails in one sentence with ${what}`, async () => {
      await assert.rejects((await start(input)).result(), ({ cause }: Error) => {
        assert.match(String(cause), /must|may have/);
        return true;
      });
    });

  it('takes null for what is left out', async () => {
    const handle = await start({
      reason: 'x',
      options: { waves: null, errorThreshold: null },
      requestedBy: null,
    });
    await handle.executeUpdate(ABORT_UPDATE, { args: [{ by: 'tester' }] });
    assert.equal(((await handle.result()) as { end: string }).end, 'aborted');
  });

  it('stays to be spoken to, whatever Signals and Updates it gets', async () => {
    const handle = await start({ reason: 'x' });
    for (const args of [[], [null], [{ lane: 1 }], [5]]) await handle.signal(LANE_REPORT_SIGNAL, ...args);
    await assert.rejects(handle.executeUpdate(DISCARD_LANES_UPDATE, { args: [] }));
    await assert.rejects(handle.executeUpdate(OPEN_LANE_UPDATE, { args: [] }));
    const lane = { connection: 'sim', provider: 'aws-fsx', targets: 2, fields: ['taskId'] };
    await handle.executeUpdate(OPEN_LANE_UPDATE, { args: [lane] });
    const id = handle.workflowId.replace('campaign/', '');
    const workflow = stack.client.workflow.getHandle(laneWorkflowId(id, 1));
    for (const args of [[], [null], [{ to: 'ask' }]]) await workflow.signal(ORDERS_SIGNAL, ...args);
    for (const targets of [undefined, ['one'], ['same', 'same'], ['a', 5], ['a', 'a'.repeat(1_001)]])
      await assert.rejects(workflow.executeUpdate(LOAD_UPDATE, { args: [{ targets }] }));
    assert.equal((await handle.query<{ targets: number }>(PROGRESS_QUERY)).targets, 2);
    await handle.executeUpdate(ABORT_UPDATE, { args: [{ by: 'tester' }] });
    assert.equal(((await handle.result()) as { end: string }).end, 'aborted');
  });

  it('ends when it is aborted while lanes are being opened', async () => {
    const handle = await start({ reason: 'x' });
    const lane = { connection: 'sim', provider: 'aws-fsx', targets: 1, fields: ['taskId'] };
    const opening = Promise.allSettled(
      Array.from({ length: 20 }, () => handle.executeUpdate(OPEN_LANE_UPDATE, { args: [lane] })),
    );
    await handle.executeUpdate(ABORT_UPDATE, { args: [{ by: 'tester' }] });
    await opening;
    assert.equal(((await handle.result()) as { end: string }).end, 'aborted');
  });
});
