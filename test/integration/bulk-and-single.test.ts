import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { inBulk } from '../../activities/bulk-calls.js';
import type { LiveConnection } from '../../activities/live-connection.js';
import type { LiveConnections } from '../../activities/live-connections.js';
import { ProviderError } from '../../providers/provider.js';
import { SimulatorControl } from '../../simulator/control-client.js';
import { startSimulator, type RunningSimulator } from '../../simulator/start-simulator.js';
import { simulatedConnection } from '../harness.js';
import { liveAlone } from '../live-alone.js';

const ASK = 'CancelDataRepositoryTask';
const BULK = 300;
/** A turn every two seconds: far longer than a call to the simulator takes, however busy the machine is. */
const QUOTA = { calls: 30, perMs: 60_000 };

describe('a connection that a campaign and single cancellations share', () => {
  let cloud: RunningSimulator;
  let control: SimulatorControl;
  let live: LiveConnections;
  let connection: LiveConnection;

  before(async () => {
    cloud = await startSimulator({ port: 0 });
    control = new SimulatorControl(cloud.endpoint);
    const configured = { ...simulatedConnection(cloud), quotas: { [ASK]: QUOTA } };
    live = liveAlone([configured]);
    connection = live.named({ connection: 'sim', provider: 'aws-fsx' });
  });
  after(async () => {
    await live.close();
    await cloud.close();
  });

  const seed = (count: number) => control.seed({ provider: 'aws-fsx', state: 'running', count });

  it('lets a single call go within two turns, while hundreds of the campaign wait', async (t) => {
    const [alone, ...many] = (await seed(BULK + 1)).map(({ ids }) => ids);
    assert.ok(alone !== undefined);
    const provider = await connection.provider();
    const campaign = new AbortController();
    const signal = inBulk(campaign.signal);
    const ask = (ids: typeof alone, of: AbortSignal) =>
      provider.cancel(ids, { signal: of, clientToken: 'a'.repeat(64) });

    let answered = 0;
    const isUnderWay = new Promise<void>((resolve) => {
      const answer = () => (answered += 1) === 2 && resolve();
      for (const ids of many) ask(ids, signal).then(answer, () => {});
    });
    await isUnderWay;
    const queuedAtMs = performance.now();
    await ask(alone, new AbortController().signal);
    const waitedMs = Math.round(performance.now() - queuedAtMs);
    campaign.abort();

    const asked = (await control.calls()).filter(({ operation }) => operation === ASK);
    const place = asked.findIndex(({ taskIds }) => taskIds.includes(alone['taskId'] ?? ''));
    t.diagnostic(`it waited ${waitedMs} ms, behind ${BULK - 2} calls that waited before it came`);
    assert.ok(place >= 2 && place <= 3, `it was call ${place + 1}; two were made before it came`);
    assert.ok(asked.length <= 5, `${asked.length} calls: those of the campaign were given up`);
  });

  it('looks at a campaign’s tasks in whole batches, and finds the one that is not there', async () => {
    const tasks = (await seed(120)).map(({ ids }) => ids);
    const missing = { taskId: `task-${'f'.repeat(17)}` };
    const asked = [...tasks.slice(0, 70), missing, ...tasks.slice(70)];
    const looks = await connection.lookMany(asked, new AbortController().signal);
    assert.equal(looks.length, asked.length);
    for (const [place, look] of looks.entries()) {
      assert.ok(!(look instanceof ProviderError), `task ${place} has none`);
      assert.equal(look.state, place === 70 ? 'absent' : 'active', `${place}`);
    }
  });
});
