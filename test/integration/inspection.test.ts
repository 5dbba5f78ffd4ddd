import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { read } from '../deploy-files.js';
import { seedTask } from '../api-server.js';
import { startStack, type Stack } from '../harness.js';

const PAGE = 'docs/inspection.md';
/** Whatever stands there as code and compares an attribute. */
const QUERY = /`([^`\n]*\b(?:WorkflowType|ExecutionStatus|Quiesce[A-Z]\w+)(?: ?[=<>]| IN )[^`\n]*)`/g;
const QUERIES = Array.from(read(PAGE).matchAll(QUERY), ([, query = '']) => query);
/** Those of its tables, by what they are said to find. */
const NAMED = new Map(
  Array.from(read(PAGE).matchAll(/^\| ([a-z' ,]+) \| `(.+)` \|$/gm), ([, what = '', query = '']) => [
    what,
    query,
  ]),
);

describe(`the queries of ${PAGE}`, { timeout: 300_000 }, () => {
  let stack: Stack;

  before(async () => {
    stack = await startStack();
    await stack.startWorker();
  });
  after(() => stack.close());

  /** Visibility is behind by a moment. */
  async function untilFound(query: string, ids: readonly string[]): Promise<void> {
    let found: string[] = [];
    for (let tries = 0; tries < 120; tries++) {
      found = [];
      for await (const { workflowId } of stack.client.workflow.list({ query })) found.push(workflowId);
      if (found.toSorted().join() === ids.toSorted().join()) return;
      await sleep(250);
    }
    assert.deepEqual(found.toSorted(), ids.toSorted(), query);
  }

  it('are taken by the server, every one', async () => {
    assert.ok(QUERIES.length > 10 && NAMED.size > 8, QUERIES.join('\n'));
    const tables = new Set(NAMED.values());
    assert.ok(QUERIES.some((query) => !tables.has(query)));
    for (const query of new Set([...QUERIES, ...NAMED.values()]))
      await assert.doesNotReject(stack.client.workflow.count(query), query);
    await assert.rejects(stack.client.workflow.count("QuiesceVerdit='canceled'"));
  });

  it('find what they are said to', async () => {
    const { quiesce } = stack;
    const stuck = await seedTask(stack, { delays: { cancelingMs: 86_400_000 } });
    const other = await seedTask(stack, { onCancel: 'unsupported' });
    const proving = await quiesce.cancel(stuck, { requestedBy: 'ada' });
    const refused = await quiesce.cancel(other, { requestedBy: 'bob' });
    await refused.verdict();
    const campaign = await quiesce.campaigns.plan({ targets: [stuck, other] }, { reason: 'a test' });
    const query = (what: string) => NAMED.get(what) ?? assert.fail(`${what} is not in ${PAGE}`);
    await untilFound(query('under way'), [proving.id]);
    await untilFound(query('look at these'), [refused.id]);
    await untilFound(query("somebody's"), [proving.id]);
    await untilFound(query('one task, ever').replace(/QuiesceTask='[^']*'/, `QuiesceTask='${other}'`), [
      refused.id,
    ]);
    const late = query('asked to stop and not ended for an hour');
    await untilFound(
      late.replace(/StartTime<'[^']*'/, `StartTime<'${new Date(Date.now() + 60_000).toISOString()}'`),
      [proving.id],
    );
    await untilFound(query('campaigns under way'), [`campaign/${campaign.id}`]);
    await untilFound(query('plans that wait for somebody'), [`campaign/${campaign.id}`]);
    await campaign.abort({ by: 'a test', reason: 'it is over' });
    await proving.abandon({ by: 'a test', reason: 'it is over' });
  });

  it('beside them the Call Stack says as little as the page says', async () => {
    const stuck = await seedTask(stack, { delays: { cancelingMs: 86_400_000 } });
    const proving = await stack.quiesce.cancel(stuck);
    const stacks = await stack.client.workflow.getHandle(proving.id).query<string>('__stack_trace');
    const frames = stacks
      .split('\n\n')
      .map((each) => each.split('\n').filter((line) => /^\s*at /.test(line)).length);
    assert.ok(Math.max(...frames) >= 1 && Math.max(...frames) <= 2, stacks);
    await proving.abandon({ by: 'a test', reason: 'it is over' });
  });
});
