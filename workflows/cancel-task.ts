import {
  ActivityFailure,
  allHandlersFinished,
  CancellationScope,
  condition,
  continueAsNew,
  defineQuery,
  rootCause,
  setHandler,
  TemporalFailure,
  workflowInfo,
} from '@temporalio/workflow';
import type { CancelInput, CancelProgress, CancelResult, CancelStory } from '../contract/cancellation.js';
import { PROGRESS_QUERY } from '../contract/names.js';
import { mayBeAsked, type Observation } from '../contract/observation.js';
import { taskUri } from '../contract/task.js';
import { asFailure, unknownState } from './as-failure.js';
import { checkInput } from './check-input.js';
import { GivenUpError, Patience } from './patience.js';
import { publish } from './publish.js';
import { beginAsk, newStory, recordAnswer, recordLook, toProgress, toResult } from './story.js';
import { awaitEnd, awaitSubtasks, lastLook, observe, rehearseCancel, requestCancel } from './vendor-steps.js';
import { isRefusal, rehearsedVerdict, verdictOf } from './verdict.js';

export const progressQuery = defineQuery<CancelProgress>(PROGRESS_QUERY);

/**
 * Cancels one remote task and proves how it ended: observe, ask, observe.
 *
 * Only a look ends it; the answer to the cancel call never does. Ends `unproven` when waiting is given up first.
 * @throws ApplicationFailure `Provider.invalid`, `Provider.unrecognized`, `InvalidInput` or `UnknownConnection`, for
 * what neither waiting nor asking again can mend.
 */
export async function cancelTask(input: CancelInput): Promise<CancelResult> {
  checkInput(input);
  const story = input.resume ?? newStory(input, Date.now());
  const cancellation: Cancellation = { input, story, patience: new Patience(story) };
  setHandler(progressQuery, () => toProgress(input, story), { description: 'The story so far.' });

  try {
    await cancellation.patience.until(() => cancelAndProve(cancellation));
  } catch (thrown) {
    if (thrown instanceof TemporalFailure) throw failed(cancellation, thrown);
    if (!(thrown instanceof GivenUpError)) throw thrown;
    await lookOnceMore(cancellation);
  }

  story.verdict ??= 'unproven';
  publish(input, story, 'ended');
  await CancellationScope.nonCancellable(() => condition(allHandlersFinished));
  const { workflowId: id, firstExecutionRunId: runId } = workflowInfo();
  return toResult(input, story, story.verdict, { id, runId, nowMs: Date.now() });
}

interface Cancellation {
  readonly input: CancelInput;
  readonly story: CancelStory;
  readonly patience: Patience;
}

async function cancelAndProve(cancellation: Cancellation): Promise<void> {
  const { input, story } = cancellation;
  publish(input, story, 'observing');
  const first = await step(cancellation, () => observe({ task: input.task, ...eraseEnded(input) }));
  see(cancellation, first);
  if (first.state === 'unknown' && story.attempts === 0 && !askable(cancellation)) throw unknownState(first);

  while (story.verdict === undefined) {
    if (!askable(cancellation)) await prove(cancellation);
    else if (input.dryRun === true) await rehearse(cancellation);
    else if (story.waitsForSubtasks === true) await waitForSubtasks(cancellation);
    else await ask(cancellation);
  }
}

/** Asks whether the vendor would cancel, where it can say. */
async function rehearse(cancellation: Cancellation): Promise<void> {
  const { input, story } = cancellation;
  const { answer } = await step(cancellation, () => rehearseCancel(input.task));
  if (answer !== undefined) story.answer = answer;
  story.verdict = rehearsedVerdict(answer);
}

