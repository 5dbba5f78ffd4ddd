import type { Client } from '@temporalio/client';
import { TASK_QUEUE } from '../contract/names.js';

const ANSWER_WITHIN_MS = 1_000;
/** Anybody may ask, and as often as they like; Temporal is asked no more often than this. */
const KEPT_MS = 1_000;
/** A Worker's poll is answered after a minute at the latest, and the next one comes at once. */
const POLLS_WITHIN_MS = 70_000;
/** Of the server's TaskQueueType. */
const WORKFLOWS = 1;
const ACTIVITIES = 2;

/** Why the service is not ready, as a sentence; undefined when it is. */
export type AskReadiness = () => Promise<string | undefined>;

export function readiness(client: Client): AskReadiness {
  let asked: Promise<string | undefined> | undefined;
  let askedAtMs = 0;
  return () => {
    if (asked === undefined || Date.now() - askedAtMs > KEPT_MS) {
      askedAtMs = Date.now();
      asked = whyNotReady(client);
    }
    return asked;
  };
}

async function whyNotReady(client: Client): Promise<string | undefined> {
  try {
    const polled = await client.withDeadline(Date.now() + ANSWER_WITHIN_MS, () =>
      Promise.all([WORKFLOWS, ACTIVITIES].map((type) => isPolled(client, type))),
    );
    return polled.every(Boolean) ? undefined : `No Worker polls the Task Queue ${TASK_QUEUE}.`;
  } catch {
    return `Temporal does not answer within ${ANSWER_WITHIN_MS / 1_000} s.`;
  }
}

async function isPolled(client: Client, taskQueueType: number): Promise<boolean> {
  const { pollers } = await client.workflowService.describeTaskQueue({
    namespace: client.options.namespace,
    taskQueue: { name: TASK_QUEUE },
    taskQueueType,
  });
  const sinceS = (Date.now() - POLLS_WITHIN_MS) / 1_000;
  return (pollers ?? []).some(({ lastAccessTime }) => Number(lastAccessTime?.seconds ?? 0) > sinceS);
}
