import { setTimeout as sleep } from 'node:timers/promises';
import { WorkflowFailedError, type Client, type WorkflowHandle } from '@temporalio/client';
import type { AddCallbackAnswer, AddCallbackRequest } from '../contract/callback.js';
import type { CampaignProgress, CampaignRequest, CampaignResult, RateRequest } from '../contract/campaign.js';
import {
  ABORT_UPDATE,
  ADD_CALLBACK_UPDATE,
  APPROVE_WAVE_UPDATE,
  campaignWorkflowId,
  PAUSE_UPDATE,
  PROGRESS_QUERY,
  RESUME_UPDATE,
  SET_RATE_UPDATE,
  START_UPDATE,
} from '../contract/names.js';
import { queryWorkflow } from '../setup/query-workflow.js';
import { TemporalUnreachableError } from '../setup/temporal-unreachable-error.js';
import { asUnreachable } from './as-unreachable.js';
import { askCampaign, explain, toCampaignFailure } from './ask-campaign.js';
import { campaignReport } from './campaign-report.js';
import { toCampaignSummary } from './campaign-summary.js';
import type { CampaignSummary, LiveProgress, ReportRow } from './campaign-types.js';
import { checkCallbackUrl } from './check-callback-url.js';
import { NoWorkerError } from './errors.js';
import { liveProgress } from './live-progress.js';
import { beginUpdate, updateOnce, type RequestOptions } from './update-once.js';
import type { WatchOptions } from './watch-status.js';
import { whileTemporalAnswers } from './while-temporal-answers.js';
import { within } from './within.js';

const DEFAULT_EVERY_MS = 1_000;
/** Temporal describes a lane in milliseconds. */
const LOOKS_WITHIN_MS = 10_000;
/** Temporal's words for Workflows that have ended, and have no result. */
const CUT_OFF: ReadonlySet<string> = new Set(['FAILED', 'CANCELLED', 'TERMINATED', 'TIMED_OUT']);

