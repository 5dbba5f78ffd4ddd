import {
  ActivityFailure,
  allHandlersFinished,
  CancellationScope,
  condition,
  defineQuery,
  log,
  rootCause,
  setHandler,
  TemporalFailure,
  workflowInfo,
} from '@temporalio/workflow';
import type { CancelInput, CancelProgress, CancelResult, CancelStory } from '../contract/cancellation.js';
import { PROGRESS_QUERY } from '../contract/names.js';
import { asFailure, unknownState } from './as-failure.js';
import { Callbacks, toCallbackFailure } from './callbacks.js';
import { lookNow, see, subject, type Cancellation } from './cancellation.js';
import { checkedInput } from './checked-input.js';
import { countVerdict } from './count-ends.js';
import { nextStep } from './next-step.js';
import { GivenUpError, Patience } from './patience.js';
import { publish } from './publish.js';
import { STEPS } from './steps.js';
import { newStory, toFailed, toProgress, toResult, type ContinuedInput } from './story.js';
import { lastLook } from './vendor-steps.js';
import { verdictWithoutEnd } from './verdict.js';

export const progressQuery = defineQuery<CancelProgress>(PROGRESS_QUERY);

/**
 * Cancels one remote task and proves how it ended: observe, ask, observe.
 *
 * Only a look ends it; the answer to the cancel call never does. Ends `unproven` when waiting is given up first.
 * @throws ApplicationFailure `Provider.invalid`, `Provider.unrecognized`, `InvalidInput` or `UnknownConnection`, for
 * what neither waiting nor asking again can mend.
 */
export async function cancelTask(given: CancelInput): Promise<CancelResult> {
  const { workflowId, continuedFromExecutionRunId } = workflowInfo();
  const input = checkedInput(given, workflowId);
  // Nobody's story is believed but that of the run before this one.
  const before: ContinuedInput | undefined = continuedFromExecutionRunId === undefined ? undefined : given;
  const story = before?.resume ?? newStory(input, Date.now());
  const callbacks = new Callbacks(input.callbackUrl, before?.callbacks);
  const cancellation: Cancellation = { input, story, patience: new Patience(story), callbacks };
  setHandler(progressQuery, () => toProgress(input, story), { description: 'The story so far.' });

  try {
    await cancellation.patience.until(() => cancelAndProve(cancellation));
  } catch (thrown) {
    if (thrown instanceof TemporalFailure) throw await failed(cancellation, thrown);
    if (!(thrown instanceof GivenUpError)) throw thrown;
    await lookOnceMore(cancellation);
  }

  story.verdict ??= verdictWithoutEnd(story);
  publish(input, story, 'ended');
  await CancellationScope.nonCancellable(() => condition(allHandlersFinished));
  const result = toResult(input, story, story.verdict, runNow());
  log.info('The cancellation has ended', {
    verdict: story.verdict,
    asks: story.asks,
    requestIds: story.requestIds,
  });
  if (!isTakenBack(story)) countVerdict(input.task, story.verdict, Date.now() - story.startedAtMs);
  await callbacks.tell({ type: 'cancellation.ended', timestamp: result.endedAt, data: result });
  return result;
}

async function cancelAndProve(cancellation: Cancellation): Promise<void> {
  const { input, story } = cancellation;
  if (story.observation === undefined) {
    publish(input, story, 'observing');
    const first = await lookNow(cancellation);
    if (first.state === 'unknown' && input.deleteEnded !== true) throw unknownState(first);
  }
  while (story.verdict === undefined) await STEPS[nextStep(input, story)](cancellation);
}

/** After waiting was given up: a verdict should stand on what is true now, not on what the last poll saw. */
async function lookOnceMore(cancellation: Cancellation): Promise<void> {
  try {
    see(cancellation, await CancellationScope.nonCancellable(() => lastLook(subject(cancellation))));
  } catch (thrown) {
    if (!(thrown instanceof ActivityFailure)) throw thrown;
    cancellation.story.lastLookFailure = rootCause(thrown) ?? thrown.message;
  }
}

/** A lane that is paused or stopped makes it give up, and goes on with the task itself: no cancellation has ended without proof. */
function isTakenBack({ verdict, givenUp }: CancelStory): boolean {
  const isLanes = workflowInfo().parent !== undefined;
  return isLanes && verdict === 'unproven' && givenUp?.how === 'workflow-cancelled';
}

/** There will be no verdict: shows it, and makes the failure one that a caller can read. */
async function failed(
  { input, story, callbacks }: Cancellation,
  thrown: TemporalFailure,
): Promise<TemporalFailure> {
  publish(input, story, 'ended');
  const failure = asFailure(thrown, toProgress(input, story));
  countVerdict(input.task, 'none', Date.now() - story.startedAtMs);
  const data = toFailed(input, story, toCallbackFailure(failure), runNow());
  await callbacks.tell({ type: 'cancellation.ended', timestamp: data.endedAt, data });
  return failure;
}

function runNow() {
  const { workflowId, firstExecutionRunId } = workflowInfo();
  return { id: workflowId, runId: firstExecutionRunId, nowMs: Date.now() };
}
