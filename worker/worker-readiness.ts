import { setTimeout as sleep } from 'node:timers/promises';
import { Client } from '@temporalio/client';
import type { NativeConnection, Worker } from '@temporalio/worker';
import type { AskReadiness } from './health-server.js';

const ANSWER_WITHIN_MS = 1_000;
/** Anybody may ask, and as often as they like; Temporal is asked no more often than this. */
const KEPT_MS = 1_000;

/** Ready is a Worker that polls for Workflows and for Activities, while Temporal answers for its namespace. */
export function workerReadiness(
  worker: Worker,
  connection: NativeConnection,
  namespace: string,
): AskReadiness {
  const client = new Client({ connection, namespace });
  let asked: Promise<boolean> | undefined;
  let askedAtMs = 0;
  return async () => {
    const why = whyNotPolling(worker);
    if (why !== undefined) return why;
    if (asked === undefined || Date.now() - askedAtMs > KEPT_MS) {
      askedAtMs = Date.now();
      asked = answers(client);
    }
    return (await asked) ? undefined : `Temporal does not answer for the namespace ${namespace}.`;
  };
}

/** The native connection looks at a deadline only between its own tries, and whoever asks us waits no longer than a second. */
function answers(client: Client): Promise<boolean> {
  const { namespace } = client.options;
  const answered = client.withDeadline(Date.now() + ANSWER_WITHIN_MS, () =>
    client.workflowService.describeNamespace({ namespace }),
  );
  const tooLate = sleep(ANSWER_WITHIN_MS, false, { ref: false });
  return Promise.race([
    answered.then(
      () => true,
      () => false,
    ),
    tooLate,
  ]);
}

function whyNotPolling(worker: Worker): string | undefined {
  const { runState, workflowPollerState, activityPollerState, numInFlightActivities } = worker.getStatus();
  if (runState === 'INITIALIZED') return 'It is starting.';
  if (runState !== 'RUNNING') return `It is about to stop, and finishes ${numInFlightActivities} Activities.`;
  const polls = workflowPollerState === 'POLLING' && activityPollerState === 'POLLING';
  return polls ? undefined : 'It does not poll.';
}
