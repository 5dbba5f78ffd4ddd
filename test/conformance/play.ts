import assert from 'node:assert/strict';
import { setTimeout as sleep } from 'node:timers/promises';
import type { CancelResult, Verdict } from '../../contract/cancellation.js';
import type { FailureType } from '../../contract/failures.js';
import { CANCEL_TASK_WORKFLOW } from '../../contract/names.js';
import {
  CancellationEndedError,
  CancellationFailedError,
  NoWorkerError,
  type CancellationHandle,
  type CancelOptions,
} from '../../client/index.js';
import type { FaultRequest } from '../../simulator/control-requests.js';
import type { JournalCall } from '../../simulator/journal.js';
import type { Stack } from '../harness.js';
import { absentTask, asksFor, seedTask, type Cloud, type CloudTask, type SeedOptions } from './clouds.js';

/** How a cancellation ended: its verdict, or the type of the failure it ended with. */
export type End = Verdict | FailureType;

/** One thing that may happen to a task that is canceled, for every provider alike. */
export interface Story {
  readonly name?: string;
  /** Left out: a running task that does cancel. `absent`: one the vendor has never had. */
  readonly task?: SeedOptions | 'absent';
  readonly faults?: readonly StoryFault[];
  readonly options?: CancelOptions;
  /** The trouble does not pass: waiting is given up once it was met a few times, unless it has ended by then. */
  readonly lasts?: true;
  /** The ends that are right. */
  readonly ends: (cloud: Cloud) => readonly End[];
  /** How many cancel calls may reach the vendor; left out, any number. */
  readonly asks?: Asks | ((cloud: Cloud) => Asks);
  /** How many of them change the task. */
  readonly effects: 0 | 1;
  /** Left out: every provider tells this story. */
  readonly toldBy?: (cloud: Cloud) => boolean;
}

type Asks = readonly [least: number, most: number];
type StoryFault = FaultRequest & {
  readonly on: 'cancel' | 'look';
  /** Of looks: it begins after the first ask, and so after the looks before that. */
  readonly afterAsk?: true;
};

const DEADLINE_AFTER_MS = 60_000;

/** The ends of a task that did cancel. */
export const proven = ({ definition }: Cloud): readonly End[] => [
  definition.cancelLeaves === 'record' ? 'canceled' : 'deleted',
];

/** One ask and no more, where a look shows that the vendor has taken it; elsewhere some that have no effect. */
export const askedOnce = ({ showsCanceling }: Cloud): Asks => (showsCanceling ? [1, 1] : [1, 4]);

/** Where the vendor has one word for both, the end of a task that failed is told as `completed`. */
export const failed = ({ tellsFailed }: Cloud): readonly End[] => [tellsFailed ? 'failed' : 'completed'];

export const always =
  (...ends: readonly End[]) =>
  () =>
    ends;

/** Plays a story with a real Workflow, and holds it to what the story and all stories say. */
export async function play(stack: Stack, cloud: Cloud, story: Story): Promise<CancelResult | undefined> {
  const task = story.task === 'absent' ? await absentTask(cloud) : await seedTask(cloud, story.task);
  const faults = await Promise.all((story.faults ?? []).map((fault) => script(cloud, task, fault)));
  const giveUp = story.lasts === true ? () => metOften(cloud, faults.flat()) : undefined;
  const { end, result } = await cancel(stack, task, story.options, giveUp);
  const asks = await asksFor(cloud, task.id);

  const right = story.ends(cloud);
  assert.ok(right.includes(end.kind), `ended ${end.kind}, not ${right.join(' or ')}: ${end.why}`);
  const { asks: wanted = [0, Infinity] } = story;
  const [least, most] = typeof wanted === 'function' ? wanted(cloud) : wanted;
  assert.ok(asks.length >= least && asks.length <= most, `asked ${asks.length} times`);
  assert.equal(asks.filter(({ effect }) => effect).length, story.effects, 'effects on the task');
  for (const numbers of faults) await checkMet(cloud, numbers);
  if (result !== undefined) checkResult(result, asks);
  if (story.options?.dryRun !== true) checkTokens(cloud, asks);
  return result;
}

