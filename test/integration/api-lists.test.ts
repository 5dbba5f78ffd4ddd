import assert from 'node:assert/strict';
import { mkdtemp, readdir, rm, stat } from 'node:fs/promises';
import { request as httpRequest, type ClientRequest } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { after, before, describe, it } from 'node:test';
import { SCOPES } from '../../api/caller.js';
import { CANCEL_CAMPAIGN_WORKFLOW } from '../../contract/names.js';
import { slugOf, startApi, type Answer, type RunningApi } from '../api-server.js';
import { startStack, type Stack } from '../harness.js';

const NDJSON = 'application/x-ndjson';
/** Who calls says so itself: it is not who calls that is tested here. */
const CALLER = 'x-test-caller';
const ROW = '"aws-fsx://sim/task-0123456789abcdef0"\n';
const OF_ONE = 8;
const OF_ALL = 16;

/** Without a Worker, so that those whose turn it is are at it for ten seconds. */
describe('lists of targets over HTTP', { timeout: 120_000 }, () => {
  let stack: Stack;
  let api: RunningApi;
  let folder = '';

  before(async () => {
    // Of its own: others may leave something in that of all.
    folder = await mkdtemp(join(tmpdir(), 'api-lists-'));
    process.env['TMPDIR'] = folder;
    stack = await startStack();
    api = await startApi(stack, {
      authenticate: ({ headers }) => Promise.resolve({ name: String(headers[CALLER]), scopes: SCOPES }),
    });
  });
  after(async () => {
    await api?.close();
    await stack?.close();
    await rm(folder, { recursive: true });
  });

  const requestTo = (caller: string) =>
    ({ method: 'POST', headers: { 'content-type': NDJSON, [CALLER]: caller } }) as const;

  function begun(caller: string): ClientRequest {
    const sending = httpRequest(`${api.url}/v1/campaigns?reason=x`, requestTo(caller));
    sending.on('error', () => {});
    sending.write(ROW);
    return sending;
  }

  async function post(caller: string, body: string): Promise<Answer<Record<string, unknown>>> {
    const { status, headers, ...answer } = await fetch(`${api.url}/v1/campaigns?reason=x`, {
      ...requestTo(caller),
      body,
    }).then(async (got) => ({ status: got.status, headers: got.headers, text: await got.text() }));
    return { status, headers, body: JSON.parse(answer.text) as Record<string, unknown> };
  }

  const spools = async () => (await readdir(folder)).filter((name) => name.startsWith('quiesce-targets-'));

  async function untilSpooled(count: number): Promise<void> {
    while ((await spools()).length !== count) await sleep(20);
  }

  async function untilLeft(count: number): Promise<void> {
    while ((await spools()).length > count) await sleep(20);
  }

  async function untilArrived(count: number): Promise<void> {
    await untilSpooled(count);
    for (const name of await spools())
      while ((await stat(join(folder, name, 'targets')).catch(() => ({ size: 0 }))).size === 0)
        await sleep(20);
  }

  async function campaigns(): Promise<number> {
    return (await stack.client.workflow.count(`WorkflowType = '${CANCEL_CAMPAIGN_WORKFLOW}'`)).count;
  }

  it('are not begun, and do not wait, once their sender has hung up', async () => {
    const first = Promise.all([post('ann', ROW), post('ann', ROW)]);
    await untilArrived(2);
    while ((await campaigns()) < 2) await sleep(20);
    const waiting = begun('ann');
    waiting.end();
    await untilArrived(3);
    const leftAtMs = performance.now();
    waiting.destroy();
    await untilLeft(2);
    const waitedMs = performance.now() - leftAtMs;
    assert.ok(waitedMs < 2_000, `It has waited for ${waitedMs} ms.`);
    for (const answer of await first) assert.equal(slugOf(answer), 'no-worker');
    await untilLeft(0);
    // Those whose turn comes next are begun.
    assert.equal(slugOf(await post('ann', ROW)), 'no-worker');
    while ((await campaigns()) < 3) await sleep(20);
    await sleep(500);
    assert.equal(await campaigns(), 3);
  });

  it('are refused where too many are taken in already, of a caller or of all', async (context) => {
    const arriving = Array.from({ length: OF_ONE }, () => begun('ann'));
    context.after(() => arriving.forEach((sending) => sending.destroy()));
    await untilSpooled(OF_ONE);
    const isRefused = async (caller: string) => {
      const { status, headers, body } = await post(caller, 'nonsense\n');
      if (status === 429) assert.ok(Number(headers.get('retry-after')) > 0);
      else assert.equal(status, 400, JSON.stringify(body));
      return status === 429;
    };
    assert.deepEqual([await isRefused('ann'), await isRefused('bob')], [true, false]);
    arriving.push(...Array.from({ length: OF_ALL - OF_ONE }, () => begun('bob')));
    await untilSpooled(OF_ALL);
    assert.equal(await isRefused('eve'), true);
    for (const sending of arriving) sending.destroy();
    await untilLeft(0);
    assert.deepEqual([await isRefused('ann'), await isRefused('eve')], [false, false]);
  });
});
