import {
  propagation,
  ROOT_CONTEXT,
  SpanStatusCode,
  trace,
  type Context,
  type Span,
} from '@opentelemetry/api';
import type { Context as ActivityContext } from '@temporalio/activity';
import {
  ApplicationFailure,
  ApplicationFailureCategory,
  CancelledFailure,
  type Payload,
} from '@temporalio/common';
import type { ActivityInterceptors } from '@temporalio/worker';
import { headerValue } from '../contract/header-value.js';
import { REQUEST_ID_HEADER, TRACE_HEADER } from '../contract/headers.js';
import { taskUri, type TaskRef } from '../contract/task.js';

type Headers = Readonly<Record<string, Payload>>;

/** Each attempt of an Activity as a span of its Workflow's trace; and in each line of its log the task, the request and the trace. */
export function tracedActivity({ info }: ActivityContext): ActivityInterceptors {
  let known: Record<string, unknown> = {};
  return {
    inbound: {
      execute(input, next) {
        const { headers, args } = input;
        const requestId = headerValue(headers[REQUEST_ID_HEADER]);
        known = { ...taskOf(args[0]), ...(typeof requestId === 'string' && { requestId }) };
        const attributes = {
          temporalWorkflowId: info.workflowExecution?.workflowId ?? '',
          run_id: info.workflowExecution?.runId ?? '',
          temporalActivityId: info.activityId,
          'quiesce.attempt': info.attempt,
        };
        const name = `RunActivity:${info.activityType}`;
        return trace
          .getTracer('quiesce')
          .startActiveSpan(name, { attributes }, parentIn(headers), (span) =>
            within(span, () => next(input)),
          );
      },
    },
    outbound: {
      getLogAttributes(attributes, next) {
        const { traceId, spanId } = trace.getActiveSpan()?.spanContext() ?? {};
        return next({ ...attributes, ...known, ...(traceId !== undefined && { traceId, spanId }) });
      },
    },
  };
}

async function within(span: Span, run: () => Promise<unknown>): Promise<unknown> {
  try {
    return await run();
  } catch (thrown) {
    // A poll that has to wait, and what was given up, are no faults.
    const type = thrown instanceof ApplicationFailure ? thrown.type : undefined;
    if (type !== undefined && type !== null) span.setAttribute('quiesce.outcome', type);
    if (!isBenign(thrown)) span.setStatus({ code: SpanStatusCode.ERROR });
    throw thrown;
  } finally {
    span.end();
  }
}

function isBenign(thrown: unknown): boolean {
  if (thrown instanceof CancelledFailure) return true;
  return thrown instanceof ApplicationFailure && thrown.category === ApplicationFailureCategory.BENIGN;
}

function parentIn(headers: Headers): Context {
  const carrier = headerValue(headers[TRACE_HEADER]);
  return typeof carrier === 'object' && carrier !== null
    ? propagation.extract(ROOT_CONTEXT, carrier)
    : ROOT_CONTEXT;
}

/** The Activities of single cancellations are told of one task. */
function taskOf(input: unknown): { readonly task?: string } {
  const task = typeof input === 'object' && input !== null && 'task' in input ? input.task : undefined;
  const isRef = typeof task === 'object' && task !== null && 'provider' in task && 'ids' in task;
  return isRef ? { task: taskUri(task as unknown as TaskRef) } : {};
}
