import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { WorkflowFailedError, WorkflowUpdateFailedError } from '@temporalio/client';
import { ApplicationFailure } from '@temporalio/common';
import { LANE_SIZE, type OpenLaneAnswer } from '../../contract/campaign.js';
import {
  ABORT_UPDATE,
  CAMPAIGN_LANE_WORKFLOW,
  CANCEL_CAMPAIGN_WORKFLOW,
  campaignWorkflowId,
  DISCARD_LANES_UPDATE,
  LANE_REPORT_SIGNAL,
  LOAD_UPDATE,
  OPEN_LANE_UPDATE,
  ORDERS_SIGNAL,
  SEAL_UPDATE,
  SET_RATE_UPDATE,
  TASK_QUEUE,
} from '../../contract/names.js';
import { ContractSchemas } from '../contract-schemas.js';
import { startStack, type Stack } from '../harness.js';
import { WRONG_CAMPAIGN_INPUTS } from '../wrong-inputs.js';

/** Anybody's Temporal client can start a campaign with anything, and tell it anything. */
describe('a campaign that is told what makes no sense', { timeout: 120_000 }, () => {
  let stack: Stack;
  let count = 0;

  before(async () => {
    stack = await startStack();
    await stack.startWorker();
  });
  after(() => stack.close());

  const start = (input: unknown, workflow = CANCEL_CAMPAIGN_WORKFLOW) =>
    stack.client.workflow.start(workflow, {
      taskQueue: TASK_QUEUE,
      workflowId: campaignWorkflowId(`input-${process.pid}-${(count += 1)}`),
      args: [input],
    });

  async function refuses(running: Promise<unknown>, message: RegExp): Promise<void> {
    await assert.rejects(running, (thrown: unknown) => {
      assert.ok(thrown instanceof WorkflowFailedError || thrown instanceof WorkflowUpdateFailedError);
      assert.ok(thrown.cause instanceof ApplicationFailure);
      assert.equal(thrown.cause.type, 'InvalidInput');
      assert.match(thrown.cause.message, message);
      return true;
    });
  }

  for (const [name, input, message] of WRONG_CAMPAIGN_INPUTS)
    it(`refuses ${name}, and says what was wrong`, async () => {
      await refuses((await start(input)).result(), message);
    });

  it('refuses to be a lane of nothing', async () => {
    await refuses((await start(undefined, CAMPAIGN_LANE_WORKFLOW)).result(), /started by its campaign/);
    const input = { campaign: 'c', connection: 'sim', provider: 'p', reason: 'a', lane: 1, fields: ['id'] };
    await refuses(
      (await start({ ...input, targets: LANE_SIZE + 1 }, CAMPAIGN_LANE_WORKFLOW)).result(),
      /targets of a lane/,
    );
  });

  it('takes null for what is left out, and goes on after messages that make no sense', async () => {
    const [task, other] = await stack.simulator.seed({ provider: 'aws-fsx', state: 'running', count: 2 });
    assert.ok(task !== undefined && other !== undefined);
    const options = { errorThreshold: null, waves: null, protect: null };
    const input = { reason: 'x', startAtOnce: true, requestedBy: null, selectors: null, options };
    new ContractSchemas().fits('cancelCampaign', 'cancelCampaign', 'takes', input);
    const handle = await start(input);
    const lane = { connection: 'sim', provider: 'aws-fsx', fields: ['taskId'], targets: 2 };
    const { workflowId } = await handle.executeUpdate<OpenLaneAnswer, [object]>(OPEN_LANE_UPDATE, {
      args: [lane],
    });
    const laneHandle = stack.client.workflow.getHandle(workflowId);
    const load = (targets: unknown) => laneHandle.executeUpdate(LOAD_UPDATE, { args: [{ targets }] });

    for (const args of [[], [null], [{ lane: 1 }], [5]]) await handle.signal(LANE_REPORT_SIGNAL, ...args);
    for (const args of [[], [null], [{ to: 'ask' }]]) await laneHandle.signal(ORDERS_SIGNAL, ...args);
    await refuses(handle.executeUpdate(DISCARD_LANES_UPDATE), /with a connection/);
    await refuses(handle.executeUpdate(OPEN_LANE_UPDATE), /opened with a connection/);
    await refuses(handle.executeUpdate(SEAL_UPDATE), /opened for 2 targets/);
    await refuses(handle.executeUpdate(ABORT_UPDATE), /by must say/);
    await refuses(
      handle.executeUpdate(SET_RATE_UPDATE, { args: [{ by: 'me', callsPerSecond: 1e-9 }] }),
      /0\.001/,
    );
    for (const targets of [undefined, [task.id], [task.id, 5]]) await refuses(load(targets), /opened for 2/);
    await refuses(load([task.id, task.id]), /different from each other/);
    // Other writings of one task, for callers with Temporal alone.
    await refuses(load([task.id, task.id.replace('-', '%2D')]), /different from each other/);
    await refuses(load([task.id, `${task.id}?region=x`]), /different from each other/);
    await refuses(load([task.id, '']), /1 to 1000 characters/);
    await refuses(load([task.id, 'x'.repeat(1_001)]), /1 to 1000 characters/);

    await load([task.id, other.id]);
    await handle.executeUpdate(SEAL_UPDATE, { args: [{ targets: 2 }] });
    await refuses(
      handle.executeUpdate(DISCARD_LANES_UPDATE, { args: [{ connection: 'sim', from: 0 }] }),
      /has all its targets/,
    );
    const { verdicts } = await handle.result();
    assert.deepEqual(verdicts, { canceled: 2 });
  });

  it('ends when it is aborted while lanes are being opened', async () => {
    const handle = await start({ reason: 'x' });
    const lane = { connection: 'sim', provider: 'aws-fsx', targets: 1, fields: ['taskId'] };
    const opening = Promise.allSettled(
      Array.from({ length: 20 }, () => handle.executeUpdate(OPEN_LANE_UPDATE, { args: [lane] })),
    );
    await handle.executeUpdate(ABORT_UPDATE, { args: [{ by: 'tester' }] });
    await opening;
    assert.equal((await handle.result()).end, 'aborted');
  });
});
