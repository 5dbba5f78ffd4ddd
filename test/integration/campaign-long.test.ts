import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { laneWorkflowId, PAUSE_UPDATE, RESUME_UPDATE, SET_RATE_UPDATE } from '../../contract/names.js';
import { startStack, type Stack } from '../harness.js';
import { fsxAsks, fsxTargets, least, most, playCampaign } from './campaign-play.js';

/** Of a real server, that says so after some thousands of events. */
const CROWDED = ['--dynamic-config-value', 'limit.historyCount.suggestContinueAsNew=30'];

describe('a lane whose history is full', { timeout: 120_000 }, () => {
  let stack: Stack;

  before(async () => {
    stack = await startStack({ everyMs: 200, extraArgs: CROWDED });
    await stack.startWorker();
  });
  after(() => stack.close());

  it('continues as new, and forgets nothing', async () => {
    const targets = await fsxTargets(stack, { count: 60, delays: { cancelingMs: 1_000 } });
    const campaign = await playCampaign(stack, [targets], { options: { callsPerSecond: 5 } }, 30);
    const lane = stack.client.workflow.getHandle(laneWorkflowId(campaign.id, 1));
    const { tokenSeed, targets: loaded } = await campaign.rows(1);
    let runs = 0;
    for (let run = ''; runs < 3; await sleep(100)) {
      const { runId } = await lane.describe();
      if (runId !== run) runs += 1;
      run = runId;
      await campaign.ask(PAUSE_UPDATE);
      await campaign.ask(RESUME_UPDATE);
    }
    await campaign.ask(SET_RATE_UPDATE, { callsPerSecond: null });
    const { result, rows } = await campaign.end();
    assert.deepEqual(result.verdicts, { canceled: 60 });
    for (const row of rows.values())
      assert.ok(row.asks === 1 && row.askedBy && row.seenBy, JSON.stringify(row));
    const asks = await fsxAsks(stack, targets.paths);
    assert.deepEqual([least(asks), most(asks), result.calls.asks], [1, 1, 60]);
    const last = await campaign.rows(1);
    assert.deepEqual([last.tokenSeed, last.targets], [tokenSeed, loaded]);
  });
});