/** Cancels through the client and waits for the end, whatever it is. */
export async function cancel(
  { quiesce }: Stack,
  { ref }: CloudTask,
  options: CancelOptions = {},
  giveUp?: () => Promise<boolean>,
) {
  const handle = await quiesce.cancel(ref, { deadlineAfterMs: DEADLINE_AFTER_MS, ...options });
  let ended = false;
  const givingUp = (async () => {
    if (giveUp === undefined) return;
    while (!ended && !(await giveUp())) await sleep(50);
    if (!ended) await abandon(handle);
  })();
  try {
    const result = await handle.verdict();
    return { result, end: { kind: result.verdict as End, why: JSON.stringify(result.evidence) } };
  } catch (thrown) {
    if (!(thrown instanceof CancellationFailedError)) throw thrown;
    return { end: { kind: thrown.failureType as End, why: thrown.message } };
  } finally {
    ended = true;
    await givingUp;
  }
}

/** The same request again, when a busy machine's Worker is late. */
async function abandon(handle: CancellationHandle): Promise<void> {
  try {
    await handle.abandon({ by: 'the story', reason: 'its trouble lasts' }, { requestId: 'given-up' });
  } catch (thrown) {
    if (thrown instanceof NoWorkerError) await abandon(handle);
    else if (!(thrown instanceof CancellationEndedError)) throw thrown;
  }
}

/** What every story must leave behind. */
function checkResult(result: CancelResult, asks: readonly JournalCall[]): void {
  const { evidence, clientTokens, attempts } = result;
  assert.equal(clientTokens.length, attempts, 'a token for each attempt');
  assert.ok(evidence.observations > 0 || evidence.givenUp !== undefined, 'a verdict without a look');
  const strangers = asks.filter(({ token }) => token !== undefined && !clientTokens.includes(token));
  assert.deepEqual(strangers, [], 'asked under a token that no evidence names');
  if (['canceled', 'completed', 'failed', 'deleted'].includes(result.verdict)) {
    assert.ok(evidence.lastState, 'an end without the vendor’s word');
    assert.ok(evidence.requestIds.length > 0, 'an end without the vendor’s request ids');
  }
}

/** The vendors of which an ask has had a token. */
const takingTokens = new Set<string>();

/** A vendor that takes a token has one with every ask. A dry run, which asks nothing, has none. */
function checkTokens({ definition }: Cloud, asks: readonly JournalCall[]): void {
  if (asks.some(({ token }) => token !== undefined)) takingTokens.add(definition.id);
  if (!takingTokens.has(definition.id)) return;
  const bare = asks.filter(({ token }) => token === undefined);
  assert.deepEqual(bare, [], 'asked without a token, which this vendor takes');
}

/** Scripts a fault; resolves to the numbers under which the simulator counts how often it was met. */
async function script(cloud: Cloud, { id }: CloudTask, fault: StoryFault): Promise<number[]> {
  const { on, afterAsk, ...request } = fault;
  const { simulated, definition, control } = cloud;
  // Where the ask could erase an ended task, a look goes right before it.
  const looksBeforeAsk = definition.cancelLeaves === 'nothing' ? 2 : 1;
  const after = afterAsk === true ? { afterCalls: looksBeforeAsk } : {};
  const { cancel: ask, observe } = simulated.operations;
  const named = on === 'cancel' ? { taskIds: [id] } : {};
  return Promise.all(
    (on === 'cancel' ? [ask] : observe).map((operation) =>
      control.fault({ ...request, ...after, match: { provider: definition.id, operation, ...named } }),
    ),
  );
}

/** Enough to see that nothing comes of it. */
const OFTEN = 3;

async function metOften({ control }: Cloud, numbers: readonly number[]): Promise<boolean> {
  const faults = (await control.faults()).filter(({ id }) => numbers.includes(id));
  return faults.reduce((sum, { applied }) => sum + applied, 0) >= OFTEN;
}

async function checkMet({ control }: Cloud, numbers: readonly number[]): Promise<void> {
  const met = (await control.faults()).filter(({ id, applied }) => numbers.includes(id) && applied > 0);
  assert.ok(met.length > 0, 'the fault was never met');
}

/** Every story has been told to its end: no Workflow is left that runs. */
export async function closeWhenNothingRuns(stack: Stack): Promise<void> {
  const count = async (status: string) =>
    (
      await stack.client.workflow.count(
        `WorkflowType = "${CANCEL_TASK_WORKFLOW}" AND ExecutionStatus = "${status}"`,
      )
    ).count;
  try {
    assert.equal(await count('Running'), 0, 'Workflows are left running');
    assert.ok((await count('Completed')) > 0, 'nothing was played');
  } finally {
    await stack.close();
  }
}
