import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { Client } from '@temporalio/client';
import { TypedSearchAttributes } from '@temporalio/common';
import { CampaignSchedules, CampaignScheduleNotFoundError } from '../../client/campaign-schedules.js';
import { Quiesce, RequestRefusedError } from '../../client/index.js';
import type { CampaignInput, CampaignResult } from '../../contract/campaign.js';
import { CANCEL_CAMPAIGN_WORKFLOW } from '../../contract/names.js';
import { searchAttributePairs } from '../../contract/search-attributes.js';
import { startStack, type Stack } from '../harness.js';

const SELECTOR = { connection: 'sim', provider: 'aws-fsx', olderThanMs: 86_400_000 };

describe('campaigns that recur, on a real Temporal server', () => {
  let stack: Stack;
  let schedules: CampaignSchedules;

  before(async () => {
    stack = await startStack({ extraArgs: ['--namespace', 'bare'] });
    schedules = new CampaignSchedules(stack.client);
  });
  after(() => stack.close());

  const nightly = (name: string) =>
    schedules.create({
      name,
      recurrence: { cron: '0 2 * * *', timeZone: 'Europe/Berlin' },
      selectors: [SELECTOR],
      reason: 'stale tasks',
      requestedBy: 'ann@host',
      options: { maxTargets: 500 },
    });

  async function list() {
    const found = [];
    for await (const schedule of schedules.list()) found.push(schedule);
    return found;
  }

  /** The server's list lags. */
  async function until(isSo: (found: Awaited<ReturnType<typeof list>>) => boolean) {
    for (const startedAt = Date.now(); Date.now() < startedAt + 60_000;) {
      const found = await list();
      if (isSo(found)) return found;
      await new Promise((resolve) => setTimeout(resolve, 100));
    }
    throw new Error(`Not so in time: ${JSON.stringify(await list())}`);
  }

  it('one that is made is listed with when it is due; what starts has the input of a campaign that asks at once', async () => {
    await nightly('nightly');
    const [schedule] = await until((found) => found.some(({ nextAt }) => nextAt !== undefined));
    assert.equal(schedule?.name, 'nightly');
    assert.equal(schedule?.recurrence, '0 2 * * * Europe/Berlin');
    assert.equal(schedule?.reason, 'stale tasks');
    assert.equal(schedule?.paused, false);
    assert.match(schedule?.nextAt ?? '', /T0[01]:00:00\.000Z$/, 'two in the morning in Berlin');
    const { action, policies } = await stack.client.schedule.getHandle('campaign/nightly').describe();
    assert.equal(action.workflowType, CANCEL_CAMPAIGN_WORKFLOW);
    assert.equal(policies.overlap, 'SKIP');
    // It is found in lists from its first moment, before a Worker has taken it.
    assert.deepEqual(
      action.typedSearchAttributes,
      new TypedSearchAttributes(searchAttributePairs({ phase: 'gathering', requestedBy: 'ann@host' })),
    );
    const [input] = action.args as [CampaignInput];
    assert.deepEqual(input, {
      reason: 'stale tasks',
      requestedBy: 'ann@host',
      selectors: [SELECTOR],
      options: { maxTargets: 500 },
      startAtOnce: true,
    });
    await schedules.delete('nightly');
  });

  it('what it starts is a campaign of its own id, which cancels what it selects and ends', async () => {
    await stack.startWorker();
    const seed = async (waitingMs: number) => {
      const delays = { waitingMs, cancelingMs: 100 };
      const [task] = await stack.simulator.seed({ provider: 'aws-fsx', state: 'running', count: 1, delays });
      return task?.id ?? assert.fail('no task');
    };
    const [old, young] = [await seed(2 * SELECTOR.olderThanMs), await seed(0)];
    await schedules.create({
      name: 'often',
      recurrence: { everyMs: 86_400_000 },
      selectors: [SELECTOR],
      reason: 'stale tasks',
      requestedBy: 'ann@host',
    });
    await stack.client.schedule.getHandle('campaign/often').trigger();
    const found = await until((all) => all.some(({ lastCampaign }) => lastCampaign !== undefined));
    const id = found[0]?.lastCampaign ?? '';
    assert.match(id, /^often-\d{4}-\d{2}-\d{2}T/);
    const result = (await stack.client.workflow.getHandle(`campaign/${id}`).result()) as CampaignResult;
    assert.equal(result.id, id);
    assert.equal(result.end, 'done');
    assert.deepEqual([result.targets, result.verdicts], [1, { canceled: 1 }]);
    const asked = (await stack.simulator.calls({ provider: 'aws-fsx' }))
      .filter(({ effect }) => effect)
      .flatMap(({ taskIds }) => taskIds);
    assert.deepEqual([asked, asked.includes(young)], [[old], false]);
    assert.equal((await new Quiesce(stack.client).campaigns.get(id).summary()).requestedBy, 'ann@host');
    await schedules.delete('often');
  });

  it('a schedule is paused with who and why, resumed, and deleted', async () => {
    await nightly('steered');
    await schedules.pause('steered', 'ann@host: migration');
    const [paused] = await until((found) => found.some((one) => one.paused));
    assert.equal(paused?.note, 'ann@host: migration');
    await schedules.resume('steered', 'ann@host');
    await until((found) => found.some((one) => one.name === 'steered' && !one.paused));
    await schedules.delete('steered');
    await until((found) => found.length === 0);
  });

  it('a namespace that lacks the Search Attributes is told as that', async () => {
    const client = new Client({ connection: stack.client.connection, namespace: 'bare' });
    const making = new CampaignSchedules(client).create({
      name: 'early',
      recurrence: { everyMs: 86_400_000 },
      selectors: [SELECTOR],
      reason: 'stale tasks',
    });
    await assert.rejects(making, { name: 'NotSetUpError', message: /run `quiesce setup` once/ });
  });

  it('a name that is taken, no name, a cron that is none and a schedule nobody made are each told in a sentence', async () => {
    await nightly('twice');
    await assert.rejects(nightly('twice'), {
      name: RequestRefusedError.name,
      message: /^There is a schedule twice already;/,
    });
    await assert.rejects(nightly('No/Name'), /"No\/Name" is no name for a schedule: at most 63/);
    const recurrence = { cron: '99 2 * * *' };
    await assert.rejects(
      schedules.create({ name: 'wrong', recurrence, selectors: [SELECTOR], reason: 'x' }),
      (error: Error) =>
        error instanceof RequestRefusedError &&
        error.message.startsWith('Temporal does not take the schedule wrong: '),
    );
    const options = { protect: Array.from({ length: 400 }, (_, place) => `task-${place}`.padEnd(22, '0')) };
    await assert.rejects(
      schedules.create({
        name: 'much',
        recurrence: { everyMs: 86_400_000 },
        selectors: [SELECTOR],
        reason: 'x',
        options,
      }),
      /^RequestRefusedError: protect may have 8000 bytes/,
    );
    await assert.rejects(schedules.pause('none', ''), CampaignScheduleNotFoundError);
    await assert.rejects(schedules.resume('none', ''), CampaignScheduleNotFoundError);
    await assert.rejects(schedules.delete('none'), CampaignScheduleNotFoundError);
    await schedules.delete('twice');
  });
});
