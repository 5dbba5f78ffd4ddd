import type { UpdateDefinition } from '@temporalio/common';
import { defineQuery, defineSignal, defineUpdate, log, setHandler } from '@temporalio/workflow';
import {
  LANE_SIZE,
  LEAST_CALLS_PER_SECOND,
  MOST_TARGETS,
  type CampaignProgress,
  type CampaignRequest,
  type OpenLaneAnswer,
  type DiscardLanesRequest,
  type OpenLaneRequest,
  type RateRequest,
  type SealRequest,
} from '../contract/campaign.js';
import type { LaneReport } from '../contract/campaign-lane.js';
import {
  ABORT_UPDATE,
  APPROVE_WAVE_UPDATE,
  DISCARD_LANES_UPDATE,
  LANE_REPORT_SIGNAL,
  OPEN_LANE_UPDATE,
  PAUSE_UPDATE,
  PROGRESS_QUERY,
  RESUME_UPDATE,
  SEAL_UPDATE,
  SET_RATE_UPDATE,
  START_UPDATE,
} from '../contract/names.js';
import type { Campaign } from './campaign.js';
import { countTargets, takeReport } from './campaign-ledger.js';
import { toCampaignProgress } from './campaign-progress.js';
import { invalid } from './invalid.js';
import { isCount, isText, isTexts } from './json-shapes.js';
import { isLaneReport } from './lane-messages.js';

export const openLaneUpdate = defineUpdate<OpenLaneAnswer, [OpenLaneRequest]>(OPEN_LANE_UPDATE);
export const discardLanesUpdate = defineUpdate<void, [DiscardLanesRequest]>(DISCARD_LANES_UPDATE);
export const sealUpdate = defineUpdate<void, [SealRequest]>(SEAL_UPDATE);
export const startUpdate = defineUpdate<void, [CampaignRequest]>(START_UPDATE);
export const pauseUpdate = defineUpdate<void, [CampaignRequest]>(PAUSE_UPDATE);
export const resumeUpdate = defineUpdate<void, [CampaignRequest]>(RESUME_UPDATE);
export const abortUpdate = defineUpdate<void, [CampaignRequest]>(ABORT_UPDATE);
export const approveWaveUpdate = defineUpdate<void, [CampaignRequest]>(APPROVE_WAVE_UPDATE);
export const setRateUpdate = defineUpdate<void, [RateRequest]>(SET_RATE_UPDATE);
export const laneReportSignal = defineSignal<[LaneReport]>(LANE_REPORT_SIGNAL);
export const campaignProgressQuery = defineQuery<CampaignProgress>(PROGRESS_QUERY);

/** What people ask of a campaign, as far as it has not been carried out. */
export interface Requests {
  isSealed: boolean;
  /** Somebody wants it to begin; settled when it has, or will not. */
  start?: { readonly settle: (refusal?: Error) => void };
  isWaveApproved: boolean;
}

/** Everything that a campaign can be told and asked. */
export function handleRequests(campaign: Campaign): Requests {
  const { ledger } = campaign;
  const requests: Requests = { isSealed: false, isWaveApproved: false };

  handleTargets(campaign, requests);
  setHandler(
    startUpdate,
    async () => {
      const settled = new Promise<void>((resolve, reject) => {
        requests.start = { settle: (refusal) => (refusal ? reject(refusal) : resolve()) };
      });
      campaign.changed();
      await settled;
    },
    {
      validator: (request) => {
        checkSteering(campaign, request);
        if (ledger.phase !== 'planned' || requests.start !== undefined)
          throw invalid(`A campaign that is ${ledger.phase} cannot be started.`);
      },
      description: 'Begin to ask. {"by": "who"}',
    },
  );
  handleSteering(campaign, requests);
  setHandler(
    laneReportSignal,
    (report) => {
      if (!isLaneReport(report)) {
        log.warn('A laneReport that no lane of this campaign can have sent is ignored.');
        return;
      }
      takeReport(ledger, report);
      campaign.changed();
    },
    { description: 'A lane tells how far it is.' },
  );
  setHandler(campaignProgressQuery, () => toCampaignProgress(campaign), { description: 'How far it is.' });
  return requests;
}

function handleTargets(campaign: Campaign, requests: Requests): void {
  const { ledger } = campaign;
  setHandler(openLaneUpdate, (request) => campaign.openLane(request), {
    validator: (request) => checkLane(campaign, requests, request),
    description: 'A lane for up to a thousand targets of a connection.',
  });
  setHandler(
    discardLanesUpdate,
    ({ connection, from }) => {
      for (const entry of ledger.lanes)
        if (entry.connection === connection && entry.lane > from) entry.isDiscarded = true;
      campaign.changed();
    },
    {
      validator: (request) => checkDiscard(campaign, requests, request),
      description: 'A listing begins anew.',
    },
  );
  setHandler(
    sealUpdate,
    () => {
      requests.isSealed = true;
      campaign.changed();
    },
    { validator: (request) => checkSeal(campaign, request), description: 'These are all targets.' },
  );
}

