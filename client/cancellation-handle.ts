import {
  TerminatedFailure,
  WorkflowFailedError,
  WorkflowNotFoundError,
  WorkflowUpdateFailedError,
  type Client,
  type WorkflowExecutionDescription,
  type WorkflowHandle,
} from '@temporalio/client';
import type { AddCallbackAnswer, AddCallbackRequest } from '../contract/callback.js';
import type {
  AbandonRequest,
  CancelProgress,
  CancelResult,
  ExtendAnswer,
  ExtendRequest,
} from '../contract/cancellation.js';
import {
  ABANDON_UPDATE,
  ADD_CALLBACK_UPDATE,
  EXTEND_DEADLINE_UPDATE,
  POLL_NOW_SIGNAL,
  PROGRESS_QUERY,
} from '../contract/names.js';
import { queryWorkflow } from '../setup/query-workflow.js';
import { asUnreachable } from './as-unreachable.js';
import { checkCallbackUrl } from './check-callback-url.js';
import {
  CancellationEndedError,
  CancellationFailedError,
  CancellationNotFoundError,
  NoWorkerError,
  RequestRefusedError,
} from './errors.js';
import { isNotFound, isTimeout } from './grpc-errors.js';
import { firstRunIdOf } from './first-run-id.js';
import { describeRun, readStatus } from './read-status.js';
import { isBegunBy } from './start-memo.js';
import { toFailedError } from './to-failed-error.js';
import type { CancellationStatus } from './types.js';
import { givenAnswer, updateOnce, type RequestOptions } from './update-once.js';
import { watchStatus, type WatchOptions } from './watch-status.js';
import { within } from './within.js';

/** Temporal itself waits for a Worker's answer as long as its caller does. */
const ANSWER_TIMEOUT_MS = 10_000;

/** Of a cancellation. */
export interface CancellationRun {
  readonly runId: string;
  /** The same through Continue-As-New and reset; another cancellation of the same task has another. */
  readonly firstRunId: string;
}

/**
 * One cancellation, under way or ended. Every method throws CancellationNotFoundError when there is none of that id, and
 * TemporalUnreachableError when no server answers.
 */
export class CancellationHandle {
  /** The first run's id, when it is known. */
  readonly runId: string | undefined;
  /** Whether `cancel` found it under way instead of starting it. */
  readonly attached: boolean;

  constructor(
    private readonly client: Client,
    /** The Workflow id. */
    readonly id: string,
    options: { readonly runId?: string; readonly attached?: boolean } = {},
  ) {
    this.runId = options.runId;
    this.attached = options.attached ?? false;
  }

  /**
   * Waits for the end, however long it takes.
   * @throws CancellationFailedError when it ended without a verdict.
   */
  async verdict(): Promise<CancelResult> {
    const tried = new Set<string | undefined>();
    for (let runId = this.runId; ;) {
      tried.add(runId);
      try {
        return (await this.client.workflow.getHandle(this.id, runId).result()) as CancelResult;
      } catch (thrown) {
        if (!(thrown instanceof WorkflowFailedError)) throw this.#explain(thrown);
        const next = await this.#runAfterReset(thrown);
        if (next === undefined || tried.has(next)) throw toFailedError(this.id, thrown);
        runId = next;
      }
    }
  }

  /** How it stands now; answers without a Worker too, with less. */
  status(): Promise<CancellationStatus> {
    return readStatus(this.client, this).catch((thrown: unknown) => {
      throw this.#explain(thrown);
    });
  }

  /**
   * The story so far, from the Workflow itself.
   * @throws NoWorkerError; CancellationEndedError when another cancellation of the task has begun since.
   */
  async progress(): Promise<CancelProgress> {
    return this.#ask((workflow) => queryWorkflow<CancelProgress>(workflow, PROGRESS_QUERY));
  }

  /**
   * Its states as they change; the last has `result` or `failure`. Ends early, without an error, when `signal` aborts.
   */
  watch(options: WatchOptions = {}): AsyncGenerator<CancellationStatus> {
    return watchStatus(this, options);
  }

  /** Looks at the task now instead of at the next poll. @throws CancellationEndedError */
  async pollNow(): Promise<void> {
    await this.#ask((workflow) => workflow.signal(POLL_NOW_SIGNAL));
  }

  /** Moves the deadline `byMs` later. @throws CancellationEndedError; RequestRefusedError; NoWorkerError */
  async extendDeadline(byMs: number, options: RequestOptions = {}): Promise<ExtendAnswer> {
    const request: ExtendRequest = { byMs };
    return this.#update(EXTEND_DEADLINE_UPDATE, request, options);
  }

