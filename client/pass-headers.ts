import { context, propagation, SpanKind, SpanStatusCode, trace } from '@opentelemetry/api';
import type { WorkflowClientInterceptor } from '@temporalio/client';
import { defaultPayloadConverter, type Payload } from '@temporalio/common';
import { REQUEST_ID_HEADER, TRACE_HEADER } from '../contract/headers.js';
import { CANCEL_CAMPAIGN_WORKFLOW, CANCEL_TASK_WORKFLOW } from '../contract/names.js';
import { requestScope } from './request-scope.js';

const TRACED: ReadonlySet<string> = new Set([CANCEL_TASK_WORKFLOW, CANCEL_CAMPAIGN_WORKFLOW]);

/**
 * Gives what is started the trace that the caller is in, where the process has OpenTelemetry set up, and the id of the HTTP request.
 * Without them nothing is added.
 */
export const passHeaders: WorkflowClientInterceptor = {
  startWithDetails(input, next) {
    const { workflowType, options } = input;
    if (!TRACED.has(workflowType)) return next(input);
    const attributes = { temporalWorkflowId: options.workflowId };
    const how = { kind: SpanKind.CLIENT, attributes };
    return trace.getTracer('quiesce').startActiveSpan(`StartWorkflow:${workflowType}`, how, async (span) => {
      try {
        const started = await next({ ...input, headers: { ...input.headers, ...headersHere() } });
        span.setAttribute('run_id', started.runId);
        return started;
      } catch (thrown) {
        span.setStatus({ code: SpanStatusCode.ERROR });
        throw thrown;
      } finally {
        span.end();
      }
    });
  },
};

function headersHere(): Record<string, Payload> {
  const carrier: Record<string, string> = {};
  propagation.inject(context.active(), carrier);
  const requestId = requestScope.getStore()?.requestId;
  return {
    ...(carrier['traceparent'] !== undefined && { [TRACE_HEADER]: toPayload(carrier) }),
    ...(requestId !== undefined && { [REQUEST_ID_HEADER]: toPayload(requestId) }),
  };
}

function toPayload(value: unknown): Payload {
  return defaultPayloadConverter.toPayload(value);
}