/**
 * One campaign, under way or ended. Every method throws CampaignNotFoundError when there is none of that id; those that
 * steer it throw CampaignEndedError when it has ended; TemporalUnreachableError when no server answers.
 */
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

  /** What Temporal itself knows of it; needs no Worker. */
  async summary(): Promise<CampaignSummary> {
    return toCampaignSummary(await this.#ask((workflow) => workflow.describe()));
  }

  /** The campaign's own word, as of its lanes' last reports. @throws NoWorkerError */
  progress(): Promise<CampaignProgress> {
    return this.#ask((workflow) => queryWorkflow<CampaignProgress>(workflow, PROGRESS_QUERY));
  }

  /**
   * The same, with what the running lanes have done since.
   * @throws NoWorkerError; CampaignFailedError once it has ended without a result, such as by being terminated: its own word then still is
   * that it goes on.
   */
  async live(): Promise<LiveProgress> {
    try {
      const looked = await this.#look();
      if (looked.end === undefined) await this.#checkCutOff();
      return looked;
    } catch (thrown) {
      if (thrown instanceof NoWorkerError) await this.#checkCutOff();
      throw thrown;
    }
  }

  /**
   * Its progress, again and again, until it has ended; ends early, without an error, when `signal` aborts. While no Worker
   * answers, or Temporal itself, what was seen last is told again, with which of them it is.
   * @throws NoWorkerError or TemporalUnreachableError when none has answered at all; CampaignFailedError once it has ended without
   * a result.
   */
  async *watch({ everyMs = DEFAULT_EVERY_MS, signal }: WatchOptions = {}): AsyncGenerator<LiveProgress> {
    let last: LiveProgress | undefined;
    while (signal?.aborted !== true) {
      try {
        last = await this.live();
        yield last;
        if (last.end !== undefined) return;
      } catch (thrown) {
        const isTemporal = thrown instanceof TemporalUnreachableError;
        const isAway = isTemporal || thrown instanceof NoWorkerError;
        if (!isAway || last === undefined) throw thrown;
        yield { ...last, noWorker: true, ...(isTemporal && { noTemporal: true }) };
      }
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
   * Begins what was planned. It looks at every target again first, which may take as long as the plan took.
   * @throws RequestRefusedError when too many have changed since the plan, or it cannot be started; NoWorkerError.
   */
  async start(request: CampaignRequest, options: RequestOptions = {}): Promise<void> {
    const starting = await this.#ask((workflow) => beginUpdate(workflow, START_UPDATE, request, options));
    await whileTemporalAnswers(this.client, () => starting.result()).catch(async (thrown: unknown) => {
      throw await this.#explain(thrown);
    });
  }

  /** Asks no more for now; what was asked is proven. @throws RequestRefusedError; NoWorkerError */
  pause(request: CampaignRequest, options: RequestOptions = {}): Promise<void> {
    return this.#update(PAUSE_UPDATE, request, options);
  }

  /** Goes on asking. @throws RequestRefusedError; NoWorkerError */
  resume(request: CampaignRequest, options: RequestOptions = {}): Promise<void> {
    return this.#update(RESUME_UPDATE, request, options);
  }

  /** Never asks again; what was asked is proven. @throws RequestRefusedError; NoWorkerError */
  abort(request: CampaignRequest, options: RequestOptions = {}): Promise<void> {
    return this.#update(ABORT_UPDATE, request, options);
  }

  /** Lets the next wave begin. @throws RequestRefusedError; NoWorkerError */
  approveWave(request: CampaignRequest, options: RequestOptions = {}): Promise<void> {
    return this.#update(APPROVE_WAVE_UPDATE, request, options);
  }

  /** Changes how fast it asks; null takes the limit away. @throws RequestRefusedError; NoWorkerError */
  setRate(request: RateRequest, options: RequestOptions = {}): Promise<void> {
    return this.#update(SET_RATE_UPDATE, request, options);
  }

  /**
   * Has an address told the end, too; one that is told already is told once.
   * @throws RequestRefusedError for no address, and when there are ten of them; NoWorkerError
   */
  async addCallback(callbackUrl: string): Promise<AddCallbackAnswer> {
    checkCallbackUrl(callbackUrl);
    const args: [AddCallbackRequest] = [{ callbackUrl }];
    return this.#ask((workflow) => workflow.executeUpdate(ADD_CALLBACK_UPDATE, { args }));
  }

  /**
   * Waits for the end, however long it takes; needs no Worker once it has come.
   * @throws RequestRefusedError when it was malformed; CampaignFailedError when it ended without a result.
   */
  async result(): Promise<CampaignResult> {
    try {
      return (await this.#workflow.result()) as CampaignResult;
    } catch (thrown) {
      if (thrown instanceof WorkflowFailedError) throw toCampaignFailure(this.id, thrown);
      throw await this.#explain(thrown);
    }
  }

  /** The stories of all targets, as far as they go; needs a Worker. @throws NoWorkerError */
  async *report(): AsyncGenerator<ReportRow> {
    const { lanes } = await this.progress();
    try {
      yield* campaignReport(this.client, this.id, lanes.numbers);
    } catch (thrown) {
      throw await this.#explain(thrown);
    }
  }

  /** Of one that has ended without a result, throws what `result` throws. */
  async #checkCutOff(): Promise<void> {
    const { workflowStatus } = await this.summary();
    if (CUT_OFF.has(workflowStatus)) await this.result();
  }

  async #look(): Promise<LiveProgress> {
    const progress = await this.progress();
    const looking = () => liveProgress(this.client, progress);
    return within(this.client, LOOKS_WITHIN_MS, looking).catch((thrown: unknown) => {
      throw asUnreachable(this.client, thrown);
    });
  }

  #update(name: string, request: CampaignRequest, options: RequestOptions): Promise<void> {
    return this.#ask((workflow) => updateOnce<void>(workflow, name, request, options));
  }

  #ask<T>(what: (workflow: WorkflowHandle) => Promise<T>): Promise<T> {
    return askCampaign({ client: this.client, campaign: this.id }, what);
  }

  #explain(thrown: unknown): Promise<unknown> {
    return explain({ client: this.client, campaign: this.id }, thrown);
  }
}
