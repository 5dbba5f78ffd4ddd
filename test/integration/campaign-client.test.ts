import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import {
  campaignStatus,
  CampaignNotFoundError,
  REPORT_FORMATS,
  reportText,
  RequestRefusedError,
  type ReportRow,
} from '../../client/index.js';
import { campaignPage } from '../../client/campaign-summary.js';
import { CAMPAIGN_LANE_WORKFLOW, campaignWorkflowId, laneWorkflowId } from '../../contract/names.js';
import { SEARCH_ATTRIBUTES } from '../../contract/search-attributes.js';
import { startStack, type Stack } from '../harness.js';

const PROVIDER = 'aws-fsx';

describe('campaigns through the client', { timeout: 300_000 }, () => {
  let stack: Stack;

  before(async () => {
    stack = await startStack({ everyMs: 200 });
    await stack.startWorker();
  });
  after(() => stack.close());

  async function seeded(count: number): Promise<string[]> {
    const tasks = await stack.simulator.seed({ provider: PROVIDER, state: 'running', count });
    return tasks.map(({ ids }) => `${PROVIDER}://sim/${ids['taskId']}`);
  }

  async function rowsOf(report: AsyncIterable<ReportRow>): Promise<ReportRow[]> {
    const rows = [];
    for await (const row of report) rows.push(row);
    return rows;
  }

  it('are started from a list, told of, and reported target by target', async () => {
    const targets = await seeded(60);
    const campaign = await stack.quiesce.campaigns.start({ targets }, { reason: 'a test' });
    const result = await campaign.result();
    assert.deepEqual(result.verdicts, { canceled: 60 });
    const rows = await rowsOf(campaign.report());
    assert.deepEqual(rows.map(({ task }) => task).toSorted(), targets.toSorted());
    const progress = await campaign.live();
    const { phase, asked, etaMs, verdicts } = campaignStatus(progress, Date.now());
    assert.deepEqual([phase, asked, etaMs, verdicts], ['ended', 60, 0, result.verdicts]);
    for (const format of REPORT_FORMATS) {
      let text = '';
      for await (const piece of reportText(campaign.report(), progress, format)) text += piece;
      // Markdown is for people: it names those alone that need one.
      assert.equal(text.match(/aws-fsx:\/\/sim\//g)?.length ?? 0, format === 'md' ? 0 : 60, format);
    }
    assert.ok(rows.every(({ state, clientToken }) => state === 'canceled' && clientToken?.length === 64));
    const [found] = await rowsOf(stack.quiesce.campaigns.find(targets[7] ?? '', { limit: 1 }));
    assert.equal(found?.campaign, campaign.id);
  });

  it('are one campaign where the id is the same', async () => {
    const targets = await seeded(3);
    const first = await stack.quiesce.campaigns.start(
      { targets: [...targets, ...targets] },
      { id: 'twice', reason: 'a test' },
    );
    const second = await stack.quiesce.campaigns.start(
      { targets: [...targets, ...targets] },
      { id: 'twice', reason: 'a test' },
    );
    assert.deepEqual([first.attached, second.attached], [false, true]);
    assert.equal((await second.result()).targets, 3);
  });

  it('end without an ask when a target is none, or there are too many', async () => {
    const targets = await seeded(3);
    const list = [...targets, 'nonsense'];
    const bad = stack.quiesce.campaigns.start({ targets: list }, { id: 'bad', reason: 'a test' });
    await assert.rejects(bad, /no task URI/);
    await assert.rejects(stack.quiesce.campaigns.get('bad').progress(), CampaignNotFoundError);
    const streamed = stack.quiesce.campaigns.start(
      { targets: list.values() },
      { id: 'streamed', reason: 'a test' },
    );
    await assert.rejects(streamed, /no task URI/);
    assert.equal((await stack.quiesce.campaigns.get('streamed').result()).end, 'aborted');
    const many = stack.quiesce.campaigns.start({ targets }, { reason: 'a test', maxTargets: 2 });
    await assert.rejects(many, RequestRefusedError);
    for (const uri of targets) assert.deepEqual(await rowsOf(stack.quiesce.campaigns.find(uri)), []);
    const summary = await stack.simulator.tasks({ provider: PROVIDER });
    const asked = summary.filter(
      ({ ids, cancelRequestedAt }) =>
        cancelRequestedAt && targets.some((uri) => uri.endsWith(ids['taskId'] ?? '-')),
    );
    assert.deepEqual(asked, []);
  });

  it('say of which connections they are, and are listed a page at a time', async () => {
    const { campaigns } = stack.quiesce;
    const [first = '', second = ''] = await seeded(2);
    const options = { reason: 'a test', requestedBy: 'pager', connections: ['sim', 'other'] };
    const { connections, ...plain } = options;
    const listed = await campaigns.start({ targets: [first, second] }, plain);
    const streamed = await campaigns.start({ targets: [first].values(), connections }, plain);
    const unknown = await campaigns.start({ targets: [second].values() }, plain);
    const told = [listed, streamed, unknown].map(async (handle) => (await handle.summary()).connections);
    assert.deepEqual(await Promise.all(told), [['sim'], ['sim', 'other'], undefined]);
    for (const handle of [listed, streamed, unknown]) await handle.result();

    // Visibility is seconds behind.
    const filter = { requestedBy: 'pager', running: false };
    const page = (size: number, token?: Uint8Array) =>
      campaignPage(stack.client, filter, { size, ...(token !== undefined && { token }) });
    while ((await page(9)).items.length < 3) await sleep(100);
    const first2 = await page(2);
    assert.ok(first2.nextPageToken !== undefined);
    const rest = await page(2, first2.nextPageToken);
    const ids = [...first2.items, ...rest.items].map(({ id }) => id);
    assert.deepEqual(ids.toSorted(), [listed, streamed, unknown].map(({ id }) => id).toSorted());
    assert.equal(rest.nextPageToken, undefined);
  });

  it('are not found where there is none', async () => {
    await assert.rejects(stack.quiesce.campaigns.get('nowhere').progress(), CampaignNotFoundError);
    await assert.rejects(stack.quiesce.campaigns.get('nowhere').summary(), CampaignNotFoundError);
  });

  it('are done again for what was left undone', async () => {
    const targets = await seeded(40);
    const first = await stack.quiesce.campaigns.start({ targets }, { reason: 'a test', callsPerSecond: 4 });
    for await (const { calls } of first.watch({ everyMs: 50 })) if (calls.asks >= 2) break;
    await first.abort({ by: 'tester', reason: 'enough' });
    const { verdicts } = await first.result();
    assert.ok((verdicts['left-alone'] ?? 0) > 0);
    assert.equal((verdicts['left-alone'] ?? 0) + (verdicts.canceled ?? 0), 40);
    const second = await stack.quiesce.campaigns.retry(first.id, { reason: 'the rest' });
    assert.deepEqual((await second.result()).verdicts, { canceled: verdicts['left-alone'] });
  });

  it('are done again for what was refused, once it is permitted', async () => {
    const targets = await seeded(6);
    const [denied = ''] = targets.map((uri) => uri.split('/').at(-1));
    const fault = await stack.simulator.fault({
      kind: 'error',
      status: 400,
      code: 'AccessDeniedException',
      times: 'always',
      match: { operation: 'CancelDataRepositoryTask', taskIds: [denied] },
    });
    const first = await stack.quiesce.campaigns.start({ targets }, { reason: 'a test' });
    assert.deepEqual((await first.result()).verdicts, { canceled: 5, refused: 1 });
    await stack.simulator.clearFault(fault);
    const second = await stack.quiesce.campaigns.retry(first.id, { reason: 'permitted now' });
    assert.deepEqual((await second.result()).verdicts, { canceled: 1 });
    const [row, ...others] = await rowsOf(second.report());
    assert.deepEqual([row?.task, others], [targets[0], []]);
  });

  it('are told of in the UI, and their lanes are found by a Search Attribute', async () => {
    const targets = await seeded(3);
    const campaign = await stack.quiesce.campaigns.start({ targets }, { id: 'shown', reason: 'quarter end' });
    await campaign.result();
    const lanes = (await campaign.progress()).lanes.numbers.map((number) => laneWorkflowId('shown', number));
    const query = `WorkflowType = '${CAMPAIGN_LANE_WORKFLOW}' AND ${SEARCH_ATTRIBUTES.campaign} = 'shown'`;
    const found: string[] = [];
    while (found.length < lanes.length) {
      found.length = 0;
      for await (const { workflowId } of stack.client.workflow.list({ query })) found.push(workflowId);
    }
    assert.deepEqual(found.toSorted(), lanes.toSorted());
    for (const [workflowId, details] of [
      [campaignWorkflowId('shown'), /quarter end[^]*canceled/],
      [lanes[0] ?? '', /canceled/],
    ] as const) {
      const workflow = stack.client.workflow.getHandle(workflowId);
      const { currentDetails } = await workflow.query<{ currentDetails: string }>(
        '__temporal_workflow_metadata',
      );
      assert.match(currentDetails, details);
    }
  });

  it('ask nothing that is being canceled already', async () => {
    const targets = await seeded(80);
    await stack.simulator.settings({ provider: PROVIDER, delays: { cancelingMs: 1_000 } });
    const single = await stack.quiesce.cancel(targets[0] ?? '');
    const both = await Promise.all(
      ['one', 'other'].map((id) => stack.quiesce.campaigns.start({ targets }, { id, reason: 'a test' })),
    );
    for (const campaign of both) assert.deepEqual((await campaign.result()).verdicts, { canceled: 80 });
    assert.equal((await single.verdict()).verdict, 'canceled');
    const calls = await stack.simulator.calls({ provider: PROVIDER, operation: 'CancelDataRepositoryTask' });
    const ids = targets.map((uri) => uri.split('/').at(-1) ?? '');
    const asked = calls.flatMap(({ taskIds }) => taskIds).filter((id) => ids.includes(id));
    assert.deepEqual(asked.toSorted(), ids.toSorted());
  });

  it('start a plan from which as much has moved on as may, and no more', async () => {
    const planned = async (count: number, maxDrift: number) => {
      const targets = await seeded(count);
      const campaign = await stack.quiesce.campaigns.plan({ targets }, { reason: 'a test', maxDrift });
      await campaign.planned();
      await (await stack.quiesce.cancel(targets[0] ?? '')).verdict();
      return campaign;
    };
    // A sixth is more than the default, a fortieth less.
    const lenient = await planned(6, 0.5);
    await lenient.start({ by: 'tester' });
    assert.equal((await lenient.result()).end, 'done');
    const strict = await planned(40, 0.01);
    await assert.rejects(
      strict.start({ by: 'tester' }),
      /1 of the targets is no longer as the plan saw it, and/,
    );
    await strict.abort({ by: 'tester', reason: 'a test' });
  });

  it('plan first, and start when somebody says so, unless the world has moved on', async () => {
    const targets = await seeded(20);
    const campaign = await stack.quiesce.campaigns.plan(
      { targets },
      { reason: 'a test', protect: [targets[0] ?? ''] },
    );
    const planned = await campaign.planned();
    assert.equal(planned?.phase, 'planned');
    const { wouldCancel, protected: kept, estimates } = planned?.plan ?? {};
    assert.deepEqual([wouldCancel, kept, estimates?.[0]?.asks], [19, 1, 19]);

    // Two of twenty are canceled by somebody else meanwhile: more than a twentieth.
    for (const uri of targets.slice(1, 3)) await (await stack.quiesce.cancel(uri)).verdict();
    await assert.rejects(
      campaign.start({ by: 'tester' }),
      /2 of the targets are no longer as the plan saw them/,
    );
    assert.equal((await campaign.progress()).plan?.wouldCancel, 17);
    await campaign.start({ by: 'tester' });
    assert.deepEqual((await campaign.result()).verdicts, { protected: 1, canceled: 19 });
  });

  it('gather what a selector finds', async () => {
    const seeds = await stack.simulator.seed({ provider: PROVIDER, state: 'running', count: 7 });
    const [first] = seeds;
    assert.ok(first !== undefined);
    const selectors = [{ connection: 'sim', provider: PROVIDER }];
    const campaign = await stack.quiesce.campaigns.start({ selectors }, { reason: 'all that runs' });
    const { verdicts } = await campaign.result();
    assert.ok((verdicts.canceled ?? 0) >= 7, JSON.stringify(verdicts));
  });
});
