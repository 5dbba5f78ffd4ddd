import assert from 'node:assert/strict';
import { after, describe, it } from 'node:test';
import type { TrueTask } from '../../simulator/control-client.js';
import { startSimulator, type RunningSimulator } from '../../simulator/start-simulator.js';
import { simulatedConnections, startStack } from '../harness.js';
import { openAnother, openClouds, seedTask, truthOf, type Cloud, type SeedOptions } from './clouds.js';
import { cancel, closeWhenNothingRuns, type End } from './play.js';
import { readings } from './readings.js';

/** Short enough for a task that no cancel stops to end by itself, long before the deadline. */
const delays = { runningMs: 3_000, cancelingMs: 300 };
const DEADLINE_AFTER_MS = 30_000;

const TASKS: Readonly<Record<string, SeedOptions>> = {
  'runs, and does cancel': { delays },
  'finishes first': { delays, onCancel: 'finishFirst' },
  'has ended': { delays, state: 'completed' },
  'is canceled already': { delays, state: 'canceled' },
};

/**
 * Readings that prove nothing of some ends: a task that is gone cannot be told from the answer of something in between; a
 * row without a word on the cancel may be that of a task which was cancelled, or of one which was not; a delete that is refused
 * with a code nobody knows is shown to a person with that code, and proves nothing.
 */
const NEVER_PROVEN: readonly string[] = [
  'huawei-sfs-turbo-dir-usage showOfAbsent = "empty"',
  'huawei-sfs-turbo-data deleteOfDoing = "unlisted"',
  'huawei-sfs-turbo-dir-usage deleteOfDoing = "unlisted"',
  'alibaba-domain cancelStatusShown = "onceAsked"',
  'alibaba-domain cancelStatusShown = "never"',
];
const NO_PROOF: readonly End[] = ['Provider.unrecognized', 'unproven'];

/** A task is being deleted for less than three polls: for so long an end may be that of one on its way out. */
const stack = await startStack({ connect: simulatedConnections, everyMs: 150 });
const clouds = await openClouds(stack.simulator, stack.connections);
const simulators: RunningSimulator[] = [];
const scenes = await Promise.all(
  clouds.flatMap((cloud) => readings(cloud.simulated).map((reading) => stage(cloud, reading))),
);
await stack.startWorker(scenes.map(({ on }) => on.connection));

/** Whatever the vendor's documents leave open, a verdict comes, and it is true. */
describe('a verdict, however the vendor reads its own documents', { concurrency: 8 }, () => {
  after(async () => {
    try {
      await closeWhenNothingRuns(stack);
    } finally {
      // One that is left open keeps the process, and with it the whole run.
      await Promise.all(simulators.map((simulator) => simulator.close()));
    }
  });

  for (const { name, on } of scenes) {
    for (const [what, seed] of Object.entries(TASKS))
      it(`${name}: of a task that ${what}`, () =>
        holdVerdictToTheTruth(on, seed, NEVER_PROVEN.includes(name)));
  }
});

/** A cloud with one reading of its own. */
async function stage(cloud: Cloud, [switchName, value]: readonly [string, unknown]) {
  const simulator = await startSimulator();
  const number = simulators.push(simulator);
  const on = await openAnother(cloud, simulator, `${cloud.connection.name}-${number}`);
  await on.control.settings({ provider: cloud.definition.id, switches: { [switchName]: value } });
  return { name: `${cloud.definition.id} ${switchName} = ${JSON.stringify(value)}`, on };
}

async function holdVerdictToTheTruth(cloud: Cloud, seed: SeedOptions, isNeverProven: boolean): Promise<void> {
  const task = await seedTask(cloud, seed);
  const deadlineAfterMs = isNeverProven ? delays.runningMs : DEADLINE_AFTER_MS;
  const { end } = await cancel(stack, task, { deadlineAfterMs });
  const truth = await truthOf(cloud, task.id);
  const say = `ended ${end.kind}: ${end.why}; truly ${JSON.stringify(truth)}`;
  assert.ok(truth !== undefined, say);
  assert.ok((isNeverProven && NO_PROOF.includes(end.kind)) || isTrue(cloud, end.kind, truth), say);
}

/** Ends stay: a verdict that was true when it was told is true still. */
function isTrue({ tellsFailed }: Cloud, end: End, { state, word }: TrueTask): boolean {
  const hasEnded = ['canceled', 'completed', 'failed'].includes(state);
  if (end === 'completed') return state === 'completed' || (state === 'failed' && !tellsFailed);
  if (end === 'canceled' || end === 'failed') return state === end;
  // The simulator's own word: the record is gone, whatever became of the work.
  if (end === 'deleted' || end === 'not-found') return hasEnded || word === '(gone)';
  return end === 'refused' && state !== 'canceling' && state !== 'canceled';
}
