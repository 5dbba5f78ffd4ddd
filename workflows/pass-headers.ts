import { sha256 } from '@noble/hashes/sha2.js';
import { bytesToHex, utf8ToBytes } from '@noble/hashes/utils.js';
import { defaultPayloadConverter, type Payload } from '@temporalio/common';
import {
  ContinueAsNew,
  isCancellation,
  proxySinks,
  workflowInfo,
  type Sinks,
  type WorkflowInterceptors,
} from '@temporalio/workflow';
import { headerValue } from '../contract/header-value.js';
import {
  formatTraceParent,
  parseTraceParent,
  REQUEST_ID_HEADER,
  TRACE_HEADER,
  type TraceParent,
  type WorkflowSpan,
} from '../contract/headers.js';
import { taskOf } from '../contract/task-memo.js';

type Headers = Record<string, Payload>;

interface TraceSinks extends Sinks {
  trace: { ended(span: WorkflowSpan): void };
}

const SPAN_ID_LENGTH = 16;

/**
 * Passes trace and request id on to Activities and children: no command is added or moved by it, and nothing is made of a Workflow
 * that was started without them. The Workflow's own span has an id made of the run's, so that it is the same on every Worker; it
 * is told of when the run has ended.
 *
 * Own, and not @temporalio/interceptors-opentelemetry: that loads OpenTelemetry into every Workflow's sandbox, makes spans of new ids
 * after a Worker was lost, and is bound to OpenTelemetry 1.x.
 */
export const interceptors = (): WorkflowInterceptors => {
  /** For the run after this one. */
  let given: Headers = {};
  /** For Activities and children. */
  let passed: Headers = {};
  let known: Record<string, unknown> = {};
  return {
    inbound: [
      {
        execute(input, next) {
          given = only(input.headers, [TRACE_HEADER, REQUEST_ID_HEADER]);
          const parent = traceParentIn(given);
          const spanId = ownSpanId();
          passed = parent === undefined ? given : { ...given, ...traceHeader({ ...parent, spanId }) };
          known = knownFrom(given, parent);
          const running = next(input);
          if (parent?.isSampled === true) tellEnd(running, parent, spanId);
          return running;
        },
      },
    ],
    outbound: [
      {
        scheduleActivity: (input, next) => next({ ...input, headers: { ...passed, ...input.headers } }),
        startChildWorkflowExecution: (input, next) =>
          next({ ...input, headers: { ...passed, ...input.headers } }),
        continueAsNew: (input, next) => next({ ...input, headers: { ...given, ...input.headers } }),
        getLogAttributes: (attributes, next) => next({ ...attributes, ...known }),
      },
    ],
  };
};

function tellEnd(running: Promise<unknown>, parent: TraceParent, spanId: string): void {
  const startedAtMs = workflowInfo().startTime.getTime();
  const tell = (outcome: WorkflowSpan['outcome']) =>
    proxySinks<TraceSinks>().trace.ended({ parent, spanId, startedAtMs, endedAtMs: Date.now(), outcome });
  running.then(
    () => tell('completed'),
    (thrown: unknown) => tell(outcomeOf(thrown)),
  );
}

function outcomeOf(thrown: unknown): WorkflowSpan['outcome'] {
  if (thrown instanceof ContinueAsNew) return 'continued';
  return isCancellation(thrown) ? 'canceled' : 'failed';
}

function ownSpanId(): string {
  return bytesToHex(sha256(utf8ToBytes(workflowInfo().runId))).slice(0, SPAN_ID_LENGTH);
}

function knownFrom(headers: Headers, parent: TraceParent | undefined): Record<string, unknown> {
  const requestId = headerValue(headers[REQUEST_ID_HEADER]);
  const task = taskOf(workflowInfo());
  return {
    ...(task !== undefined && { task }),
    ...(typeof requestId === 'string' && { requestId }),
    ...(parent !== undefined && { traceId: parent.traceId }),
  };
}

function traceParentIn(headers: Headers): TraceParent | undefined {
  return parseTraceParent(headerValue(headers[TRACE_HEADER]));
}

function traceHeader(parent: TraceParent): Headers {
  return { [TRACE_HEADER]: defaultPayloadConverter.toPayload(formatTraceParent(parent)) };
}

function only(headers: Headers, names: readonly string[]): Headers {
  return Object.fromEntries(Object.entries(headers).filter(([name]) => names.includes(name)));
}
