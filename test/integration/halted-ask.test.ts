import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { MockActivityEnvironment } from '@temporalio/testing';
import type { AskTargetsInput, AskTargetsOutput } from '../../activities/ask-targets.js';
import { createCampaignActivities } from '../../activities/campaign-activities.js';
import type { LiveConnections } from '../../activities/live-connections.js';
import { SimulatorControl } from '../../simulator/control-client.js';
import { startSimulator, type RunningSimulator } from '../../simulator/start-simulator.js';
import { simulatedConnection } from '../harness.js';
import { liveAlone, NOBODY_ELSE } from '../live-alone.js';

const CANCEL = 'CancelDataRepositoryTask';

/** An Activity is told of new orders with a heartbeat; here the test tells it. */
describe('asking for a campaign that asks no more', { concurrency: true }, () => {
  let cloud: RunningSimulator;
  let control: SimulatorControl;
  let live: LiveConnections;

  before(async () => {
    cloud = await startSimulator();
    control = new SimulatorControl(cloud.endpoint);
    live = liveAlone([simulatedConnection(cloud)]);
  });
  after(async () => {
    await live.close();
    await cloud.close();
  });

  async function begin(count: number, isHalted: (asks: number) => boolean) {
    const tasks = await control.seed({ provider: 'aws-fsx', state: 'running', count });
    const ids = tasks.map(({ id }) => id);
    const asks = async () => {
      const calls = await control.calls({ operation: CANCEL });
      return calls.filter(({ taskIds }) => taskIds.some((id) => ids.includes(id))).length;
    };
    const activities = createCampaignActivities(live, {
      ...NOBODY_ELSE,
      isHalted: async () => isHalted(await asks()),
    });
    const input: AskTargetsInput = {
      connection: 'sim',
      provider: 'aws-fsx',
      fields: ['taskId'],
      targets: ids,
      tokenSeed: 'a-run',
      sliceMs: 60_000,
      callsPerSecond: 10,
    };
    const environment = new MockActivityEnvironment();
    let hasEnded = false;
    const run = (given: AskTargetsInput) => activities.askTargets(given);
    const running: Promise<AskTargetsOutput> = environment.run(run, input);
    const ending = running.finally(() => (hasEnded = true));
    return { asks, ending, tell: () => environment.cancel(), hasEnded: () => hasEnded };
  }

  it('ends when its lane has new orders, and tells what it has asked: no more than when that was known', async () => {
    const { asks, ending, tell, hasEnded } = await begin(200, (count) => count >= 3);
    let made: number;
    do {
      made = await asks();
      await sleep(1_000);
    } while (made === 0 || made !== (await asks()));
    assert.equal(hasEnded(), false, 'its lane would send it again');
    tell();
    const { changes, calls } = await ending;
    const asked = changes.filter(([, { state }]) => state === 'asked').length;
    assert.deepEqual([asked, calls.asks, await asks()], [made, made, made]);
    assert.ok(asked >= 3 && asked < 200, `${asked} were asked`);
  });

  it('comes back to be sent again where that is over before its lane has heard of it', async () => {
    let isHalted = true;
    const { asks, ending, hasEnded } = await begin(5, () => isHalted);
    await sleep(1_000);
    assert.equal(hasEnded(), false);
    isHalted = false;
    assert.deepEqual([(await ending).calls.asks, await asks()], [0, 0]);
  });

  it('asks nobody where that is known before', async () => {
    const { asks, ending, tell, hasEnded } = await begin(5, () => true);
    await sleep(1_000);
    assert.deepEqual([await asks(), hasEnded()], [0, false]);
    tell();
    assert.deepEqual((await ending).calls, { asks: 0, looks: 0, throttled: 0 });
  });

  it('ends at once where all are asked: there is nothing to be sent for again', async () => {
    const { ending } = await begin(3, (count) => count === 3);
    assert.equal((await ending).calls.asks, 3);
  });
});
