import { workflowInfo } from '@temporalio/workflow';
import { taskUri } from '../contract/task.js';
import { lookNow, see, step, subject, type Cancellation } from './cancellation.js';
import type { NextStep } from './next-step.js';
import { publish } from './publish.js';
import { beginAsk, recordAnswer, recordBlock, recordSighting } from './story.js';
import { awaitEnd, awaitSubtasks, rehearseCancel, requestCancel } from './vendor-steps.js';
import { isRefusal, rehearsedVerdict } from './verdict.js';

/** What a cancellation does, one function a step; which comes next is decided by `nextStep`. */
export const STEPS = {
  rehearse,
  ask,
  'confirm-refusal': confirmRefusal,
  'wait-for-subtasks': waitForSubtasks,
  'await-end': awaitItsEnd,
} as const satisfies Record<NextStep, (cancellation: Cancellation) => Promise<void>>;

/** Asks whether the vendor would cancel, where it can say. */
async function rehearse(cancellation: Cancellation): Promise<void> {
  const { input, story } = cancellation;
  const { answer } = await step(cancellation, () => rehearseCancel(input.task));
  if (answer !== undefined) story.answer = answer;
  // It may have ended in between: only a look says so.
  if (answer?.kind === 'already-ended' || answer?.kind === 'absent') await lookNow(cancellation);
  story.verdict ??= rehearsedVerdict(input, story.observation, answer);
}

/** Asks once, under the attempt's token. */
async function ask(cancellation: Cancellation): Promise<void> {
  const { input, story } = cancellation;
  publish(input, story, 'asking');
  const { runId, firstExecutionRunId } = workflowInfo();
  const { clientToken, lookFirst, withdraw } = beginAsk(story, firstExecutionRunId, taskUri(input.task));
  // A reset makes another run, which does not know what the one before it sent.
  const isLaterRun = runId !== firstExecutionRunId;
  const output = await step(cancellation, (number) =>
    requestCancel({
      ...subject(cancellation),
      clientToken,
      lookFirst,
      mayHaveBeenSent: isLaterRun || number > 1,
      runId,
    }),
  );
  if ('observation' in output) {
    if (output.unsent) withdraw();
    return see(cancellation, output.observation);
  }
  recordAnswer(story, output.answer, Date.now());
  if (output.answer.kind === 'blocked' && !isRefusal(input, output.answer)) recordBlock(story, Date.now());
}

/** One look tells a refusal from a cancel that somebody else got in first. */
async function confirmRefusal(cancellation: Cancellation): Promise<void> {
  publish(cancellation.input, cancellation.story, 'proving');
  await lookNow(cancellation);
}

/** Waits until the subtasks that the vendor refused over have ended; then it is asked anew, as another attempt. */
async function waitForSubtasks(cancellation: Cancellation): Promise<void> {
  const { input, story } = cancellation;
  publish(input, story, 'waiting-for-subtasks');
  const waitingSinceMs = story.blockedSinceMs ?? Date.now();
  const clientToken = story.clientTokens.at(-1) ?? '';
  await step(cancellation, (number) =>
    awaitSubtasks({
      task: input.task,
      waitingSinceMs,
      pauseFirst: number === 1,
      ...(input.onRunningSubtasks === 'cancel' && { cancelUnder: clientToken }),
    }),
  );
  story.waitsForSubtasks = false;
}

/** Looks until the task has ended, or was still active for so long that it has to be asked again. */
async function awaitItsEnd(cancellation: Cancellation): Promise<void> {
  const { input, story } = cancellation;
  publish(input, story, 'proving');
  const { observation: before, askedAtMs, asks } = story;
  const waitingSinceMs = askedAtMs ?? Date.now();
  const gone = before?.state === 'absent' ? { goneSince: before.observedAt } : {};
  const { observation, looks, lastSeen } = await step(cancellation, () =>
    awaitEnd({ ...subject(cancellation), waitingSinceMs, asks, ...gone }),
  );
  if (lastSeen !== undefined) recordSighting(story, lastSeen);
  see(cancellation, observation, { looks, absenceLasts: 'goneSince' in gone });
}
