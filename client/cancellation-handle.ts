import {
  isGrpcServiceError,
  WorkflowFailedError,
  WorkflowNotFoundError,
  type Client,
  type WorkflowHandle,
} from '@temporalio/client';
import type {
  AbandonRequest,
  CancelProgress,
  CancelResult,
  ExtendRequest,
} from '../contract/cancellation.js';
import {
  ABANDON_UPDATE,
  EXTEND_DEADLINE_UPDATE,
  POLL_NOW_SIGNAL,
  PROGRESS_QUERY,
} from '../contract/names.js';
import { CancellationEndedError, CancellationFailedError, CancellationNotFoundError } from './errors.js';
import { readStatus } from './read-status.js';
import { toFailedError } from './to-failed-error.js';
import type { CancellationStatus } from './types.js';
import { watchStatus, type WatchOptions } from './watch-status.js';

/** gRPC's status code. */
const NOT_FOUND = 5;

/** One cancellation, under way or ended. Every method throws CancellationNotFoundError when there is none of that id. */
export class CancellationHandle {
  /** The first run's id, when it is known. */
  readonly runId: string | undefined;
  /** Whether `cancel` found it under way instead of starting it. */
  readonly attached: boolean;

  readonly #workflow: WorkflowHandle;

  constructor(
    private readonly client: Client,
    /** The Workflow id. */
    readonly id: string,
    options: { readonly runId?: string; readonly attached?: boolean } = {},
  ) {
    this.runId = options.runId;
    this.attached = options.attached ?? false;
    // By the first run's id and not the run's: a Continue-As-New is the same cancellation.
    this.#workflow = client.workflow.getHandle(
      id,
      undefined,
      options.runId === undefined ? {} : { firstExecutionRunId: options.runId },
    );
  }

  /**
   * Waits for the end, however long it takes.
   * @throws CancellationFailedError when it ended without a verdict.
   */
  async verdict(): Promise<CancelResult> {
    try {
      const run =
        this.runId === undefined ? this.#workflow : this.client.workflow.getHandle(this.id, this.runId);
      return (await run.result()) as CancelResult;
    } catch (thrown) {
      if (thrown instanceof WorkflowFailedError) throw toFailedError(this.id, thrown);
      throw this.#explain(thrown);
    }
  }

  /** How it stands now; answers without a Worker too, with less. */
  status(): Promise<CancellationStatus> {
    return readStatus(this.client, this).catch((thrown: unknown) => {
      throw this.#explain(thrown);
    });
  }

  /** The story so far, from the Workflow itself: needs a live Worker. */
  async progress(): Promise<CancelProgress> {
    return this.#told(this.#workflow.query<CancelProgress>(PROGRESS_QUERY));
  }

  /**
   * Its states as they change; the last has `result` or `failure`. Ends early, without an error, when `signal` aborts.
   */
  watch(options: WatchOptions = {}): AsyncIterable<CancellationStatus> {
    return watchStatus(this, options);
  }

  /** Looks at the task now instead of at the next poll. @throws CancellationEndedError */
  async pollNow(): Promise<void> {
    await this.#told(this.#workflow.signal(POLL_NOW_SIGNAL));
  }

  /** Moves the deadline `byMs` later. @throws CancellationEndedError */
  async extendDeadline(byMs: number): Promise<{ readonly deadlineAt: string }> {
    const args: [ExtendRequest] = [{ byMs }];
    return this.#told(
      this.#workflow.executeUpdate<{ deadlineAt: string }, [ExtendRequest]>(EXTEND_DEADLINE_UPDATE, { args }),
    );
  }

  /** Stops waiting, on the record; the task is looked at once more, and is not told anything. @throws CancellationEndedError */
  async abandon(request: AbandonRequest): Promise<void> {
    await this.#told(
      this.#workflow.executeUpdate<unknown, [AbandonRequest]>(ABANDON_UPDATE, { args: [request] }),
    );
  }

  /** The first run's id of whatever run is the latest. */
  async firstRunId(): Promise<string> {
    const description = await this.#workflow.describe().catch((thrown: unknown) => {
      throw this.#explain(thrown);
    });
    return description.raw.workflowExecutionInfo?.firstRunId || description.runId;
  }

  async #told<T>(answer: Promise<T>): Promise<T> {
    try {
      return await answer;
    } catch (thrown) {
      if (thrown instanceof WorkflowNotFoundError && (await this.#exists()))
        throw new CancellationEndedError(this.id);
      throw this.#explain(thrown);
    }
  }

  #exists(): Promise<boolean> {
    return this.client.workflow
      .getHandle(this.id)
      .describe()
      .then(
        () => true,
        () => false,
      );
  }

  #explain(thrown: unknown): unknown {
    if (thrown instanceof WorkflowNotFoundError) return new CancellationNotFoundError(this.id);
    if (thrown instanceof CancellationFailedError || !isGrpcServiceError(thrown)) return thrown;
    return thrown.code === NOT_FOUND ? new CancellationNotFoundError(this.id) : thrown;
  }
}