/** Asks once under the attempt's token, then looks. */
async function ask(cancellation: Cancellation): Promise<void> {
  const { input, story } = cancellation;
  publish(input, story, 'asking');
  const { runId, firstExecutionRunId } = workflowInfo();
  const attempt = beginAsk(story, firstExecutionRunId, taskUri(input.task));
  // A reset makes another run that does not know what the one before it sent.
  let mayHaveBeenSent = attempt.mayHaveBeenSent || runId !== firstExecutionRunId;
  const output = await step(cancellation, () => {
    const { clientToken } = attempt;
    const request = { task: input.task, clientToken, mayHaveBeenSent, ...eraseEnded(input) };
    mayHaveBeenSent = true; // Started again by pollNow, it may have been sent before.
    return requestCancel(request);
  });
  if ('observation' in output) return see(cancellation, output.observation);
  recordAnswer(story, output.answer, Date.now());
  if (output.answer.kind !== 'blocked' || isRefusal(input, output.answer)) return prove(cancellation);
  story.waitsForSubtasks = true;
  story.blockedSinceMs ??= Date.now();
}

/** Waits until the subtasks that the vendor refused over have ended; then it is asked anew, as another attempt. */
async function waitForSubtasks(cancellation: Cancellation): Promise<void> {
  const { input, story } = cancellation;
  publish(input, story, 'waiting-for-subtasks');
  const waitingSinceMs = story.blockedSinceMs ?? Date.now();
  const clientToken = story.clientTokens.at(-1) ?? '';
  await step(cancellation, () =>
    awaitSubtasks({
      task: input.task,
      waitingSinceMs,
      ...(input.onRunningSubtasks === 'cancel' && { cancelUnder: clientToken }),
    }),
  );
  story.waitsForSubtasks = false;
}

/** Looks until the task has ended, or was still active for so long that it has to be asked again. */
async function prove(cancellation: Cancellation): Promise<void> {
  const { input, story } = cancellation;
  publish(input, story, 'proving');
  if (isRefusal(input, story.answer) && askable(cancellation)) {
    // One look tells a refusal from a cancel that somebody else got in first.
    return see(cancellation, await step(cancellation, () => observe({ task: input.task })));
  }
  const waitingSinceMs = story.askedAtMs ?? Date.now();
  const { observation, looks } = await step(cancellation, () =>
    awaitEnd({
      task: input.task,
      waitingSinceMs,
      asks: story.asks,
      pauseFirst: story.observation?.state === 'absent',
      ...eraseEnded(input),
    }),
  );
  see(cancellation, observation, looks);
}

/** Whether the last look shows a task that the cancel call may be made for. */
function askable({ input, story: { observation } }: Cancellation): boolean {
  return observation !== undefined && mayBeAsked(observation, input.deleteEnded === true);
}

/** The one place that takes in a look, and with it the verdict. */
function see({ input, story }: Cancellation, look: Observation, looks?: number): void {
  const verdict = verdictOf(input, story, look);
  if (verdict !== undefined) story.verdict = verdict;
  recordLook(story, look, looks);
}

/** After waiting was given up: a verdict should stand on what is true now, not on what the last poll saw. */
async function lookOnceMore(cancellation: Cancellation): Promise<void> {
  try {
    see(
      cancellation,
      await CancellationScope.nonCancellable(() => lastLook({ task: cancellation.input.task })),
    );
  } catch (thrown) {
    if (!(thrown instanceof ActivityFailure)) throw thrown;
    cancellation.story.lastLookFailure = rootCause(thrown) ?? thrown.message;
  }
}

function eraseEnded({ deleteEnded }: CancelInput): { eraseEnded?: true } {
  return deleteEnded === true ? { eraseEnded: true } : {};
}

/** There will be no verdict: shows it, and makes the failure one that a caller can read. */
function failed({ input, story }: Cancellation, failure: TemporalFailure): TemporalFailure {
  publish(input, story, 'ended');
  return asFailure(failure, toProgress(input, story));
}

function step<T>({ input, story, patience }: Cancellation, run: () => Promise<T>): Promise<T> {
  return patience.step(run, async () => {
    if (workflowInfo().continueAsNewSuggested)
      await continueAsNew<typeof cancelTask>({ ...input, resume: story });
  });
}
