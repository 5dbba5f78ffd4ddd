import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { SECRET_ENV } from '../harness.js';
import { sendTo } from '../api-server.js';
import { askedMetrics, documentedMetrics, shownMetrics } from '../asked-metrics.js';
import { startMonitored, type Monitored } from '../monitored.js';

const SESSION_TOKEN = 'session-token-that-a-vendor-echoes-in-its-error';

describe('metrics', { timeout: 300_000 }, () => {
  let monitored: Monitored;
  /** Every id of a task that was at work. */
  const ids: string[] = [];

  before(async () => {
    monitored = await startMonitored();
  });
  after(() => monitored.close());

  async function seed(request: object = {}): Promise<string> {
    const [task] = await monitored.stack.simulator.seed({
      provider: 'aws-fsx',
      state: 'running',
      ...request,
    });
    ids.push(task!.id);
    return task!.id;
  }

  /** By HTTP, to its end. */
  async function cancel(id: string, callbackUrl?: string): Promise<void> {
    const { apiUrl } = monitored;
    const task = `aws-fsx://sim/${id}`;
    const { status, body } = await sendTo<{ id: string }>(apiUrl, 'POST', '/v1/cancellations', {
      body: { task, ...(callbackUrl !== undefined && { callbackUrl }) },
    });
    assert.equal(status, 202, JSON.stringify(body));
    await sendTo(apiUrl, 'GET', `/v1/cancellations/${body.id}?wait=60s`);
  }

  /** Asks until what is shown is so; fails rather than wait for ever. */
  async function until(which: 'worker' | 'api', isSo: (text: string) => boolean): Promise<string> {
    for (let tries = 0; tries < 60; tries++) {
      const text = (await monitored.scrape())[which];
      if (isSo(text)) return text;
      await sleep(500);
    }
    throw new Error(`It is never so:\n${(await monitored.scrape())[which]}`);
  }

  /** The series of a metric, by what stands in their labels. */
  function valueOf(text: string, name: string, labels: readonly string[] = []): number {
    const lines = text.split('\n').filter((line) => new RegExp(`^${name}[{ ]`).test(line));
    const found = lines.filter((line) => labels.every((label) => line.includes(label)));
    return found.reduce((sum, line) => sum + Number(line.slice(line.lastIndexOf(' '))), 0);
  }

  it('of the Worker tell asks, looks, verdicts, vendor calls, callbacks and what the SDK knows', async () => {
    const { simulator } = monitored.stack;
    await cancel(await seed(), monitored.goneAddress);
    await cancel(await seed(), monitored.receiver.address('taken'));
    const echoing = await seed();
    await simulator.fault({
      kind: 'error',
      match: { taskIds: [echoing] },
      times: 1,
      status: 500,
      code: 'InternalServerError',
      message: `x-amz-security-token:${SESSION_TOKEN}`,
    });
    await cancel(echoing);
    const targets = [await seed(), await seed()].map((id) => `aws-fsx://sim/${id}`);
    const campaign = await monitored.stack.quiesce.campaigns.start({ targets }, { reason: 'a test' });
    await campaign.result();
    const text = await until('worker', (shown) => valueOf(shown, 'quiesce_callbacks_total') >= 2);

    const sim = ['connection="sim"', 'provider="aws-fsx"'];
    const all = [
      [3, 'quiesce_verdicts_total', [...sim, 'verdict="canceled"']],
      [3, 'quiesce_cancellation_duration_seconds_count', [...sim, 'verdict="canceled"']],
      [2, 'quiesce_campaign_outcomes_total', [...sim, 'outcome="canceled"']],
      [5, 'quiesce_asks_total', [...sim, 'answer="accepted"']],
      [1, 'quiesce_vendor_calls_total', [...sim, 'outcome="unavailable"', 'code="InternalServerError"']],
      [5, 'quiesce_vendor_calls_total', [...sim, 'CancelDataRepositoryTask', 'outcome="ok"', 'code=""']],
      [1, 'quiesce_callbacks_total', ['outcome="given-up"']],
      [1, 'quiesce_callbacks_total', ['outcome="delivered"']],
      [1, 'quiesce_callback_attempts_total', ['outcome="gone"']],
    ] as const;
    for (const [value, name, labels] of all)
      assert.equal(valueOf(text, name, labels), value, `${name} ${labels.join()}`);
    assert.ok(valueOf(text, 'quiesce_observations_total', [...sim, 'state="ended"']) >= 5);
    const calls = valueOf(text, 'quiesce_vendor_calls_total');
    for (const name of ['quiesce_vendor_call_duration_seconds_count', 'quiesce_limiter_wait_seconds_count'])
      assert.equal(valueOf(text, name), calls, name);
    assert.ok(valueOf(text, 'quiesce_worker_resident_memory_bytes') > 50e6);
    assert.equal(valueOf(text, 'quiesce_worker_memory_ceiling_bytes'), 2 ** 31);
    assert.ok(valueOf(text, 'temporal_workflow_completed_total') >= 5);
  });

  it('of the API tell what is under way, and since when', async () => {
    const id = await seed({ delays: { cancelingMs: 600_000 } });
    const handle = await monitored.stack.quiesce.cancel(`aws-fsx://sim/${id}`);
    const text = await until(
      'api',
      (shown) => valueOf(shown, 'quiesce_cancellations', ['phase="proving"']) > 0,
    );
    assert.equal(valueOf(text, 'quiesce_cancellations', ['phase="observing"', 'connection="sim"']), 0);
    const age = valueOf(text, 'quiesce_oldest_canceling_age_seconds', ['of="cancellation"']);
    const { startTime } = await monitored.stack.client.workflow.getHandle(handle.id).describe();
    assert.ok(age > 0 && age <= (Date.now() - startTime.getTime()) / 1_000, String(age));
    assert.equal(valueOf(text, 'quiesce_work_readable'), 1);
    assert.match(text, /^# TYPE quiesce_api_requests counter$/m);
    assert.match(text, /\n# EOF\n$/);
    await handle.abandon({ by: 'a test', reason: 'it is over' });
  });

  it('tell of a credential that is refused, and of the calls that it holds back', async () => {
    const { stack } = monitored;
    const id = await seed();
    await stack.simulator.fault({
      kind: 'error',
      match: { taskIds: [id] },
      times: 1,
      status: 400,
      code: 'InvalidSignatureException',
      message: 'The request signature we calculated does not match.',
    });
    await stack.quiesce.cancel(`aws-fsx://sim/${id}`);
    const refused = ['outcome="unauthenticated"', 'code="InvalidSignatureException"'];
    await until('worker', (text) => valueOf(text, 'quiesce_vendor_calls_total', refused) === 1);
    await stack.quiesce.cancel(`aws-fsx://sim/${await seed()}`);
    await until('worker', (text) => valueOf(text, 'quiesce_held_back_calls_total', refused) > 0);
  });

  it('are all there that dashboards and alerts ask for, and all ours are documented', async () => {
    const { worker, api } = await monitored.scrape();
    const shown = new Set([...shownMetrics(worker), ...shownMetrics(api)]);
    const asked = askedMetrics();
    assert.ok(asked.size > 20, [...asked].join());
    const documented = documentedMetrics();
    for (const name of asked) {
      assert.ok(shown.has(name), `${name} is asked for, and not shown`);
      assert.ok(documented.has(name), `${name} is asked for, and not in docs/metrics.md`);
    }
    const ours = [...shown].filter((name) => name.startsWith('quiesce_'));
    const listed = [...documented].filter((name) => name.startsWith('quiesce_'));
    assert.deepEqual(ours.toSorted(), listed.toSorted());
  });

  it("are OpenMetrics, and Prometheus' text for who asks for that", async () => {
    for (const url of Object.values(monitored.metricsUrls)) {
      const openMetrics = await fetch(url);
      assert.match(
        openMetrics.headers.get('content-type') ?? '',
        /^application\/openmetrics-text; version=1/,
      );
      const text = await fetch(url, { headers: { accept: 'text/plain' } });
      assert.match(text.headers.get('content-type') ?? '', /^text\/plain; version=0\.0\.4/);
      const [first, second] = [await openMetrics.text(), await text.text()];
      assert.match(first, /\n# EOF\n$/);
      assert.doesNotMatch(first, /^# TYPE \S+_total counter$|\n\n/m);
      assert.doesNotMatch(second, /# EOF/);
      const later = shownMetrics(second);
      for (const name of shownMetrics(first)) assert.ok(later.has(name), name);
    }
    const elsewhere = new URL('/other', monitored.metricsUrls.worker);
    assert.equal((await fetch(elsewhere)).status, 404);
    assert.equal((await fetch(monitored.metricsUrls.worker, { method: 'POST' })).status, 405);
  });

  it('name no task and no secret', async () => {
    const { worker, api } = await monitored.scrape();
    assert.ok(ids.length > 5 && worker.includes('sim') && api.includes('sim'), 'nothing was looked at');
    const secrets = [SESSION_TOKEN, process.env[SECRET_ENV.secret]!, monitored.receiver.secret];
    for (const word of [...ids, ...secrets, monitored.goneAddress])
      for (const text of [worker, api]) assert.equal(text.includes(word), false, word);
    const series = worker.split('\n').filter((line) => line.startsWith('quiesce_')).length;
    assert.ok(series < 400, `${series} series`);
  });
});
