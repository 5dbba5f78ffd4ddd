import {
  ScheduleAlreadyRunning,
  ScheduleNotFoundError,
  type Client,
  type ScheduleSpec,
  type ScheduleSummary,
} from '@temporalio/client';
import {
  whyTooMuchIsProtected,
  type CampaignInput,
  type CampaignOptions,
  type Selector,
} from '../contract/campaign.js';
import { formatDuration } from '../contract/duration.js';
import { CANCEL_CAMPAIGN_WORKFLOW, campaignWorkflowId, TASK_QUEUE } from '../contract/names.js';
import { searchAttributePairs } from '../contract/search-attributes.js';
import { asUnreachable } from './as-unreachable.js';
import { checkCallbackUrl } from './check-callback-url.js';
import { RequestRefusedError } from './errors.js';
import { whyNotStarted } from './why-not-started.js';

/** It is a part of Workflow ids and of command lines. */
const NAME = /^[a-z0-9][a-z0-9._-]{0,62}$/;
const PREFIX = campaignWorkflowId('');
/** A campaign that was missed for longer, for example in an outage, is left to the next time. */
const CATCHUP_WINDOW = '1 hour';

/** When a campaign recurs: a cron expression of five fields, in UTC unless a time zone is named, or an interval. */
export type Recurrence = { readonly cron: string; readonly timeZone?: string } | { readonly everyMs: number };

export interface CampaignScheduleOptions {
  /** At most 63 lower-case letters, digits, dots, dashes and underscores. */
  readonly name: string;
  readonly recurrence: Recurrence;
  readonly selectors: readonly Selector[];
  readonly reason: string;
  readonly requestedBy?: string;
  readonly options?: CampaignOptions;
  /** Is told the end of each; the Workers' config must allow its host. It is kept in Temporal's history as it is. */
  readonly callbackUrl?: string;
}

/** A schedule as the server lists it. */
export interface CampaignSchedule {
  readonly name: string;
  /** `0 2 * * *` or `every 1d`, as it was made. */
  readonly recurrence: string;
  readonly reason: string;
  readonly paused: boolean;
  /** Who paused it and why, or that the server did after a failure. */
  readonly note?: string;
  /** ISO 8601. */
  readonly nextAt?: string;
  /** The last campaign that it started. */
  readonly lastCampaign?: string;
}

/** There is no schedule of that name. */
export class CampaignScheduleNotFoundError extends Error {
  override readonly name = 'CampaignScheduleNotFoundError';

  constructor(readonly schedule: string) {
    super(`There is no schedule ${schedule}; \`quiesce campaign schedule list\` shows those there are.`);
  }
}

/** Campaigns that recur: each time, Temporal itself starts one that looks for its targets anew. */
export class CampaignSchedules {
  constructor(private readonly client: Client) {}

  /**
   * Makes a schedule. A campaign whose time comes while the one before it still runs is skipped; after one that failed the
   * schedule is paused.
   * @throws RequestRefusedError for a name that is taken or no name, for a recurrence that the server cannot read, and for more that is
   * protected than a campaign takes;
   * NotSetUpError when the namespace lacks Quiesce's Search Attributes.
   */
  async create({ name, recurrence, ...campaign }: CampaignScheduleOptions): Promise<void> {
    if (!NAME.test(name))
      throw new RequestRefusedError(`"${name.slice(0, 100)}" is no name for a schedule: ${NAME_FORM}.`);
    checkCallbackUrl(campaign.callbackUrl);
    // Each of its campaigns would refuse it, at night.
    const tooMuch = whyTooMuchIsProtected(campaign.options?.protect ?? []);
    if (tooMuch !== undefined) throw new RequestRefusedError(tooMuch);
    const input: CampaignInput = { ...campaign, startAtOnce: true };
    try {
      await this.client.schedule.create({
        scheduleId: idOf(name),
        spec: toSpec(recurrence),
        action: {
          type: 'startWorkflow',
          workflowType: CANCEL_CAMPAIGN_WORKFLOW,
          // The server adds the time it was due: one Workflow id for each campaign.
          workflowId: idOf(name),
          taskQueue: TASK_QUEUE,
          args: [input],
          // Its id, which the server makes, is in none: lists take it from the Workflow's.
          typedSearchAttributes: searchAttributePairs({
            phase: 'gathering',
            requestedBy: campaign.requestedBy,
          }),
        },
        policies: { overlap: 'SKIP', catchupWindow: CATCHUP_WINDOW, pauseOnFailure: true },
        memo: { recurrence: describe(recurrence), reason: campaign.reason } satisfies Memo,
      });
    } catch (thrown) {
      throw explain(this.client, name, thrown);
    }
  }