  /**
   * Stops waiting, on the record; the task is looked at once more, and is not told anything.
   * @throws CancellationEndedError; RequestRefusedError when somebody has given it up already; NoWorkerError
   */
  async abandon(request: AbandonRequest, options: RequestOptions = {}): Promise<void> {
    await this.#update(ABANDON_UPDATE, request, options);
  }

  /**
   * Has an address told the end, too; one that is told already is told once.
   * @throws CancellationEndedError; RequestRefusedError for no address, and when there are ten of them; NoWorkerError
   */
  async addCallback(callbackUrl: string): Promise<AddCallbackAnswer> {
    checkCallbackUrl(callbackUrl);
    const args: [AddCallbackRequest] = [{ callbackUrl }];
    return this.#ask((workflow) => workflow.executeUpdate(ADD_CALLBACK_UPDATE, { args }));
  }

  /** The first run's id of whatever run is the latest. */
  async firstRunId(): Promise<string> {
    return firstRunIdOf(await this.#describeLatest());
  }

  /**
   * The same, bound to the run there is now: another may start under the same id after it has ended.
   * @param requestId of the request that may have begun that run itself.
   */
  async bound(requestId: string | undefined): Promise<CancellationHandle> {
    const latest = await this.#describeLatest();
    const attached = !isBegunBy(latest, requestId);
    return new CancellationHandle(this.client, this.id, { runId: firstRunIdOf(latest), attached });
  }

  /** Its run at the moment, or its last, and the first of those that this one goes on from, which names it. */
  async run(): Promise<CancellationRun> {
    const description = await this.#described(() => describeRun(this.client, this.id, this.runId));
    return { runId: description.runId, firstRunId: firstRunIdOf(description) };
  }

  async #update<Answer>(name: string, request: unknown, options: RequestOptions): Promise<Answer> {
    const given = await this.#answered(() => givenAnswer(this.client, this.id, options));
    if (given !== undefined) return given.answer as Answer;
    return this.#ask((workflow) => updateOnce<Answer>(workflow, name, request, options));
  }

  /** To the run there is now, as long as it belongs to this cancellation: the next of the same task has the same id. */
  async #ask<T>(what: (workflow: WorkflowHandle) => Promise<T>): Promise<T> {
    const latest = await this.#describeLatest();
    const isOther = this.runId !== undefined && firstRunIdOf(latest) !== this.runId;
    if (isOther) throw new CancellationEndedError(this.id);
    const workflow = this.client.workflow.getHandle(this.id, undefined, {
      firstExecutionRunId: firstRunIdOf(latest),
    });
    return this.#answered(() => what(workflow));
  }

  async #answered<T>(ask: () => Promise<T>): Promise<T> {
    try {
      return await within(this.client, ANSWER_TIMEOUT_MS, ask);
    } catch (thrown) {
      if (thrown instanceof WorkflowNotFoundError) throw new CancellationEndedError(this.id);
      if (thrown instanceof WorkflowUpdateFailedError && thrown.cause !== undefined)
        throw new RequestRefusedError(thrown.cause.message, { cause: thrown });
      throw isTimeout(thrown) ? new NoWorkerError(this.id) : this.#explain(thrown);
    }
  }

  /** A reset terminates a run and goes on in another. */
  async #runAfterReset({ cause }: WorkflowFailedError): Promise<string | undefined> {
    if (!(cause instanceof TerminatedFailure)) return undefined;
    const latest = await this.#describeLatest();
    const isOurs = this.runId === undefined || firstRunIdOf(latest) === this.runId;
    return isOurs ? latest.runId : undefined;
  }

  #describeLatest(): Promise<WorkflowExecutionDescription> {
    return this.#described(() => this.client.workflow.getHandle(this.id).describe());
  }

  async #described(
    describe: () => Promise<WorkflowExecutionDescription>,
  ): Promise<WorkflowExecutionDescription> {
    try {
      return await within(this.client, ANSWER_TIMEOUT_MS, describe);
    } catch (thrown) {
      throw this.#explain(thrown);
    }
  }

  #explain(thrown: unknown): unknown {
    if (thrown instanceof WorkflowNotFoundError) return new CancellationNotFoundError(this.id);
    if (thrown instanceof CancellationFailedError) return thrown;
    return isNotFound(thrown) ? new CancellationNotFoundError(this.id) : asUnreachable(this.client, thrown);
  }
}
