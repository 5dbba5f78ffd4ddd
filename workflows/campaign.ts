import {
  CancellationScope,
  ChildWorkflowFailure,
  condition,
  ParentClosePolicy,
  patched,
  rootCause,
  setCurrentDetails,
  startChild,
  upsertSearchAttributes,
  workflowInfo,
} from '@temporalio/workflow';
import {
  DEFAULT_CAMPAIGN_DEADLINE_AFTER_MS,
  type CampaignEnd,
  type CampaignInput,
  type CampaignPhase,
  type OpenLaneAnswer,
  type OpenLaneRequest,
} from '../contract/campaign.js';
import type { LaneInput, LaneOrders, LaneResult } from '../contract/campaign-lane.js';
import { CAMPAIGN_LANE_WORKFLOW, laneWorkflowId, ORDERS_SIGNAL } from '../contract/names.js';
import { searchAttributePairs } from '../contract/search-attributes.js';
import {
  keepProblems,
  laneEnded,
  laneFailed,
  lanesOf,
  newLedger,
  openLane,
  SEATS,
  type CampaignLedger,
  type LaneEntry,
} from './campaign-ledger.js';
import { dueOrders } from './campaign-orders.js';
import { describeCampaign } from './describe-campaign.js';

interface LaneHandle {
  signal(name: string, orders: LaneOrders): Promise<void>;
}

/** A campaign under way: what it knows, and the lanes it orders about. */
export class Campaign {
  readonly id = workflowInfo().workflowId.replace(/^campaign\//, '');
  readonly ledger: CampaignLedger;
  end: CampaignEnd | undefined;
  endedAtMs: number | undefined;
  /** Counts what has changed, and how much of it the orders to the lanes are made from. */
  #version = 0;
  #considered = 0;
  readonly #handles = new Map<number, LaneHandle>();

  constructor(readonly input: CampaignInput) {
    const deadlineAfterMs = input.options?.deadlineAfterMs ?? DEFAULT_CAMPAIGN_DEADLINE_AFTER_MS;
    this.ledger = newLedger({ ...input.options, deadlineAfterMs }, Date.now());
    if (!patched('eight-lanes-ask')) this.ledger.seats = SEATS.before;
  }

  /** To be called after every change. */
  changed(): void {
    this.#version += 1;
    setCurrentDetails(describeCampaign(this));
  }

  /** Waits until something has changed since it was last considered, or for so long; false when nothing has. */
  async change(longestMs?: number): Promise<boolean> {
    const isChanged = () => this.#version !== this.#considered;
    if (longestMs === undefined) await condition(isChanged);
    else if (!(await condition(isChanged, Math.max(1, longestMs)))) return false;
    this.#considered = this.#version;
    return true;
  }

  /** Enters a phase, and shows it where people look. */
  enter(phase: CampaignPhase): void {
    if (this.ledger.phase === phase) return;
    upsertSearchAttributes(searchAttributePairs({ phase }));
    this.ledger.phase = phase;
    this.changed();
  }

  /** Starts a lane; it waits for its targets and its orders. */
  async openLane(request: OpenLaneRequest): Promise<OpenLaneAnswer> {
    const entry = openLane(this.ledger, request);
    const { lane } = entry;
    const { provider, connection, targets, fields } = request;
    const { reason, requestedBy, options = {} } = this.input;
    const workflowId = laneWorkflowId(this.id, lane);
    const input: LaneInput = {
      campaign: this.id,
      lane,
      connection,
      provider,
      fields,
      targets,
      reason,
      ...(requestedBy !== undefined && { requestedBy }),
      ...(options.protect !== undefined && { protect: options.protect }),
      ...(options.onRunningSubtasks !== undefined && { onRunningSubtasks: options.onRunningSubtasks }),
    };
    entry.isOpening = true;
    // Temporal's own cancel of the campaign is for the campaign alone: its lanes prove what was asked.
    const start = () => startLane(workflowId, input, this.id);
    const handle = await CancellationScope.nonCancellable(start).catch((thrown: unknown) => {
      entry.isDiscarded = true;
      entry.hasEnded = true;
      throw thrown;
    });
    this.#handles.set(lane, handle);
    delete entry.isOpening;
    void this.#follow(entry, handle.result());
    this.changed();
    return { lane, workflowId };
  }

  /** Tells the lanes what is new for them. */
  async sendOrders(): Promise<void> {
    // What changes while they are on their way is considered the next time.
    this.#considered = this.#version;
    const due = dueOrders(this.ledger);
    await Promise.all(due.map(({ entry, orders }) => this.#send(entry, orders)));
  }

  /** Gives orders until something is true. */
  async until(isDone: () => boolean): Promise<void> {
    while (!isDone()) {
      await this.sendOrders();
      if (!isDone()) await this.change();
    }
  }

  get haveLanesEnded(): boolean {
    return this.ledger.lanes.every(({ hasEnded }) => hasEnded === true);
  }

  get lanes(): LaneEntry[] {
    return lanesOf(this.ledger);
  }

  async #send(entry: LaneEntry, orders: LaneOrders): Promise<void> {
    try {
      await this.#handles.get(entry.lane)?.signal(ORDERS_SIGNAL, orders);
    } catch (thrown) {
      // One that has ended meanwhile is not found, and its result tells of it. Nothing else may end the campaign, either.
      if (isNotFound(thrown)) return;
      const message = `Its orders were not delivered: ${rootCause(thrown) ?? String(thrown)}`.slice(0, 300);
      this.#note(entry, 'OrdersNotDelivered', message);
    }
  }

  async #follow(entry: LaneEntry, result: Promise<LaneResult>): Promise<void> {
    try {
      laneEnded(this.ledger, entry, await result);
    } catch (thrown) {
      if (!(thrown instanceof ChildWorkflowFailure)) throw thrown;
      const message = (rootCause(thrown) ?? thrown.message).slice(0, 300);
      laneFailed(entry);
      this.#note(entry, 'LaneFailed', message);
    }
    this.changed();
  }

  #note({ lane }: LaneEntry, code: string, message: string): void {
    keepProblems(this.ledger, [{ subject: laneWorkflowId(this.id, lane), code, message, atMs: Date.now() }]);
  }
}

function startLane(workflowId: string, input: LaneInput, campaign: string) {
  const { provider, connection, targets, requestedBy } = input;
  return startChild<(input: LaneInput) => Promise<LaneResult>>(CAMPAIGN_LANE_WORKFLOW, {
    workflowId,
    args: [input],
    parentClosePolicy: ParentClosePolicy.TERMINATE,
    typedSearchAttributes: searchAttributePairs({ provider, connection, campaign, requestedBy }),
    staticSummary: `${targets} targets of ${connection}`,
  });
}

/** The SDK has no class or code for it, only the words; see sdk-core, signal_external_state_machine.rs. */
function isNotFound(thrown: unknown): boolean {
  return thrown instanceof Error && thrown.message.includes('not found');
}
