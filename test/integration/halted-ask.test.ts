import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { MockActivityEnvironment } from '@temporalio/testing';
import type { AskTargetsInput, AskTargetsOutput } from '../../activities/ask-targets.js';
import { createCampaignActivities } from '../../activities/campaign-activities.js';
import type { LiveConnections } from '../../activities/live-connections.js';
import { SimulatorControl } from '../../simulator/control-client.js';
import { startSimulator, type RunningSimulator } from '../../simulator/start-simulator.js';
import { simulatedConnection } from '../harness.js';
import { liveAlone, NOBODY_ELSE } from '../live-alone.js';

const CANCEL = 'CancelDataRepositoryTask';

/** Temporal tells an Activity of its end with a heartbeat alone; here it never does. */
describe('asking for a campaign that asks no more', () => {
  let cloud: RunningSimulator;
  let live: LiveConnections;

  before(async () => {
    cloud = await startSimulator();
    live = liveAlone([simulatedConnection(cloud)]);
  });
  after(async () => {
    await live.close();
    await cloud.close();
  });

  async function ask(haltedAtMs: (asks: number) => number | undefined): Promise<AskTargetsOutput> {
    const control = new SimulatorControl(cloud.endpoint);
    const tasks = await control.seed({ provider: 'aws-fsx', state: 'running', count: 40 });
    const ids = tasks.map(({ id }) => id);
    const asks = async () => {
      const calls = await control.calls({ operation: CANCEL });
      return calls.filter(({ taskIds }) => taskIds.some((id) => ids.includes(id))).length;
    };
    const activities = createCampaignActivities(live, {
      ...NOBODY_ELSE,
      haltedAtMs: async () => haltedAtMs(await asks()),
    });
    const input: AskTargetsInput = {
      connection: 'sim',
      provider: 'aws-fsx',
      fields: ['taskId'],
      targets: ids,
      tokenSeed: 'a-run',
      sliceMs: 60_000,
      callsPerSecond: 5,
    };
    const run = (given: AskTargetsInput) => activities.askTargets(given);
    const output = (await new MockActivityEnvironment().run(run, input)) as AskTargetsOutput;
    assert.equal(output.calls.asks, await asks());
    return output;
  }

  it('ends when that is known, and tells what it has asked', async () => {
    const { changes, calls } = await ask((asks) => (asks < 3 ? undefined : performance.now()));
    const asked = changes.filter(([, { state }]) => state === 'asked').length;
    assert.equal(asked, calls.asks);
    assert.ok(asked >= 3 && asked < 40, `${asked} were asked`);
  });

  it('goes on where that was heard before it began: the campaign was paused, and was resumed', async () => {
    const beforeMs = performance.now() - 1;
    const { calls } = await ask(() => beforeMs);
    assert.equal(calls.asks, 40);
  });
});
