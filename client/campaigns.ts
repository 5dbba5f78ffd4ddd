import { randomBytes } from 'node:crypto';
import {
  WorkflowExecutionAlreadyStartedError,
  WorkflowUpdateFailedError,
  type Client,
} from '@temporalio/client';
import type { CampaignInput, CampaignPhase, SealRequest, TargetOutcome } from '../contract/campaign.js';
import {
  CAMPAIGN_LANE_WORKFLOW,
  CANCEL_CAMPAIGN_WORKFLOW,
  campaignWorkflowId,
  SEAL_UPDATE,
  TASK_QUEUE,
} from '../contract/names.js';
import {
  SEARCH_ATTRIBUTES,
  searchAttributeKey,
  searchAttributePairs,
} from '../contract/search-attributes.js';
import { taskUri, type TaskRef } from '../contract/task.js';
import { CampaignHandle } from './campaign-handle.js';
import { readLane } from './campaign-report.js';
import type {
  CampaignSummary,
  LoadOptions,
  NewCampaign,
  ReportRow,
  RetryOptions,
  TargetSource,
} from './campaign-types.js';
import { distinctTargets } from './distinct-targets.js';
import { RequestRefusedError } from './errors.js';
import { quoted } from './list-cancellations.js';
import { loadTargets } from './load-targets.js';
import { asNotSetUp } from './not-set-up.js';
import { toTaskRef } from './to-task-ref.js';

const CAMPAIGN_ID = /^[A-Za-z0-9][A-Za-z0-9._-]{0,79}$/;
const TO_RETRY: readonly TargetOutcome[] = ['unproven', 'refused', 'errored', 'left-alone'];

/** Starts and finds campaigns. */
export class Campaigns {
  constructor(private readonly client: Client) {}

  /**
   * Gathers the targets and looks at them; nothing is asked before the plan is started.
   * @throws what the source throws, before or after some targets were loaded: then the campaign is discarded.
   * @throws RequestRefusedError, for example for too many targets; NotSetUpError.
   */
  plan(source: TargetSource, campaign: NewCampaign, options: LoadOptions = {}): Promise<CampaignHandle> {
    return this.#begin(source, campaign, false, options);
  }

  /** Gathers the targets and begins to ask at once. @throws as `plan`. */
  start(source: TargetSource, campaign: NewCampaign, options: LoadOptions = {}): Promise<CampaignHandle> {
    return this.#begin(source, campaign, true, options);
  }

  /** A campaign by its id; whether it exists shows with the first call. */
  get(id: string): CampaignHandle {
    return new CampaignHandle(this.client, id);
  }

