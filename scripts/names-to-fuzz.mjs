import { taskUri } from '../dist/contract/task.js';
import { SimulatorControl } from '../dist/simulator/control-client.js';

/** So many of what a request uses up: a cancellation is abandoned once, and a plan started once. */
const MANY = 12;
const DAY_MS = 86_400_000;
const WAVES = Array.from({ length: 6 }, (_, place) => ({ count: place + 1 }));

/**
 * Begins cancellations and campaigns that can be asked what the verbs ask; resolves to their ids and other names, by what they are for. Tasks that never
 * get past canceling keep them as they are, and each verb that ends something has its own, so that the others find theirs.
 */
export async function namesToFuzz(ask, { tasks, simulatorEndpoint }) {
  const [{ provider, connection }] = tasks;
  const simulator = new SimulatorControl(simulatorEndpoint);
  const seed = async (count, cancelingMs) => {
    const delays = { waitingMs: DAY_MS, runningMs: DAY_MS, cancelingMs };
    const seeded = await simulator.seed({ provider, count, state: 'running', delays });
    return seeded.map(({ ids }) => taskUri({ provider, connection, ids }));
  };
  const begin = async (count, path, bodyOf) => {
    const ids = [];
    while (ids.length < count) ids.push((await ask('POST', path, await bodyOf())).id);
    return ids;
  };
  const cancellation = async () => ({ task: (await seed(1, DAY_MS))[0], reason: 'to be fuzzed' });
  const campaign = async () => ({ targets: await seed(2, DAY_MS), reason: 'to be fuzzed' });
  const inWaves = async () => ({
    targets: await seed(WAVES.length, 0),
    reason: 'to be fuzzed',
    waves: WAVES,
    approveEachWave: true,
  });

  const { id, runId } = await ask('POST', '/v1/cancellations', await cancellation());
  const running = await begin(2, '/v1/campaigns', campaign);
  const [planned, ...ended] = await begin(2, '/v1/campaigns:plan', campaign);
  for (const one of ended) await ask('POST', `/v1/campaigns/${one}:abort`);
  return {
    tasks: tasks.map((task) => taskUri(task)),
    connections: [...new Set(tasks.map((task) => task.connection))],
    waits: ['0ms', '200ms', '1s', '61s'],
    cancellations: [id],
    runs: [runId],
    abandonable: await begin(MANY, '/v1/cancellations', cancellation),
    campaigns: [...running, planned, ...ended],
    running,
    ended,
    abortable: await begin(MANY, '/v1/campaigns', campaign),
    startable: await begin(MANY, '/v1/campaigns:plan', campaign),
    approvable: await begin(2, '/v1/campaigns', inWaves),
  };
}
