import type { Client, WorkflowExecutionInfo } from '@temporalio/client';
import proto from '@temporalio/proto';
import type { CampaignInput, CampaignRequest, Selector } from '../contract/campaign.js';
import type { CancelInput } from '../contract/cancellation.js';
import {
  ABANDON_UPDATE,
  ABORT_UPDATE,
  APPROVE_WAVE_UPDATE,
  CAMPAIGN_LANE_WORKFLOW,
  campaignOfLane,
  CANCEL_CAMPAIGN_WORKFLOW,
  EXTEND_DEADLINE_UPDATE,
  PAUSE_UPDATE,
  RESUME_UPDATE,
  SET_RATE_UPDATE,
  START_UPDATE,
} from '../contract/names.js';
import { searchAttributeKey } from '../contract/search-attributes.js';
import { taskUri, type TaskRef } from '../contract/task.js';
import { isVouched } from '../contract/vouched-names.js';
import { taskOf } from '../contract/task-memo.js';
import type { AuditAction, AuditEntry } from './audit-entry.js';
import { failureMessage } from './failure-message.js';
import { endingBy, endingOf } from './run-ending.js';
import { runEvents, type HistoryEvent } from './run-events.js';
import { said, whyNot, type Said } from './said.js';

const { WORKFLOW_TASK_FAILED_CAUSE_RESET_WORKFLOW: RESET } =
  proto.temporal.api.enums.v1.WorkflowTaskFailedCause;

/** The server's own words where it ends a Workflow because its parent has ended. */
const WITH_PARENT = { reason: 'by parent close policy', identity: 'history-service' };

/** The Updates by which people steer, by their names; the others are a client's own with its campaign. */
const STEERING: Readonly<Record<string, AuditAction>> = {
  [ABANDON_UPDATE]: 'abandon',
  [EXTEND_DEADLINE_UPDATE]: 'extend',
  [START_UPDATE]: 'start',
  [PAUSE_UPDATE]: 'pause',
  [RESUME_UPDATE]: 'resume',
  [ABORT_UPDATE]: 'abort',
  [APPROVE_WAVE_UPDATE]: 'approve',
  [SET_RATE_UPDATE]: 'rate',
};

/** An entry without what is known of the whole. */
type Act = Pick<
  AuditEntry,
  'at' | 'action' | 'by' | 'reason' | 'client' | 'asked' | 'refused' | 'unreadable'
>;
type Subject = Pick<AuditEntry, 'task' | 'campaign' | 'connections'>;

/**
 * What was asked of one run, by its history; of one that goes on from another, what was asked of this one. Its end is that of the
 * last run that goes on from it. What cannot be read is told as that: one such Workflow must not keep the rest from being told.
 * Of a campaign's lane, only what was done past Quiesce: all else is its campaign's doing.
 */
export async function readActs(client: Client, info: WorkflowExecutionInfo): Promise<readonly AuditEntry[]> {
  const acts = new Map<string, Act>();
  let subject: Subject = {};
  let ending = endingOf({}, info);
  for await (const event of runEvents(client, info)) {
    const started = event.workflowExecutionStartedEventAttributes;
    if (started) {
      const input = await said<CancelInput & CampaignInput>(client, started.input);
      subject = subjectOf(input, info);
      const isBeginning = !started.continuedExecutionRunId && !isLane(info);
      if (isBeginning) acts.set(nameOf(event), beginning(input, event, info));
    }
    const asking = isLane(info) ? undefined : await steering(client, event);
    const act = asking ?? byTemporal(event, info);
    if (act !== undefined) acts.set(nameOf(event), act);
    const answered = event.workflowExecutionUpdateCompletedEventAttributes;
    const asked = acts.get(String(answered?.acceptedEventId));
    if (asked !== undefined && answered?.outcome?.failure)
      acts.set(String(answered.acceptedEventId), {
        ...asked,
        refused: await failureMessage(client, answered.outcome.failure).catch(whyNot),
      });
    ending = (await endingBy(client, event, info)) ?? ending;
  }
  const { workflowId, runId } = info;
  return [...acts.values()].map((act) => ({
    ...act,
    vouched: act.by !== undefined && isVouched(act.by),
    ...subject,
    ...ending,
    workflowId,
    runId,
  }));
}

