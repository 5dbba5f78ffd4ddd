import { setTimeout as sleep } from 'node:timers/promises';
import {
  WorkflowFailedError,
  WorkflowNotFoundError,
  WorkflowUpdateFailedError,
  type Client,
  type WorkflowHandle,
} from '@temporalio/client';
import type { CampaignProgress, CampaignRequest, CampaignResult, RateRequest } from '../contract/campaign.js';
import {
  ABORT_UPDATE,
  APPROVE_WAVE_UPDATE,
  campaignWorkflowId,
  PAUSE_UPDATE,
  PROGRESS_QUERY,
  RESUME_UPDATE,
  SET_RATE_UPDATE,
  START_UPDATE,
} from '../contract/names.js';
import { campaignReport } from './campaign-report.js';
import type { LiveProgress, ReportRow } from './campaign-types.js';
import { CampaignFailedError, CampaignNotFoundError, NoWorkerError, RequestRefusedError } from './errors.js';
import { isNotFound, isTimeout } from './grpc-errors.js';
import { liveProgress } from './live-progress.js';
import { toFailedError } from './to-failed-error.js';
import type { WatchOptions } from './watch-status.js';

const ANSWER_TIMEOUT_MS = 10_000;
/** A start looks at every target again. */
const START_TIMEOUT_MS = 6 * 60 * 60_000;
const DEFAULT_EVERY_MS = 1_000;

/** One campaign, under way or ended. Every method throws CampaignNotFoundError when there is none of that id. */
export class CampaignHandle {
  readonly #workflow: WorkflowHandle;

  constructor(
    private readonly client: Client,
    readonly id: string,
    /** Whether `plan` or `start` found it instead of starting it. */
    readonly attached = false,
  ) {
    this.#workflow = client.workflow.getHandle(campaignWorkflowId(id));
  }

  /** The campaign's own word, as of its lanes' last reports. @throws NoWorkerError */
  progress(): Promise<CampaignProgress> {
    return this.#ask(() => this.#workflow.query<CampaignProgress>(PROGRESS_QUERY));
  }

  /** The same, with what the running lanes have done since. @throws NoWorkerError */
  async live(): Promise<LiveProgress> {
    const progress = await this.progress();
    return this.#ask(() => liveProgress(this.client, progress));
  }

  /** Its progress, again and again, until it has ended; ends early, without an error, when `signal` aborts. */
  async *watch({ everyMs = DEFAULT_EVERY_MS, signal }: WatchOptions = {}): AsyncGenerator<LiveProgress> {
    while (signal?.aborted !== true) {
      const live = await this.live();
      yield live;
      if (live.end !== undefined) return;
      await sleep(everyMs, undefined, { ...(signal && { signal }) }).catch(() => {});
    }
  }

  /** Waits until the plan stands, or there will be none; undefined when `signal` aborts first. */
  async planned(options: WatchOptions = {}): Promise<CampaignProgress | undefined> {
    for await (const progress of this.watch(options)) {
      const isPlanning = progress.phase === 'gathering' || progress.phase === 'planning';
      if (!isPlanning) return progress;
    }
    return undefined;
  }

  /**
   * Begins what was planned. It looks at every target again first, which may take minutes.
   * @throws RequestRefusedError when too many have changed since the plan, or it cannot be started.
   */
  start(request: CampaignRequest): Promise<void> {
    return this.#update(START_UPDATE, request, START_TIMEOUT_MS);
  }

  /** Asks no more for now; what was asked is proven. @throws RequestRefusedError; NoWorkerError */
  pause(request: CampaignRequest): Promise<void> {
    return this.#update(PAUSE_UPDATE, request);
  }

  /** Goes on asking. @throws RequestRefusedError; NoWorkerError */
  resume(request: CampaignRequest): Promise<void> {
    return this.#update(RESUME_UPDATE, request);
  }

  /** Never asks again; what was asked is proven. @throws RequestRefusedError; NoWorkerError */
  abort(request: CampaignRequest): Promise<void> {
    return this.#update(ABORT_UPDATE, request);
  }

  /** Lets the next wave begin. @throws RequestRefusedError; NoWorkerError */
  approveWave(request: CampaignRequest): Promise<void> {
    return this.#update(APPROVE_WAVE_UPDATE, request);
  }

  /** Changes how fast it asks; null takes the limit away. @throws RequestRefusedError; NoWorkerError */
  setRate(request: RateRequest): Promise<void> {
    return this.#update(SET_RATE_UPDATE, request);
  }

  /**
   * Waits for the end, however long it takes.
   * @throws CampaignFailedError when it ended without a result.
   */
  async result(): Promise<CampaignResult> {
    try {
      return (await this.#workflow.result()) as CampaignResult;
    } catch (thrown) {
      if (!(thrown instanceof WorkflowFailedError)) throw this.#explain(thrown);
      const { failureType, message } = toFailedError(this.#workflow.workflowId, thrown);
      throw new CampaignFailedError(this.id, failureType, message);
    }
  }

  /** The stories of all targets, as far as they go; needs a Worker. @throws NoWorkerError */
  async *report(): AsyncGenerator<ReportRow> {
    const { lanes } = await this.progress();
    try {
      yield* campaignReport(this.client, this.id, lanes.numbers);
    } catch (thrown) {
      throw isTimeout(thrown) ? new NoWorkerError(this.id) : this.#explain(thrown);
    }
  }

  async #update(name: string, request: CampaignRequest, timeoutMs = ANSWER_TIMEOUT_MS): Promise<void> {
    await this.#ask(
      () => this.#workflow.executeUpdate<void, [CampaignRequest]>(name, { args: [request] }),
      timeoutMs,
    );
  }

  async #ask<T>(what: () => Promise<T>, timeoutMs = ANSWER_TIMEOUT_MS): Promise<T> {
    try {
      return await this.client.withDeadline(Date.now() + timeoutMs, what);
    } catch (thrown) {
      if (thrown instanceof WorkflowUpdateFailedError && thrown.cause !== undefined)
        throw new RequestRefusedError(thrown.cause.message, { cause: thrown });
      throw isTimeout(thrown) ? new NoWorkerError(this.id) : this.#explain(thrown);
    }
  }

  #explain(thrown: unknown): unknown {
    const isUnknown = thrown instanceof WorkflowNotFoundError || isNotFound(thrown);
    return isUnknown ? new CampaignNotFoundError(this.id) : thrown;
  }
}