  /** Every schedule of campaigns; seconds behind on a busy server. */
  async *list(): AsyncGenerator<CampaignSchedule> {
    try {
      for await (const summary of this.client.schedule.list()) {
        const isOurs = summary.action?.workflowType === CANCEL_CAMPAIGN_WORKFLOW;
        if (isOurs && summary.scheduleId.startsWith(PREFIX)) yield toSchedule(summary);
      }
    } catch (thrown) {
      throw asUnreachable(this.client, thrown);
    }
  }

  /** Starts no more campaigns; those that run go on. @throws CampaignScheduleNotFoundError */
  async pause(name: string, note: string): Promise<void> {
    await this.#ask(name, (handle) => handle.pause(note));
  }

  /** Starts campaigns again, from the next time on. @throws CampaignScheduleNotFoundError */
  async resume(name: string, note: string): Promise<void> {
    await this.#ask(name, (handle) => handle.unpause(note));
  }

  /** Removes the schedule; campaigns that run go on. @throws CampaignScheduleNotFoundError */
  async delete(name: string): Promise<void> {
    await this.#ask(name, (handle) => handle.delete());
  }

  async #ask(name: string, what: (handle: ReturnType<Client['schedule']['getHandle']>) => Promise<void>) {
    try {
      await what(this.client.schedule.getHandle(idOf(name)));
    } catch (thrown) {
      throw explain(this.client, name, thrown);
    }
  }
}

const NAME_FORM =
  'at most 63 lower-case letters, digits, dots, dashes and underscores, the first a letter or digit';

interface Memo extends Record<string, unknown> {
  readonly recurrence: string;
  readonly reason: string;
}

/** Schedules and Workflows have ids of their own, so one name does for both. */
function idOf(name: string): string {
  return campaignWorkflowId(name);
}

function toSpec(recurrence: Recurrence): ScheduleSpec {
  if ('everyMs' in recurrence) return { intervals: [{ every: recurrence.everyMs }] };
  const { cron, timeZone } = recurrence;
  return { cronExpressions: [cron], ...(timeZone !== undefined && { timezone: timeZone }) };
}

function describe(recurrence: Recurrence): string {
  if ('everyMs' in recurrence) return `every ${formatDuration(recurrence.everyMs)}`;
  return `${recurrence.cron}${recurrence.timeZone === undefined ? '' : ` ${recurrence.timeZone}`}`;
}

function toSchedule({ scheduleId, memo, state, info }: ScheduleSummary): CampaignSchedule {
  const [next] = info.nextActionTimes;
  const last = info.recentActions.at(-1)?.action.workflow.workflowId;
  return {
    name: scheduleId.slice(PREFIX.length),
    recurrence: textOf(memo, 'recurrence'),
    reason: textOf(memo, 'reason'),
    paused: state.paused,
    ...(state.note && { note: state.note }),
    ...(next !== undefined && { nextAt: next.toISOString() }),
    ...(last !== undefined && { lastCampaign: last.slice(PREFIX.length) }),
  };
}

function textOf(memo: ScheduleSummary['memo'], name: keyof Memo): string {
  const value: unknown = memo?.[name];
  return typeof value === 'string' ? value : '';
}

function explain(client: Client, name: string, thrown: unknown): unknown {
  if (thrown instanceof ScheduleAlreadyRunning)
    return new RequestRefusedError(
      `There is a schedule ${name} already; delete it first, or give this one another name.`,
      { cause: thrown },
    );
  if (thrown instanceof ScheduleNotFoundError) return new CampaignScheduleNotFoundError(name);
  // The SDK's form of the server's INVALID_ARGUMENT.
  if (thrown instanceof TypeError)
    return new RequestRefusedError(`Temporal does not take the schedule ${name}: ${thrown.message}.`, {
      cause: thrown,
    });
  return whyNotStarted(client, thrown);
}
