import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { startStack, type RunningWorker, type Stack } from '../harness.js';

const ASK = 'CancelDataRepositoryTask';
const PROVIDER = 'aws-fsx';
/** Five a second: the campaign alone takes a minute. */
const QUOTA = { calls: 300, perMs: 60_000 };
const TARGETS = 300;
/** Of three hundred. Within a Worker they take turns; for one that has no share of the quota yet, a call is kept. */
const MOST_AHEAD = 25;

describe('a single cancellation beside a campaign, at their connection’s quota', { timeout: 300_000 }, () => {
  let stack: Stack;
  const workers: RunningWorker[] = [];

  before(async () => {
    stack = await startStack({ everyMs: 500, quotas: { [ASK]: QUOTA } });
  });
  after(() => stack.close());

  async function seeded(count: number): Promise<string[]> {
    const tasks = await stack.simulator.seed({ provider: PROVIDER, state: 'running', count });
    return tasks.map(({ id }) => id);
  }

  const asks = () => stack.simulator.calls({ provider: PROVIDER, operation: ASK });

  for (const count of [1, 2])
    it(`is asked for while hundreds of the campaign wait, by ${count} of its Workers`, async (t) => {
      while (workers.length < count) workers.push(await stack.startWorker());
      const [alone = '', ...many] = await seeded(TARGETS + 1);
      const targets = many.map((id) => `${PROVIDER}://sim/${id}`);
      const campaign = await stack.quiesce.campaigns.start({ targets }, { reason: 'a test' });
      const isOfIt = new Set(many);
      const countOfIt = async () =>
        (await asks()).filter(({ taskIds }) => isOfIt.has(taskIds[0] ?? '')).length;
      while ((await countOfIt()) < 10) await sleep(100);
      const [askedBefore, triggeredAtMs] = [await countOfIt(), Date.now()];
      const single = await stack.quiesce.cancel(`${PROVIDER}://sim/${alone}`);
      const askOfIt = async () => (await asks()).find(({ taskIds }) => taskIds.includes(alone));
      let ask = await askOfIt();
      for (; ask === undefined; ask = await askOfIt()) await sleep(50);
      const { number, at } = ask;
      const ahead = (await asks()).filter(
        (call) => isOfIt.has(call.taskIds[0] ?? '') && call.number < number,
      );
      const waited = ahead.length - askedBefore;
      t.diagnostic(
        `it was asked for ${Date.parse(at) - triggeredAtMs} ms after its trigger, behind ${waited} calls of the campaign, of ${TARGETS - askedBefore} that waited`,
      );
      assert.ok(waited <= MOST_AHEAD, `${waited} of the campaign went before it`);
      await campaign.abort({ by: 'tester', reason: 'it is shown' });
      await campaign.result();
      assert.equal((await single.verdict()).verdict, 'canceled');
    });
});