/** How it began: the options are what was asked. Search Attributes are never encrypted, and say who it was where nothing else does. */
function beginning(
  input: Said<CancelInput & CampaignInput>,
  event: HistoryEvent,
  info: WorkflowExecutionInfo,
): Act {
  const { requestedBy, reason, unreadable, callbackUrl, startAtOnce, dryRun, options, ...rest } = input;
  const { task: _task, campaign: _campaign, ...asked } = rest;
  const isDry = dryRun === true || info.workflowId.startsWith('dry-run/');
  const ofCampaign = startAtOnce === true ? 'start' : 'plan';
  const by = requestedBy ?? info.typedSearchAttributes.get(searchAttributeKey('requestedBy'));
  return {
    at: timeOf(event),
    action: isCampaign(info) ? ofCampaign : isDry ? 'dry-run' : 'cancel',
    ...who(by, reason, event.workflowExecutionStartedEventAttributes?.identity),
    // Where a callback goes may hold a token.
    asked: { ...options, ...asked, ...(callbackUrl !== undefined && { callback: true }) },
    ...(unreadable !== undefined && { unreadable }),
  };
}

async function steering(client: Client, event: HistoryEvent): Promise<Act | undefined> {
  const request = event.workflowExecutionUpdateAcceptedEventAttributes?.acceptedRequest;
  const action = STEERING[request?.input?.name ?? ''];
  if (action === undefined) return undefined;
  const { by, reason, unreadable, ...asked } = await said<CampaignRequest>(client, request?.input?.args);
  return {
    at: timeOf(event),
    action,
    ...who(by, reason, request?.meta?.identity),
    asked,
    ...(unreadable !== undefined && { unreadable }),
  };
}

/** What was done past Quiesce: Temporal's own commands and its UI give a reason, and no name but the process's. */
function byTemporal(event: HistoryEvent, { parentExecution }: WorkflowExecutionInfo): Act | undefined {
  const cancel = event.workflowExecutionCancelRequestedEventAttributes;
  const terminate = event.workflowExecutionTerminatedEventAttributes;
  const failed = event.workflowTaskFailedEventAttributes;
  const at = timeOf(event);
  // A campaign that asks no more cancels what it has handed over, and a terminated one takes its lanes along: its own entry says who did it.
  const endsWithParent =
    terminate?.reason === WITH_PARENT.reason && terminate.identity === WITH_PARENT.identity;
  const asksAsParent = cancel?.externalWorkflowExecution?.workflowId === parentExecution?.workflowId;
  if (parentExecution && (endsWithParent || (cancel && asksAsParent))) return undefined;
  if (cancel)
    return { at, action: 'workflow-cancel', ...who(undefined, cancel.cause, cancel.identity), asked: {} };
  if (terminate) {
    const { reason, identity } = terminate;
    return { at, action: 'workflow-terminate', ...who(undefined, reason, identity), asked: {} };
  }
  if (failed?.cause !== RESET) return undefined;
  const { failure, identity, baseRunId } = failed;
  return {
    at,
    action: 'workflow-reset',
    ...who(undefined, failure?.message, identity),
    asked: { baseRunId },
  };
}

function who(by: unknown, reason: unknown, client: unknown): Pick<Act, 'by' | 'reason' | 'client'> {
  const texts = Object.entries({ by, reason, client });
  return Object.fromEntries(texts.filter(([, text]) => typeof text === 'string' && text !== ''));
}

function subjectOf(
  { task, campaign, selectors }: Said<CancelInput & CampaignInput>,
  info: WorkflowExecutionInfo,
): Subject {
  const shown = info.typedSearchAttributes.get(searchAttributeKey('connection'));
  const campaignId = campaignOfLane(info.workflowId).replace(/^campaign\//, '');
  if (isLane(info))
    return {
      campaign: campaignId,
      ...(shown !== undefined && { connections: [shown] }),
    };
  if (!isCampaign(info)) {
    const uri = uriOf(task);
    const connection = uri === undefined ? shown : task?.connection;
    return {
      task: uri ?? taskOf(info) ?? info.workflowId,
      ...(typeof campaign === 'string' && { campaign }),
      ...(connection !== undefined && { connections: [connection] }),
    };
  }
  const known: unknown = Array.isArray(selectors)
    ? (selectors as Partial<Selector | null>[]).map((selector) => selector?.connection)
    : info.memo?.['connections'];
  return {
    campaign: campaignId,
    ...(Array.isArray(known) && { connections: [...new Set(known.map(String))] }),
  };
}

function uriOf(task: TaskRef | undefined): string | undefined {
  try {
    return task && taskUri(task);
  } catch {
    return undefined; // Of another form: the Workflow has refused it.
  }
}

function isCampaign({ type }: WorkflowExecutionInfo): boolean {
  return type === CANCEL_CAMPAIGN_WORKFLOW;
}

function isLane({ type }: WorkflowExecutionInfo): boolean {
  return type === CAMPAIGN_LANE_WORKFLOW;
}

function nameOf({ eventId }: HistoryEvent): string {
  return String(eventId);
}

function timeOf({ eventTime }: HistoryEvent): string {
  const { seconds, nanos } = eventTime ?? {};
  return new Date(Number(seconds ?? 0) * 1_000 + (nanos ?? 0) / 1e6).toISOString();
}
