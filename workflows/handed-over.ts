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
  /** Of those that have begun since asking was held back last. */
  #scope = new CancellationScope();
  #isStopped = false;

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
        const scope = this.#scope;
        void scope.run(() => this.#cancel(place, scope));
      }
    }
  }

  /** Asks for nothing more until it begins anew: what those that wait have asked is proven by the lane. */
  pause(): void {
    this.#scope.cancel();
    this.#scope = new CancellationScope();
  }

  /** Asks for nothing more, for good: what those that wait have asked is proven, the rest is as the vendor left it. */
  stop(): void {
    this.#isStopped = true;
    this.pause();
    this.begin();
  }

  async #cancel(place: number, scope: CancellationScope): Promise<void> {
    const row = await this.#run(place, scope);
    this.#running.delete(place);
    change(this.lane, place, row, Date.now());
    // It was asked just now, and is not to be asked again as one of long ago.
    if (row.state === 'asked') this.lane.waitingSinceMs = Date.now();
    this.begin();
  }

  async #run(place: number, scope: CancellationScope): Promise<TargetRow> {
    const {
      campaign,
      onRunningSubtasks = 'wait',
      reason,
      requestedBy,
      provider,
      connection,
    } = this.lane.input;
    const { task, workflowId } = taskAt(this.lane, place);
    const { mask } = this.lane.rows[place] ?? {};
    const blocked = { state: 'blocked' as const, ...(mask !== undefined && { mask }) };
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
      if (!scope.consideredCancelled || row.state !== 'unproven') return row;
      // It was made to give up. If its ask had been accepted, the end is for the lane to prove.
      if (result.evidence.answer?.kind === 'accepted') return { ...row, state: 'asked' };
      return this.#isStopped ? row : { ...row, ...blocked };
    } catch (thrown) {
      // Somebody cancels it already: it is only looked at.
      if (thrown instanceof WorkflowExecutionAlreadyStartedError) return { state: 'canceling' };
      // Asking was over before it had begun: what the vendor said to the lane's own ask stands.
      if (isCancellation(thrown)) return this.#isStopped ? { state: 'refused' } : blocked;
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