  /** Campaigns, newest first. */
  async *list(
    filter: { readonly limit?: number; readonly running?: boolean } = {},
  ): AsyncGenerator<CampaignSummary> {
    const { limit = Infinity, running } = filter;
    const status = running === undefined ? '' : ` AND ExecutionStatus ${running ? '=' : '!='} 'Running'`;
    const query = `WorkflowType = '${CANCEL_CAMPAIGN_WORKFLOW}'${status}`;
    let left = limit;
    for await (const info of this.client.workflow.list({ query })) {
      if (left-- <= 0) return;
      const read = (name: 'phase' | 'requestedBy') =>
        info.typedSearchAttributes.get(searchAttributeKey(name));
      const phase = read('phase') as CampaignPhase | undefined;
      const requestedBy = read('requestedBy');
      yield {
        id: info.workflowId.replace(/^campaign\//, ''),
        runId: info.runId,
        ...(phase !== undefined && { phase }),
        ...(requestedBy !== undefined && { requestedBy }),
        workflowStatus: info.status.name,
        startedAt: info.startTime.toISOString(),
        ...(info.closeTime !== undefined && { closedAt: info.closeTime.toISOString() }),
      };
    }
  }

  /** What campaigns know of one task, the newest first. Asks every lane of its connection: a second for a hundred. */
  async *find(task: TaskRef | string, { limit = Infinity } = {}): AsyncGenerator<ReportRow> {
    const ref = toTaskRef(task);
    const uri = taskUri(ref);
    const query = `WorkflowType = '${CAMPAIGN_LANE_WORKFLOW}' AND ${SEARCH_ATTRIBUTES.connection} = ${quoted(ref.connection)}`;
    let left = limit;
    for await (const { workflowId } of this.client.workflow.list({ query })) {
      const [, campaign, lane] = /^campaign\/(.+)\/lane\/(\d+)$/.exec(workflowId) ?? [];
      if (campaign === undefined || lane === undefined) continue;
      const rows = await readLane(this.client, campaign, Number(lane));
      for (const row of rows) {
        if (row.task !== uri) continue;
        yield row;
        if (--left <= 0) return;
      }
    }
  }

  /** A new campaign of what another left undone. @throws as `plan`; CampaignNotFoundError. */
  async retry(id: string, { outcomes = TO_RETRY, ...campaign }: RetryOptions): Promise<CampaignHandle> {
    const wanted: ReadonlySet<string> = new Set(outcomes);
    const report = this.get(id).report();
    async function* targets() {
      for await (const { state, task } of report) if (wanted.has(state)) yield task;
    }
    return this.start({ targets: targets() }, campaign);
  }

  async #begin(
    source: TargetSource,
    { id = newId(), ...campaign }: NewCampaign,
    startAtOnce: boolean,
    options: LoadOptions,
  ): Promise<CampaignHandle> {
    if (!CAMPAIGN_ID.test(id))
      throw new RequestRefusedError(
        `"${id.slice(0, 100)}" is no id for a campaign: letters, digits, dots, dashes and underscores, at most 80.`,
      );
    const { reason, requestedBy, ...rest } = campaign;
    const input: CampaignInput = {
      reason,
      ...(requestedBy !== undefined && { requestedBy }),
      ...('selectors' in source && { selectors: source.selectors }),
      startAtOnce,
      options: rest,
    };
    const isNew = await this.#startWorkflow(id, input);
    if (isNew && 'targets' in source) await this.#load(id, source.targets, options);
    return new CampaignHandle(this.client, id, !isNew);
  }

  /** Whether it was started, and not there already. */
  async #startWorkflow(id: string, input: CampaignInput): Promise<boolean> {
    const { requestedBy, reason } = input;
    try {
      await this.client.workflow.start(CANCEL_CAMPAIGN_WORKFLOW, {
        workflowId: campaignWorkflowId(id),
        taskQueue: TASK_QUEUE,
        args: [input],
        // The same id is the same campaign, also after it has ended.
        workflowIdReusePolicy: 'REJECT_DUPLICATE',
        workflowIdConflictPolicy: 'FAIL',
        typedSearchAttributes: searchAttributePairs({ campaign: id, phase: 'gathering', requestedBy }),
        staticSummary: reason.slice(0, 200),
      });
      return true;
    } catch (thrown) {
      if (!(thrown instanceof WorkflowExecutionAlreadyStartedError)) throw asNotSetUp(thrown);
      // Whether it has the same targets cannot be told: whoever gave the id says so.
      return false;
    }
  }

  async #load(
    id: string,
    targets: AsyncIterable<TaskRef | string> | Iterable<TaskRef | string>,
    options: LoadOptions,
  ): Promise<void> {
    const workflow = this.client.workflow.getHandle(campaignWorkflowId(id));
    try {
      const loaded = await loadTargets(this.client, id, distinctTargets(targets), options);
      const args: [SealRequest] = [{ targets: loaded.targets }];
      await workflow.executeUpdate(SEAL_UPDATE, { args, updateId: 'seal' });
    } catch (thrown) {
      // Nothing of it is to be asked.
      await workflow.cancel().catch(() => {});
      if (thrown instanceof WorkflowUpdateFailedError && thrown.cause !== undefined)
        throw new RequestRefusedError(thrown.cause.message, { cause: thrown });
      throw thrown;
    }
  }
}

/** Sorts by day. */
function newId(): string {
  const day = new Date().toISOString().slice(0, 10).replaceAll('-', '');
  return `${day}-${randomBytes(4).toString('hex')}`;
}