/** One way to steer a campaign: what it is for people, and what it changes. */
interface Steering {
  readonly update: UpdateDefinition<void, [CampaignRequest]>;
  readonly description: string;
  readonly steer: (campaign: Campaign, requests: Requests, told: string) => void;
  readonly check?: (campaign: Campaign) => void;
}

const STEERING: readonly Steering[] = [
  {
    update: pauseUpdate,
    description: 'Ask no more for now; what was asked is proven.',
    steer({ ledger }, _, told) {
      ledger.isPaused = true;
      ledger.note = `Paused ${told}`;
    },
  },
  {
    update: resumeUpdate,
    description: 'Go on asking.',
    steer({ ledger }) {
      ledger.isPaused = false;
      delete ledger.note;
    },
  },
  {
    update: abortUpdate,
    description: 'Never ask again; what was asked is proven.',
    steer({ ledger }, _, told) {
      ledger.stopping ??= { end: 'aborted', note: `Aborted ${told}` };
    },
  },
  {
    update: approveWaveUpdate,
    description: 'Let the next wave begin.',
    steer(_, requests) {
      requests.isWaveApproved = true;
    },
    check({ ledger }) {
      if (ledger.phase !== 'waiting-for-approval') throw invalid('No wave waits for an approval.');
    },
  },
];

function handleSteering(campaign: Campaign, requests: Requests): void {
  for (const { update, description, steer, check } of STEERING) {
    const handler = ({ by, reason }: CampaignRequest) => {
      steer(campaign, requests, `by ${by}${isText(reason) ? `: ${reason}` : ''}`);
      campaign.changed();
    };
    const validator = (request: CampaignRequest) => {
      checkSteering(campaign, request);
      check?.(campaign);
    };
    setHandler(update, handler, { validator, description });
  }
  setHandler(
    setRateUpdate,
    ({ callsPerSecond }) => {
      if (callsPerSecond === null) delete campaign.ledger.callsPerSecond;
      else campaign.ledger.callsPerSecond = callsPerSecond;
      campaign.changed();
    },
    {
      validator: (request) => {
        checkSteering(campaign, request);
        const { callsPerSecond: rate } = request;
        if (rate === null || (Number.isFinite(rate) && rate >= LEAST_CALLS_PER_SECOND)) return;
        throw invalid(`callsPerSecond must be a number of at least ${LEAST_CALLS_PER_SECOND}, or null.`);
      },
      description: 'Cancel calls a second on each connection.',
    },
  );
}

function checkLane(campaign: Campaign, { isSealed }: Requests, request: OpenLaneRequest): void {
  const { connection, provider, targets, fields } = request ?? {};
  const { stopping, phase } = campaign.ledger;
  if (stopping !== undefined) throw asksNoMore(stopping);
  if (isSealed || phase !== 'gathering') throw invalid('The campaign has all its targets.');
  const fits = isText(connection) && isText(provider) && isTexts(fields) && isCount(targets, 1);
  if (!fits || fields.length === 0 || targets > LANE_SIZE)
    throw invalid(
      `A lane is opened with a connection, its provider, the fields of a path and 1 to ${LANE_SIZE} targets.`,
    );
  const most = Math.min(campaign.ledger.options.maxTargets ?? MOST_TARGETS, MOST_TARGETS);
  const sum = countTargets(campaign.lanes) + targets;
  if (sum > most) throw invalid(`The campaign may have ${most} targets at most, and there are more.`);
}

function checkDiscard(campaign: Campaign, { isSealed }: Requests, request: DiscardLanesRequest): void {
  if (isSealed || campaign.ledger.phase !== 'gathering') throw invalid('The campaign has all its targets.');
  const { connection, from } = request ?? {};
  if (isText(connection) && isCount(from)) return;
  throw invalid('Lanes are discarded with a connection, and the number of the last lane that is to stay.');
}

function checkSeal(campaign: Campaign, request: SealRequest): void {
  const { targets } = request ?? {};
  const have = countTargets(campaign.lanes);
  if (targets !== have) throw invalid(`The lanes were opened for ${have} targets, not for ${targets}.`);
}

function checkSteering({ ledger, end }: Campaign, request: CampaignRequest): void {
  checkRequest(request);
  if (end !== undefined) throw invalid('The campaign has ended.');
  if (ledger.stopping !== undefined) throw asksNoMore(ledger.stopping);
}

export function asksNoMore({ note }: { readonly note: string }): Error {
  return invalid(`The campaign asks no more: ${note}`);
}

function checkRequest(request: CampaignRequest): void {
  if (!isText(request?.by)) throw invalid('by must say who asks for it.');
}
