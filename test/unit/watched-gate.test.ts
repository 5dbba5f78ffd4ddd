import assert from 'node:assert/strict';
import { after, before, beforeEach, describe, it } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { context, SpanKind, SpanStatusCode, trace } from '@opentelemetry/api';
import { AsyncLocalStorageContextManager } from '@opentelemetry/context-async-hooks';
import { InMemorySpanExporter, SimpleSpanProcessor, TracerProvider } from '@opentelemetry/sdk-trace';
import type { MetricMeter, MetricTags } from '@temporalio/common';
import { ConnectionMetrics } from '../../activities/connection-metrics.js';
import { HeldBackError } from '../../activities/held-back-error.js';
import { inTraceOf, traceHere } from '../../activities/shared-trace.js';
import { watchedGate } from '../../activities/watched-gate.js';
import { OPEN_GATE, type CallGate } from '../../providers/call-gate.js';
import { ProviderError } from '../../providers/provider.js';
import { passTimeFast } from './pass-time-fast.js';

const LABELS = { connection: 'prod', provider: 'aws-fsx' };
const REFUSED = new ProviderError('denied', 'AccessDenied', 'the key is secret', { requestId: 'r-1' });
const HELD_BACK = new HeldBackError('throttled', 'QuotaShare', 'others are ahead', 1_000);
const never = new AbortController().signal;

type Told = [metric: string, value: number, tags: MetricTags];

type Made = [metric: string, valueType: string, unit: string | undefined];

/** Temporal's meter, of which all is kept that it is told. */
function keptMeter(told: Told[], made: Made[] = [], tags: MetricTags = {}): MetricMeter {
  const make = (...[name, valueType, unit, description]: [...Made, string | undefined]) => {
    assert.match(description ?? '', /^[A-Z].*\.$/);
    made.push([name, valueType, unit]);
    return tell(name);
  };
  const tell = (name: string) => (value: number, more?: MetricTags) =>
    void told.push([name, value, { ...tags, ...more }]);
  const withTags = (): never => assert.fail('tags are told with a value');
  return {
    createCounter: (name, unit, description) => {
      const add = make(name, 'int', unit, description);
      return { name, kind: 'counter', valueType: 'int', add, withTags };
    },
    createHistogram: (name, valueType = 'int', unit, description) => {
      const record = make(name, valueType, unit, description);
      return { name, kind: 'histogram', valueType, record, withTags };
    },
    createGauge: () => assert.fail('there is none'),
    withTags: (more) => keptMeter(told, made, { ...tags, ...more }),
  };
}

/** Keeps each call waiting, and lets it be made. */
const slowGate: CallGate = {
  async pass(operation, signal, call) {
    await sleep(30);
    return OPEN_GATE.pass(operation, signal, call);
  },
};

/** Makes no call. */
const shutGate = (thrown: Error): CallGate => ({ pass: () => Promise.reject(thrown) });

function watched(gate: CallGate) {
  const told: Told[] = [];
  const metrics = new ConnectionMetrics(keptMeter(told), LABELS);
  const measured = watchedGate(gate, metrics, LABELS);
  const call = (answer: unknown) =>
    measured.pass('Cancel', never, async () => {
      await sleep(20);
      if (answer instanceof Error) throw answer;
      return answer;
    });
  return { told, call, metrics };
}

const tags = (more: MetricTags = {}) => ({ ...LABELS, operation: 'Cancel', ...more });
const WAITED: Told = ['quiesce_limiter_wait', 0.03, tags()];
const TOOK: Told = ['quiesce_vendor_call_duration', 0.02, tags()];

