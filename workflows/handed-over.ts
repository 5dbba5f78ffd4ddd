import { WorkflowExecutionAlreadyStartedError } from '@temporalio/common';
import {
  CancellationScope,
  ChildWorkflowFailure,
  executeChild,
  isCancellation,
  ParentClosePolicy,
  rootCause,
} from '@temporalio/workflow';
import type { TargetRow } from '../contract/campaign.js';
import type { CancelInput, CancelResult } from '../contract/cancellation.js';
import { CANCEL_TASK_WORKFLOW, TASK_QUEUE } from '../contract/names.js';
import { searchAttributePairs } from '../contract/search-attributes.js';
import { taskMemo } from '../contract/task-memo.js';
import { shownUri, taskUri } from '../contract/task.js';
import { change, placesIn, taskAt, type Lane } from './lane.js';

/** A vendor that refuses hundreds at once is not to be asked about all their subtasks at once. */
const MOST_AT_ONCE = 40;

/** Targets whose subtasks run: each waits for them in a cancellation of its own, as one that was started alone. */
export class HandedOver {
  readonly #running = new Set<number>();
  readonly #scope = new CancellationScope();

  constructor(private readonly lane: Lane) {}

  /** Starts what may be started; under a pause, nothing. */
  begin(): void {
    const { lane } = this;
    for (const place of placesIn(lane, 'blocked')) {
      if (this.#running.has(place)) continue;
      if (lane.input.onRunningSubtasks === 'fail' || this.#isStopped) {
        change(lane, place, { state: 'refused' }, Date.now());
      } else if (lane.orders?.to === 'ask' && this.#running.size < MOST_AT_ONCE) {
        this.#running.add(place);
        void this.#scope.run(() => this.#cancel(place));
      }
    }
  }

  /** Asks for nothing more, for good: what those that wait have asked is proven, the rest is as the vendor left it. */
  stop(): void {
    this.#scope.cancel();
    this.begin();
  }

  get #isStopped(): boolean {
    return this.#scope.consideredCancelled;
  }

  async #cancel(place: number): Promise<void> {
    const row = await this.#run(place);
    this.#running.delete(place);
    change(this.lane, place, row, Date.now());
    this.begin();
  }

  async #run(place: number): Promise<TargetRow> {
    const {
      campaign,
      onRunningSubtasks = 'wait',
      reason,
      requestedBy,
      provider,
      connection,
    } = this.lane.input;
    const { task, workflowId } = taskAt(this.lane, place);
    const input: CancelInput = {
      task,
      onRunningSubtasks,
      reason,
      ...(requestedBy !== undefined && { requestedBy }),
      campaign,
      ...this.#deadline(),
    };
    try {
      const result = await executeChild<(input: CancelInput) => Promise<CancelResult>>(CANCEL_TASK_WORKFLOW, {
        workflowId,
        taskQueue: TASK_QUEUE,
        args: [input],
        // It proves its task's end also when somebody ends the campaign by force.
        parentClosePolicy: ParentClosePolicy.ABANDON,
        typedSearchAttributes: searchAttributePairs({
          provider,
          connection,
          task: shownUri(task, workflowId),
          campaign,
          requestedBy,
        }),
        ...taskMemo(task, workflowId),
        staticSummary: `cancel ${taskUri(task)}`.slice(0, 200),
      });
      const row = rowOf(result);
      // It was made to give up, and its ask had been accepted: the end is for the lane to prove.
      const isForLane =
        this.#isStopped && row.state === 'unproven' && result.evidence.answer?.kind === 'accepted';
      return isForLane ? { ...row, state: 'asked' } : row;
    } catch (thrown) {
      // Somebody cancels it already: it is only looked at.
      if (thrown instanceof WorkflowExecutionAlreadyStartedError) return { state: 'canceling' };
      // Asking was over before it had begun: what the vendor said to the lane's own ask stands.
      if (isCancellation(thrown)) return { state: 'refused' };
      if (!(thrown instanceof ChildWorkflowFailure)) throw thrown;
      return {
        state: 'errored',
        code: 'CancellationFailed',
        message: (rootCause(thrown) ?? thrown.message).slice(0, 200),
      };
    }
  }

  #deadline(): Pick<CancelInput, 'deadlineAfterMs'> {
    const atMs = this.lane.orders?.deadlineAtMs;
    return atMs === undefined ? {} : { deadlineAfterMs: Math.max(1, atMs - Date.now()) };
  }
}

function rowOf({ verdict, evidence }: CancelResult): TargetRow {
  const { lastState, observedAt, asks, askedAt, requestIds, answer } = evidence;
  const seenBy = requestIds.at(-1);
  return {
    // A real cancellation has none of a dry run's.
    state: verdict as TargetRow['state'],
    ...(lastState !== undefined && { rawState: lastState }),
    ...(observedAt !== undefined && { seenAtMs: Date.parse(observedAt) }),
    ...(seenBy !== undefined && { seenBy }),
    asks,
    ...(askedAt !== undefined && { askedAtMs: Date.parse(askedAt) }),
    ...(verdict === 'refused' &&
      answer !== undefined &&
      'code' in answer && { code: answer.code, message: answer.message.slice(0, 200) }),
  };
}
