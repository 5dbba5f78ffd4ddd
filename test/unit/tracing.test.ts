import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { ROOT_CONTEXT, SpanKind } from '@opentelemetry/api';
import { SamplingDecision } from '@opentelemetry/sdk-trace';
import { formatTraceParent, parseTraceParent } from '../../contract/headers.js';
import { samplerOf } from '../../telemetry/sampler-of.js';
import { NO_TRACING, startTracing } from '../../telemetry/start-tracing.js';
import { TracingError } from '../../telemetry/tracing-error.js';

const ENDPOINT = { OTEL_EXPORTER_OTLP_ENDPOINT: 'http://127.0.0.1:4318' };
const TRACE_ID = '4bf92f3577b34da6a3ce929d0e0e4736';

describe('tracing', () => {
  for (const env of [
    {},
    { OTEL_EXPORTER_OTLP_ENDPOINT: '' },
    { ...ENDPOINT, OTEL_SDK_DISABLED: 'true' },
    { ...ENDPOINT, OTEL_TRACES_EXPORTER: 'none' },
  ])
    it(`is off with ${JSON.stringify(env)}`, async () => {
      assert.equal(await startTracing('quiesce-test', env), NO_TRACING);
    });

  for (const [env, sentence] of [
    [{ ...ENDPOINT, OTEL_EXPORTER_OTLP_PROTOCOL: 'grpc' }, /PROTOCOL is grpc; http\/protobuf/],
    [{ OTEL_TRACES_EXPORTER: 'jaeger' }, /EXPORTER is jaeger; otlp and none/],
    [{ ...ENDPOINT, OTEL_TRACES_SAMPLER: 'sometimes' }, /SAMPLER must be one of always_on, /],
    [{ ...ENDPOINT, OTEL_TRACES_SAMPLER_ARG: '2' }, /a share from 0 to 1/],
  ] as const)
    it(`says what is wrong with ${JSON.stringify(env)}`, async () => {
      await assert.rejects(startTracing('quiesce-test', env), (thrown: unknown) => {
        assert.ok(thrown instanceof TracingError);
        assert.match(thrown.message, sentence);
        return true;
      });
    });

  it('samples as it is told', () => {
    const decide = (env: Record<string, string>) =>
      samplerOf(env).shouldSample(ROOT_CONTEXT, TRACE_ID, 'a span', SpanKind.INTERNAL, {}, []).decision;
    const ratio = { OTEL_TRACES_SAMPLER: 'parentbased_traceidratio' };
    assert.equal(decide({}), SamplingDecision.RECORD_AND_SAMPLED);
    assert.equal(decide({ OTEL_TRACES_SAMPLER: 'always_off' }), SamplingDecision.NOT_RECORD);
    assert.equal(decide({ ...ratio, OTEL_TRACES_SAMPLER_ARG: '0' }), SamplingDecision.NOT_RECORD);
    assert.equal(decide({ ...ratio, OTEL_TRACES_SAMPLER_ARG: '1' }), SamplingDecision.RECORD_AND_SAMPLED);
  });

  it('reads the header that any client may have sent', () => {
    const spanId = '00f067aa0ba902b7';
    for (const isSampled of [true, false]) {
      const parent = { traceId: TRACE_ID, spanId, isSampled };
      assert.deepEqual(parseTraceParent(formatTraceParent(parent)), parent);
    }
    const wrong = [undefined, null, 'text', 7, {}, { traceparent: 7 }, { traceparent: `00-${TRACE_ID}` }];
    for (const carrier of wrong) assert.equal(parseTraceParent(carrier), undefined);
  });
});
