import assert from 'node:assert/strict';
import { after, describe, it } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import type { CancellationHandle } from '../../client/index.js';
import { SIMULATED_CREDENTIALS } from '../../providers/vendors/simulated-credentials.js';
import { historyTexts, simulatedConnections, startStack } from '../harness.js';
import { asksFor, openClouds, seedTask, type Cloud } from './clouds.js';
import { closeWhenNothingRuns, proven } from './play.js';

const WRONG = 'not-the-right-one';

const stack = await startStack({ connect: simulatedConnections });
const clouds = await openClouds(stack.simulator, stack.connections);
const address = { endpoint: stack.endpoint, credentials: SIMULATED_CREDENTIALS };
type Variables = readonly (readonly [name: string, value: string | undefined])[];
/** Of each provider, the variables that its credential is in. */
const credentials = clouds.map(({ definition }) =>
  Object.entries(definition.simulatedConnection(address).env),
);
const right: Readonly<Record<string, string>> = Object.fromEntries(credentials.flat());

/** Every provider's credential at once, each way one can be bad; then all are mended. */
describe('a connection whose credential is bad', { concurrency: false }, () => {
  after(() => closeWhenNothingRuns(stack));

  const ways: [string, (env: Variables) => Variables][] = [
    ['not set', (env) => env.map(([name]) => [name, undefined])],
    ['the first of it wrong', ([first]) => [[first![0], WRONG]]],
    ['the last of it wrong', (env) => [[env.at(-1)![0], WRONG]]],
  ];
  for (const [way, spoil] of ways) {
    it(`(${way}) gives no verdict, says why, and goes on once it is mended`, async () => {
      for (const [name, value] of credentials.flatMap(spoil)) {
        if (value === undefined) delete process.env[name];
        else process.env[name] = value;
      }
      // The pacing of the real cloud: no second try by itself, since a vendor may lock a key after a few.
      const worker = await stack.startWorker(
        clouds.map(({ connection, definition }) => ({ ...connection, pacing: definition.pacing })),
      );
      const waiting = await Promise.all(clouds.map((cloud) => startWaiting(cloud)));
      for (const { cloud, handle } of waiting) await isUnauthenticated(cloud, handle);
      await worker.stop();

      Object.assign(process.env, right);
      const mended = await stack.startWorker();
      for (const { cloud, handle, id } of waiting) {
        await handle.pollNow();
        const { verdict } = await handle.verdict();
        assert.ok(proven(cloud).includes(verdict), `${cloud.definition.id}: ${verdict}`);
        assert.equal((await asksFor(cloud, id)).filter(({ effect }) => effect).length, 1);
      }
      await mended.stop();
    });
  }

  it('leaves no secret in a history, a failure or a log', async () => {
    const histories = await historyTexts(stack.client);
    assert.ok(stack.logs.length > 0 && histories.length >= ways.length * clouds.length);
    const told = [...stack.logs, ...histories];
    for (const secret of [...Object.values(right), WRONG]) {
      assert.deepEqual(
        told.filter((text) => text.includes(secret)),
        [],
      );
    }
  });
});

async function startWaiting(cloud: Cloud) {
  const { id, ref } = await seedTask(cloud);
  return { cloud, id, handle: await stack.quiesce.cancel(ref, { deadlineAfterMs: 60_000 }) };
}

async function isUnauthenticated({ definition }: Cloud, handle: CancellationHandle): Promise<void> {
  for (;;) {
    const { pending, workflowStatus } = await handle.status();
    assert.equal(workflowStatus, 'RUNNING', `${definition.id}: it has ended`);
    if (pending?.lastFailure === undefined) {
      await sleep(100);
      continue;
    }
    const { type, message } = pending.lastFailure;
    assert.equal(type, 'Provider.unauthenticated', `${definition.id}: ${message}`);
    return;
  }
}
