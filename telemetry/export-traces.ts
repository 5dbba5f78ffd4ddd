import { context, propagation, ROOT_CONTEXT, SpanStatusCode, trace, TraceFlags } from '@opentelemetry/api';
import { AsyncLocalStorageContextManager } from '@opentelemetry/context-async-hooks';
import { getNumberFromEnv, W3CTraceContextPropagator } from '@opentelemetry/core';
import { OTLPTraceExporter } from '@opentelemetry/exporter-trace-otlp-proto';
import {
  defaultResource,
  detectResources,
  envDetector,
  resourceFromAttributes,
} from '@opentelemetry/resources';
import {
  BatchSpanProcessor,
  RandomIdGenerator,
  TracerProvider,
  type IdGenerator,
} from '@opentelemetry/sdk-trace';
import type { WorkflowSpan } from '../contract/headers.js';
import { samplerOf } from './sampler-of.js';
import type { Env, Tracing } from './start-tracing.js';
import { TracingError } from './tracing-error.js';

const STOPPED_WITHIN_MS = 5_000;
const TRACER = 'quiesce';

/** For one process: what it registers is global, and is to be called once. @throws TracingError */
export function exportTraces(service: string, env: Env): Tracing {
  checkExporter(env);
  const ids = new ChosenIds();
  const provider = new TracerProvider({
    resource: defaultResource()
      .merge(resourceFromAttributes({ 'service.name': service }))
      .merge(detectResources({ detectors: [envDetector] })),
    sampler: samplerOf(env),
    idGenerator: ids,
    spanProcessors: [new BatchSpanProcessor({ exporter: new OTLPTraceExporter(), ...batchSettings() })],
  });
  context.setGlobalContextManager(new AsyncLocalStorageContextManager().enable());
  propagation.setGlobalPropagator(new W3CTraceContextPropagator());
  trace.setGlobalTracerProvider(provider);
  const tracer = provider.getTracer(TRACER);
  return {
    workflowEnded({ workflowType, workflowId, runId }, span) {
      const startTime = span.startedAtMs;
      const attributes = { temporalWorkflowId: workflowId, run_id: runId, 'quiesce.outcome': span.outcome };
      ids.next = span.spanId;
      const ended = tracer.startSpan(
        `RunWorkflow:${workflowType}`,
        { startTime, attributes },
        parentOf(span),
      );
      if (span.outcome === 'failed') ended.setStatus({ code: SpanStatusCode.ERROR });
      ended.end(span.endedAtMs);
    },
    async stop() {
      const late = new Promise((resolve) => setTimeout(resolve, STOPPED_WITHIN_MS).unref());
      // A backend that is away must not keep a Worker from ending well.
      await Promise.race([provider.shutdown().catch(() => {}), late]);
    },
  };
}

/** Draws ids, but for a span whose id is known. */
class ChosenIds implements IdGenerator {
  next: string | undefined;
  readonly #random = new RandomIdGenerator();

  generateTraceId(): string {
    return this.#random.generateTraceId();
  }

  generateSpanId(): string {
    const chosen = this.next ?? this.#random.generateSpanId();
    this.next = undefined;
    return chosen;
  }
}

function parentOf({ parent: { traceId, spanId } }: WorkflowSpan) {
  // Of one that is not sampled, nothing is told.
  return trace.setSpanContext(ROOT_CONTEXT, {
    traceId,
    spanId,
    traceFlags: TraceFlags.SAMPLED,
    isRemote: true,
  });
}

function checkExporter(env: Env): void {
  const exporter = env['OTEL_TRACES_EXPORTER'] ?? '';
  if (exporter !== '' && exporter !== 'otlp')
    throw new TracingError(`OTEL_TRACES_EXPORTER is ${exporter}; otlp and none are supported.`);
  const protocol = env['OTEL_EXPORTER_OTLP_TRACES_PROTOCOL'] ?? env['OTEL_EXPORTER_OTLP_PROTOCOL'] ?? '';
  if (protocol !== '' && protocol !== 'http/protobuf')
    throw new TracingError(
      `OTEL_EXPORTER_OTLP_PROTOCOL is ${protocol}; http/protobuf, which collectors take on port 4318, is supported.`,
    );
}

/** Of https://opentelemetry.io/docs/specs/otel/configuration/sdk-environment-variables/#batch-span-processor */
function batchSettings() {
  const settings = {
    scheduledDelayMillis: getNumberFromEnv('OTEL_BSP_SCHEDULE_DELAY'),
    exportTimeoutMillis: getNumberFromEnv('OTEL_BSP_EXPORT_TIMEOUT'),
    maxQueueSize: getNumberFromEnv('OTEL_BSP_MAX_QUEUE_SIZE'),
    maxExportBatchSize: getNumberFromEnv('OTEL_BSP_MAX_EXPORT_BATCH_SIZE'),
  };
  return Object.fromEntries(Object.entries(settings).filter(([, value]) => value !== undefined));
}
