import {
  ABANDON_UPDATE,
  ABORT_UPDATE,
  ADD_CALLBACK_UPDATE,
  APPROVE_WAVE_UPDATE,
  CAMPAIGN_LANE_WORKFLOW,
  CANCEL_CAMPAIGN_WORKFLOW,
  CANCEL_TASK_WORKFLOW,
  EXTEND_DEADLINE_UPDATE,
  LOAD_UPDATE,
  OPEN_LANE_UPDATE,
  PAUSE_UPDATE,
  POLL_NOW_SIGNAL,
  PROGRESS_QUERY,
  RESUME_UPDATE,
  ROWS_QUERY,
  SEAL_UPDATE,
  SET_RATE_UPDATE,
  START_UPDATE,
} from '../contract/names.js';

/** The types of one message; what it has none of is left out: an Update without an answer, a Signal without an argument. */
export interface Message {
  readonly takes?: string;
  readonly gives?: string;
}

/** A Workflow of the contract: what callers with Temporal alone may send it, and what they get. */
export interface PublishedWorkflow {
  /** Of the file in schema/. */
  readonly file: string;
  /** The first is the Workflow itself: its input and its result. */
  readonly messages: Readonly<Record<string, Message>>;
}

const steering = { takes: 'CampaignRequest' };
const addCallback = { takes: 'AddCallbackRequest', gives: 'AddCallbackAnswer' };

/** Names are of contract/names.ts, types are of contract/. What is not here, such as the Signals of lanes, is our own affair. */
export const PUBLISHED_WORKFLOWS: readonly PublishedWorkflow[] = [
  {
    file: 'cancel-task.schema.json',
    messages: {
      [CANCEL_TASK_WORKFLOW]: { takes: 'CancelInput', gives: 'CancelResult' },
      [PROGRESS_QUERY]: { gives: 'CancelProgress' },
      [POLL_NOW_SIGNAL]: {},
      [EXTEND_DEADLINE_UPDATE]: { takes: 'ExtendRequest', gives: 'ExtendAnswer' },
      [ABANDON_UPDATE]: { takes: 'AbandonRequest', gives: 'AbandonAnswer' },
      [ADD_CALLBACK_UPDATE]: addCallback,
    },
  },
  {
    file: 'cancel-campaign.schema.json',
    messages: {
      [CANCEL_CAMPAIGN_WORKFLOW]: { takes: 'CampaignInput', gives: 'CampaignResult' },
      [PROGRESS_QUERY]: { gives: 'CampaignProgress' },
      [START_UPDATE]: steering,
      [PAUSE_UPDATE]: steering,
      [RESUME_UPDATE]: steering,
      [ABORT_UPDATE]: steering,
      [APPROVE_WAVE_UPDATE]: steering,
      [SET_RATE_UPDATE]: { takes: 'RateRequest' },
      [ADD_CALLBACK_UPDATE]: addCallback,
      [OPEN_LANE_UPDATE]: { takes: 'OpenLaneRequest', gives: 'OpenLaneAnswer' },
      [SEAL_UPDATE]: { takes: 'SealRequest' },
    },
  },
  {
    file: 'campaign-lane.schema.json',
    messages: {
      // Only a campaign starts one.
      [CAMPAIGN_LANE_WORKFLOW]: {},
      [LOAD_UPDATE]: { takes: 'LoadRequest' },
      [ROWS_QUERY]: { gives: 'LaneRows' },
    },
  },
];