describe('what is measured of a call', () => {
  passTimeFast();

  it('is how long it waited and took, and that it was answered', async () => {
    const { told, call } = watched(slowGate);
    assert.equal(await call('done'), 'done');
    const counted: Told = ['quiesce_vendor_calls', 1, tags({ outcome: 'ok', code: '' })];
    assert.deepEqual(told, [WAITED, TOOK, counted]);
  });

  it('is the vendor’s code where it answered with an error', async () => {
    for (const error of [REFUSED, HELD_BACK]) {
      const { told, call } = watched(slowGate);
      await assert.rejects(call(error), error);
      const { kind: outcome, code } = error;
      assert.deepEqual(told, [WAITED, TOOK, ['quiesce_vendor_calls', 1, tags({ outcome, code })]]);
    }
  });

  it('is that it was held back where it was not made, and nothing where it was given up before', async () => {
    const { told, call } = watched(shutGate(HELD_BACK));
    await assert.rejects(call('done'), HELD_BACK);
    const outcome = { outcome: 'throttled', code: 'QuotaShare' };
    assert.deepEqual(told, [['quiesce_held_back_calls', 1, tags(outcome)]]);
    for (const thrown of [REFUSED, new Error('ours')]) {
      const left = watched(shutGate(thrown));
      await assert.rejects(left.call('done'), thrown);
      assert.deepEqual(left.told, []);
    }
  });

  it('is nothing of the answer where the fault is ours', async () => {
    const { told, call } = watched(slowGate);
    const ours = new TypeError('ours');
    await assert.rejects(call(ours), ours);
    assert.deepEqual(told, [WAITED]);
  });

  it('has labels of words that look like codes, and of so many', () => {
    const { told, metrics } = watched(slowGate);
    const codeOf = (code: string) => {
      metrics.heldBack('Cancel', new ProviderError('unrecognized', code, ''));
      return told.at(-1)?.[2]['code'];
    };
    const longest = 'A'.repeat(80);
    for (const code of ['', '0106', 'SFS.TURBO.0106', 'a:b-c_d', longest]) assert.equal(codeOf(code), code);
    for (const code of [`${longest}A`, '.a', 'a b', '<html>', 'a\n']) assert.equal(codeOf(code), 'other');
    for (let n = 5; n <= 100; n++) assert.equal(codeOf(`c${n}`), `c${n}`);
    assert.deepEqual([codeOf('c101'), codeOf('c100')], ['other', 'c100']);
  });

  it('has its unit, and a sentence that says what it is', () => {
    const made: Made[] = [];
    assert.ok(new ConnectionMetrics(keptMeter([], made), LABELS));
    assert.deepEqual(made, [
      ['quiesce_vendor_calls', 'int', ''],
      ['quiesce_vendor_call_duration', 'float', 'seconds'],
      ['quiesce_limiter_wait', 'float', 'seconds'],
      ['quiesce_held_back_calls', 'int', ''],
      ['quiesce_asks', 'int', ''],
      ['quiesce_observations', 'int', ''],
    ]);
  });

  it('are the answers and what looks have shown, too', () => {
    const { told, metrics } = watched(slowGate);
    metrics.asked('accepted');
    metrics.observed({ state: 'canceling' });
    assert.deepEqual(told, [
      ['quiesce_asks', 1, { ...LABELS, answer: 'accepted' }],
      ['quiesce_observations', 1, { ...LABELS, state: 'canceling' }],
    ]);
  });
});

describe('the span of a call', () => {
  passTimeFast();
  const exporter = new InMemorySpanExporter();
  const tracer = () => trace.getTracer('test');
  /** As within an Activity, which has a span of its own. */
  const inActivity = (work: () => Promise<unknown>) =>
    tracer().startActiveSpan('Activity', (span) => work().finally(() => span.end()));
  const span = () => {
    const { name, kind, status, attributes, links } = exporter.getFinishedSpans()[0]!;
    return { name, kind, status, attributes, linked: links.map(({ context: { spanId } }) => spanId) };
  };
  const attributes = {
    'quiesce.connection': 'prod',
    'quiesce.provider': 'aws-fsx',
    'quiesce.waited_ms': 30,
  };
  const GOOD = {
    name: 'Cancel',
    kind: SpanKind.CLIENT,
    status: { code: SpanStatusCode.UNSET },
    attributes,
    linked: [],
  };

  before(() => {
    context.setGlobalContextManager(new AsyncLocalStorageContextManager().enable());
    const spanProcessors = [new SimpleSpanProcessor({ exporter })];
    trace.setGlobalTracerProvider(new TracerProvider({ spanProcessors }));
  });
  after(() => {
    trace.disable();
    context.disable();
  });
  beforeEach(() => exporter.reset());

  it('is none where there is no trace', async () => {
    assert.equal(await watched(slowGate).call('done'), 'done');
    assert.deepEqual(exporter.getFinishedSpans(), []);
  });

  it('belongs to the Activity’s, and says how long the call waited', async () => {
    assert.equal(await inActivity(() => watched(slowGate).call('done')), 'done');
    assert.deepEqual(span(), GOOD);
    const [own, activity] = exporter.getFinishedSpans();
    assert.equal(own!.instrumentationScope.name, 'quiesce');
    assert.equal(own!.parentSpanContext?.spanId, activity!.spanContext().spanId);
  });

  it('has of an error its kind, its code and the request id, and no word of its message', async () => {
    const status = { code: SpanStatusCode.ERROR };
    const error = { 'error.type': 'AccessDenied', 'quiesce.error_kind': 'denied' };
    const named = { ...error, 'quiesce.vendor_request_id': 'r-1' };
    await assert.rejects(
      inActivity(() => watched(slowGate).call(REFUSED)),
      REFUSED,
    );
    assert.deepEqual(span(), { ...GOOD, status, attributes: { ...attributes, ...named } });
    exporter.reset();
    const nameless = new ProviderError('denied', 'AccessDenied', 'no');
    await assert.rejects(
      inActivity(() => watched(slowGate).call(nameless)),
      nameless,
    );
    assert.deepEqual(span(), { ...GOOD, status, attributes: { ...attributes, ...error } });
    exporter.reset();
    const ours = new TypeError('ours');
    await assert.rejects(
      inActivity(() => watched(slowGate).call(ours)),
      ours,
    );
    assert.deepEqual(span(), { ...GOOD, status });
  });

  it('is linked to those of the others for whom the call is made', async () => {
    const spans = ['first', 'second'].map((name) => tracer().startSpan(name));
    const places = spans.map((each) => trace.setSpan(traceHere(), each));
    await inTraceOf(places, () => watched(slowGate).call('done'));
    assert.deepEqual(span().linked, [spans[1]!.spanContext().spanId]);
  });
});
