import { Client } from '@temporalio/client';
import type { DataConverter } from '@temporalio/common';
import {
  Runtime,
  Worker,
  type NativeConnection,
  type WorkerDeploymentOptions,
  type WorkerOptions,
} from '@temporalio/worker';
import { createCallbackActivities } from '../activities/callback-activities.js';
import { createCampaignActivities } from '../activities/campaign-activities.js';
import { createCancelActivities } from '../activities/cancel-activities.js';
import { createEstimateActivities } from '../activities/estimate-activities.js';
import type { LiveConnections } from '../activities/live-connections.js';
import { createGatherActivities } from '../activities/gather-activities.js';
import { heartbeating } from '../activities/heartbeating.js';
import { createSubtaskActivities } from '../activities/subtask-activities.js';
import type { CallbackSettings } from '../config/callback-settings.js';
import type { WorkflowSpan } from '../contract/headers.js';
import { TASK_QUEUE } from '../contract/names.js';
import { quiesceServiceHandler } from '../nexus/quiesce-service-handler.js';
import { NO_TRACING, type Tracing } from '../telemetry/start-tracing.js';
import { MemoryBoundSlots } from './memory-bound-slots.js';
import { NO_CEILING, type MemoryPlan } from './plan-memory.js';
import { createOthersAtWork } from './others-at-work.js';
import { createTargetLoader } from './target-loader.js';
import { tracedActivity } from './traced-activity.js';
import { ENCRYPTING_WORKFLOW_BUNDLE_PATH, WORKFLOW_BUNDLE_PATH } from './workflow-bundle-path.js';

export interface QuiesceWorkerOptions {
  readonly temporal: NativeConnection;
  readonly namespace: string;
  readonly connections: LiveConnections;
  /** Left out: payloads are in the clear. */
  readonly dataConverter?: DataConverter;
  /** Where callbacks may go; left out: nowhere. */
  readonly callbacks?: CallbackSettings;
  /** Left out: nothing is traced. */
  readonly tracing?: Tracing;
  /** How long it will have from being told to stop to its end. */
  readonly drainWithinMs?: number;
  /** Of which build it is; left out, it takes all work. */
  readonly deployment?: WorkerDeploymentOptions;
  /** Left out: no ceiling. */
  readonly memory?: MemoryPlan;
}

/** A vendor call ends within twenty seconds, whatever the vendor does. */
const CALL_ENDS_WITHIN_MS = 21_000;

/** A Worker with all of Quiesce's Workflows and Activities, and its Nexus service, on the Task Queue `quiesce`. */
export async function createQuiesceWorker({
  temporal,
  namespace,
  connections,
  dataConverter = {},
  callbacks,
  tracing = NO_TRACING,
  drainWithinMs = 30_000,
  deployment,
  memory = NO_CEILING,
}: QuiesceWorkerOptions): Promise<Worker> {
  const client = new Client({ connection: temporal, namespace, dataConverter });
  const hidesFailures = dataConverter.failureConverterPath !== undefined;
  return Worker.create({
    connection: temporal,
    namespace,
    dataConverter,
    taskQueue: TASK_QUEUE,
    workflowBundle: { codePath: hidesFailures ? ENCRYPTING_WORKFLOW_BUNDLE_PATH : WORKFLOW_BUNDLE_PATH },
    activities: {
      ...heartbeating({
        ...createCancelActivities(connections),
        ...createSubtaskActivities(connections),
        ...createCallbackActivities(callbacks),
      }),
      ...createCampaignActivities(connections, createOthersAtWork(client)),
      ...createGatherActivities(connections, createTargetLoader(client)),
      ...createEstimateActivities(connections),
    },
    interceptors: { activity: [tracedActivity] },
    sinks: { trace: { ended: { fn: (info, span: WorkflowSpan) => tracing.workflowEnded(info, span) } } },
    nexusServices: [quiesceServiceHandler],
    ...(deployment && { workerDeploymentOptions: deployment }),
    // Starts are rare and short; each poll is a call to the server that waits.
    maxConcurrentNexusTaskPolls: 2,
    ...slots(memory),
    maxCachedWorkflows: memory.cachedWorkflows,
    // What was cached in a Worker that was killed goes on in another after this, instead of after ten seconds.
    stickyQueueScheduleToStartTimeout: '2 seconds',
    // An Activity that is cancelled learns of it with a heartbeat's answer, and the crash of one that asks for many targets
    // costs what it did not tell: they are not to be saved up.
    maxHeartbeatThrottleInterval: '2 seconds',
    // Then Activities are told: calls that wait for their turn are not made any more, and those that were made have their time.
    shutdownGraceTime: Math.max(0, drainWithinMs - CALL_ENDS_WITHIN_MS),
  });
}

/**
 * Activities wait for their turn and on a vendor's answer, not on this process. One that waits costs a few KB, and those
 * of a connection whose quota is small must not keep another's from starting.
 */
const ACTIVITY_SLOTS = 1_000;

/** Without a ceiling they are counted in the SDK's native half; with one each Activity costs a few calls into ours. */
function slots({
  ceiling,
}: MemoryPlan): Pick<WorkerOptions, 'tuner' | 'maxConcurrentActivityTaskExecutions'> {
  if (ceiling === undefined) return { maxConcurrentActivityTaskExecutions: ACTIVITY_SLOTS };
  return {
    tuner: {
      activityTaskSlotSupplier: new MemoryBoundSlots(ACTIVITY_SLOTS, ceiling, Runtime.instance().logger),
      // The SDK's own numbers. Workflow Tasks take milliseconds, and finish what takes memory: they are not held back.
      workflowTaskSlotSupplier: { type: 'fixed-size', numSlots: 40 },
      localActivityTaskSlotSupplier: { type: 'fixed-size', numSlots: 100 },
      nexusTaskSlotSupplier: { type: 'fixed-size', numSlots: 100 },
    },
  };
}
