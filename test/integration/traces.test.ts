import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { sendTo } from '../api-server.js';
import { SECRET_ENV } from '../harness.js';
import { startMonitored, type Monitored } from '../monitored.js';
import { startTraceReceiver, type SeenSpan, type TraceReceiver } from '../trace-receiver.js';

const TRACE_ID = '4bf92f3577b34da6a3ce929d0e0e4736';
const CALLER_SPAN = '00f067aa0ba902b7';
const REQUEST_ID = 'a-request-of-the-test';
const SESSION_TOKEN = 'session-token-that-a-vendor-echoes-in-its-error';

type Line = Readonly<Record<string, unknown>>;

describe('traces and logs', { timeout: 120_000 }, () => {
  let monitored: Monitored;
  let traces: TraceReceiver;
  let task: string;

  before(async () => {
    traces = await startTraceReceiver();
    monitored = await startMonitored({
      OTEL_EXPORTER_OTLP_ENDPOINT: traces.endpoint,
      OTEL_BSP_SCHEDULE_DELAY: '200',
      OTEL_RESOURCE_ATTRIBUTES: 'deployment.environment.name=test',
    });
    task = await cancelOne({ traceparent: `00-${TRACE_ID}-${CALLER_SPAN}-01`, 'x-request-id': REQUEST_ID });
  });
  after(async () => {
    await monitored.close();
    traces.close();
  });

  async function cancelOne(headers: Record<string, string>): Promise<string> {
    const { apiUrl, stack, goneAddress } = monitored;
    const [seeded] = await stack.simulator.seed({ provider: 'aws-fsx', state: 'running' });
    await stack.simulator.fault({
      kind: 'error',
      match: { taskIds: [seeded!.id] },
      times: 1,
      status: 500,
      code: 'InternalServerError',
      message: `x-amz-security-token:${SESSION_TOKEN}`,
    });
    const uri = `aws-fsx://sim/${seeded!.id}`;
    const { status, body } = await sendTo<{ id: string }>(apiUrl, 'POST', '/v1/cancellations', {
      body: { task: uri, callbackUrl: `${goneAddress}?key=${SESSION_TOKEN}` },
      headers,
    });
    assert.equal(status, 202, JSON.stringify(body));
    await sendTo(apiUrl, 'GET', `/v1/cancellations/${body.id}?wait=60s`);
    return uri;
  }

  async function until<T>(find: () => T | undefined): Promise<T> {
    for (let tries = 0; tries < 150; tries++) {
      const found = find();
      if (found !== undefined) return found;
      await sleep(200);
    }
    throw new Error(`Not heard of: ${find.toString()}\n${traces.spans.map(({ name }) => name).join('\n')}`);
  }

  const named = (name: string) => (span: SeenSpan) => span.traceId === TRACE_ID && span.name === name;

  function lines(text: string): Line[] {
    return text
      .split('\n')
      .filter((line) => line !== '')
      .map((line) => JSON.parse(line) as Line);
  }

  it('lead from the caller through request, Workflow and Activity to the vendor call, each within the one before', async () => {
    const find = (name: string) => until(() => traces.spans.find(named(name)));
    const request = await find('POST /v1/cancellations');
    const start = await find('StartWorkflow:cancelTask');
    const workflow = await find('RunWorkflow:cancelTask');
    const activity = await find('RunActivity:requestCancel');
    const call = await find('CancelDataRepositoryTask');
    assert.deepEqual(
      [request, start, workflow, activity, call].map(({ parentSpanId }) => parentSpanId),
      [CALLER_SPAN, request.spanId, start.spanId, workflow.spanId, activity.spanId],
    );
    assert.deepEqual(
      [request, start, workflow, activity, call].map(({ service }) => service),
      ['quiesce-api', 'quiesce-api', 'quiesce-worker', 'quiesce-worker', 'quiesce-worker'],
    );
    assert.equal(call.attributes['quiesce.connection'], 'sim');
    assert.equal(workflow.attributes['quiesce.outcome'], 'completed');
  });

  it('tell a failed call by its code, polls as no faults, and the callback that the end began', async () => {
    const failed = await until(() =>
      traces.spans.find(
        ({ name, attributes }) =>
          name === 'DescribeDataRepositoryTasks' && attributes['error.type'] === 'InternalServerError',
      ),
    );
    assert.ok(failed.isError);
    assert.equal(failed.traceId, TRACE_ID);
    const polls = traces.spans.filter(({ attributes }) => attributes['quiesce.outcome'] === 'StillWaiting');
    assert.ok(polls.length > 0 && polls.every(({ isError }) => !isError));
    const delivery = await until(() => traces.spans.find(named('RunWorkflow:deliverCallback')));
    const post = await until(() => traces.spans.find(named('RunActivity:postCallback')));
    assert.ok(delivery.isError && post.isError);
    assert.equal(post.parentSpanId, delivery.spanId);
  });

  it('link a call that was made for many to the others', async () => {
    const seeded = await monitored.stack.simulator.seed({ provider: 'aws-fsx', state: 'running', count: 20 });
    await Promise.all(
      seeded.map(({ id }, place) =>
        sendTo(monitored.apiUrl, 'POST', '/v1/cancellations', {
          body: { task: `aws-fsx://sim/${id}` },
          headers: { traceparent: `00-${String(place).padStart(32, 'a')}-${CALLER_SPAN}-01` },
        }),
      ),
    );
    const shared = await until(() => traces.spans.find(({ links }) => links.length > 0));
    const others = await until(() => {
      const found = traces.spans.filter(({ spanId }) => shared.links.includes(spanId));
      return found.length === shared.links.length ? found : undefined;
    });
    assert.ok(others.every(({ name }) => name.startsWith('RunActivity:')));
    assert.ok(others.every(({ traceId }) => traceId !== shared.traceId));
  });

  it('log lines name the task, the Workflow, the request and the trace', async () => {
    const ended = await until(() =>
      lines(monitored.worker.err()).find(({ msg }) => msg === 'The cancellation has ended'),
    );
    assert.equal(ended['level'], 'info');
    assert.match(String(ended['time']), /^\d{4}-\d\d-\d\dT[\d:.]+Z$/);
    assert.deepEqual(
      [ended['task'], ended['requestId'], ended['traceId'], ended['verdict']],
      [task, REQUEST_ID, TRACE_ID, 'canceled'],
    );
    assert.match(String(ended['workflowId']), /^cancel\/aws-fsx\/sim\/task-/);
    const asked = lines(monitored.worker.err()).find(({ msg }) => msg === 'The vendor was asked');
    assert.deepEqual(
      [asked?.['task'], asked?.['requestId'], asked?.['traceId'], asked?.['answer']],
      [task, REQUEST_ID, TRACE_ID, 'accepted'],
    );
    const answered = lines(monitored.api.err()).find(({ requestId }) => requestId === REQUEST_ID);
    assert.deepEqual([answered?.['level'], answered?.['status']], ['info', 202]);
  });

  it('hold no secret, and neither do the logs', async () => {
    await until(() => traces.spans.find(named('RunActivity:postCallback')));
    const told = [...traces.texts, monitored.worker.err(), monitored.api.err(), monitored.worker.out()];
    assert.ok(told.some((text) => text.includes(task)) && traces.texts.join().includes('cancel/aws-fsx'));
    for (const secret of [
      SESSION_TOKEN,
      process.env[SECRET_ENV.secret]!,
      process.env[SECRET_ENV.id]!,
      monitored.receiver.secret,
    ])
      assert.deepEqual(
        told.filter((text) => text.includes(secret)),
        [],
        secret,
      );
  });
});
