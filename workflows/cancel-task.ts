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
import type { Observation } from '../contract/observation.js';
import { taskUri } from '../contract/task.js';
import { asFailure, unknownState } from './as-failure.js';
import { checkInput } from './check-input.js';
import { GivenUpError, Patience } from './patience.js';
import { publish } from './publish.js';
import { beginAsk, newStory, recordAnswer, recordLook, toProgress, toResult } from './story.js';
import { awaitEnd, lastLook, observe, requestCancel } from './vendor-steps.js';
import { verdictOf } from './verdict.js';

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
  see(cancellation, await step(cancellation, () => observe(input.task)));
  if (story.observation?.state === 'unknown' && story.attempts === 0) throw unknownState(story.observation);

  while (story.verdict === undefined) {
    if (story.observation?.state === 'active') await ask(cancellation);
    else await prove(cancellation);
  }
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
    const request = { task: input.task, clientToken: attempt.clientToken, mayHaveBeenSent };
    mayHaveBeenSent = true; // Started again by pollNow, it may have been sent before.
    return requestCancel(request);
  });
  if ('observation' in output) return see(cancellation, output.observation);
  recordAnswer(story, output.answer, Date.now());
  await prove(cancellation);
}

/** Looks until the task has ended, or was still active for so long that it has to be asked again. */
async function prove(cancellation: Cancellation): Promise<void> {
  const { input, story } = cancellation;
  publish(input, story, 'proving');
  if (story.answer?.kind === 'refused' && story.observation?.state === 'active') {
    // One look tells a refusal from a cancel that somebody else got in first.
    return see(cancellation, await step(cancellation, () => observe(input.task)));
  }
  const waitingSinceMs = story.askedAtMs ?? Date.now();
  const { observation, looks } = await step(cancellation, () =>
    awaitEnd({
      task: input.task,
      waitingSinceMs,
      asks: story.asks,
      pauseFirst: story.observation?.state === 'absent',
    }),
  );
  see(cancellation, observation, looks);
}

/** The one place that takes in a look, and with it the verdict. */
function see({ input, story }: Cancellation, look: Observation, looks?: number): void {
  const verdict = verdictOf(story, look, input.dryRun === true);
  if (verdict !== undefined) story.verdict = verdict;
  recordLook(story, look, looks);
}

/** After waiting was given up: a verdict should stand on what is true now, not on what the last poll saw. */
async function lookOnceMore(cancellation: Cancellation): Promise<void> {
  try {
    see(cancellation, await CancellationScope.nonCancellable(() => lastLook(cancellation.input.task)));
  } catch (thrown) {
    if (!(thrown instanceof ActivityFailure)) throw thrown;
    cancellation.story.lastLookFailure = rootCause(thrown) ?? thrown.message;
  }
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
