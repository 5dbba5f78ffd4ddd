import {
  allHandlersFinished,
  condition,
  continueAsNew,
  defineQuery,
  defineSignal,
  defineUpdate,
  getExternalWorkflowHandle,
  isCancellation,
  log,
  setCurrentDetails,
  setHandler,
  workflowInfo,
} from '@temporalio/workflow';
import { LANE_SIZE, type LoadRequest } from '../contract/campaign.js';
import type { LaneInput, LaneOrders, LaneReport, LaneResult, LaneRows } from '../contract/campaign-lane.js';
import {
  campaignWorkflowId,
  LANE_REPORT_SIGNAL,
  LOAD_UPDATE,
  ORDERS_SIGNAL,
  ROWS_QUERY,
} from '../contract/names.js';
import { invalid, isText, must } from './checks.js';
import { describeLane } from './describe-lane.js';
import { HandedOver } from './handed-over.js';
import { countStates, hasEnded, leaveUnasked, load, newLane, toReport, toRows, type Lane } from './lane.js';
import { LANE_STEPS, mayContinueAsNew } from './lane-steps.js';
import { nextLaneStep } from './next-lane-step.js';

const LONGEST_PATH = 1_000;

export const loadUpdate = defineUpdate<void, [LoadRequest]>(LOAD_UPDATE);
export const ordersSignal = defineSignal<[LaneOrders]>(ORDERS_SIGNAL);
export const rowsQuery = defineQuery<LaneRows>(ROWS_QUERY);

/**
 * Up to five hundred targets of one connection: looked at, asked and proven in batches, as the campaign orders it.
 * A target's row changes by what Activities find out alone; in the end every row has an outcome.
 */
export async function campaignLane(given: LaneInput & { readonly resume?: Lane }): Promise<LaneResult> {
  const { resume, ...input } = checkedLane(given);
  // Nobody's story is believed but that of the run before this one.
  const { continuedFromExecutionRunId } = workflowInfo();
  const lane = (continuedFromExecutionRunId === undefined ? undefined : resume) ?? newLane(input);
  const handedOver = new HandedOver(lane);
  setHandlers(lane, handedOver);
  void watchDeadline(lane).catch(rethrowUnlessCancelled);

  for (;;) {
    const step = nextLaneStep(lane, Date.now());
    if (step === 'end') break;
    await LANE_STEPS[step](lane);
    handedOver.begin();
    setCurrentDetails(describeLane(lane));
    await tell(lane);
    if (mayContinueAsNew(lane) && allHandlersFinished())
      await continueAsNew<typeof campaignLane>({ ...input, resume: lane });
  }
  setCurrentDetails(describeLane(lane));
  await condition(allHandlersFinished);
  return { states: countStates(lane), calls: lane.calls, problems: lane.problems };
}

function setHandlers(lane: Lane, handedOver: HandedOver): void {
  setHandler(loadUpdate, ({ targets }) => load(lane, targets), {
    validator: (request) => checkLoad(lane, request),
    description: 'The targets, once.',
  });
  setHandler(
    ordersSignal,
    (orders) => {
      // Anybody can send a Signal; one that throws would end the lane for good.
      if (typeof orders?.number !== 'number' || typeof orders.sliceMs !== 'number')
        return log.warn('Orders that are none were ignored.');
      if (orders.number <= (lane.orders?.number ?? 0) || lane.orders?.to === 'stop') return;
      // Who resumes a campaign has mended something, perhaps: it is tried at once.
      if (orders.to === 'ask' && lane.orders?.to === 'hold') delete lane.heldUntilMs;
      lane.orders = orders;
      if (orders.to !== 'stop') return;
      leaveUnasked(lane);
      handedOver.stop();
    },
    { description: 'What the campaign wants done.' },
  );
  setHandler(rowsQuery, () => toRows(lane, workflowInfo().firstExecutionRunId), {
    description: 'The story of each target.',
  });
}

/**
 * The campaign hears of the end by the result. Of a round that has changed nothing it does not hear: in an outage of days, each
 * would add to its history.
 */
async function tell(lane: Lane): Promise<void> {
  if (hasEnded(lane) || lane.orders === undefined) return;
  const report = toReport(lane);
  if (lane.reported !== undefined && newsOf(report) === newsOf(lane.reported)) return;
  lane.problems = [];
  lane.reported = report;
  const campaign = getExternalWorkflowHandle(campaignWorkflowId(lane.input.campaign));
  try {
    await campaign.signal<[LaneReport]>(LANE_REPORT_SIGNAL, report);
  } catch (thrown) {
    // The result will tell all of it.
    log.warn('The campaign could not be told.', { cause: String(thrown) });
  }
}

/** What is worth telling anew; not how many looks were in vain. */
function newsOf({ calls: _, held, ...report }: LaneReport): string {
  return JSON.stringify({ ...report, held: held?.code });
}

async function watchDeadline(lane: Lane): Promise<void> {
  while (lane.isLate !== true) {
    const deadlineAtMs = lane.orders?.deadlineAtMs;
    const isMoved = () => lane.orders?.deadlineAtMs !== deadlineAtMs;
    if (deadlineAtMs === undefined) await condition(isMoved);
    else if (deadlineAtMs <= Date.now()) lane.isLate = true;
    else await condition(isMoved, deadlineAtMs - Date.now(), { summary: 'deadline' });
  }
}

function rethrowUnlessCancelled(thrown: unknown): void {
  if (!isCancellation(thrown)) throw thrown;
}

function checkedLane<Input extends LaneInput>(given: Input): Input {
  const { campaign, connection, provider, fields, targets, lane } = given ?? {};
  const isNamed = isText(campaign) && isText(connection) && isText(provider) && Array.isArray(fields);
  const fits =
    isNamed && Number.isInteger(lane) && Number.isInteger(targets) && targets >= 1 && targets <= LANE_SIZE;
  must(fits, 'A lane is started by its campaign alone.');
  return given;
}

function checkLoad(lane: Lane, request: LoadRequest): void {
  const { targets } = request ?? {};
  const fits =
    Array.isArray(targets) &&
    targets.length === lane.input.targets &&
    targets.every((each) => typeof each === 'string' && each.length <= LONGEST_PATH) &&
    new Set(targets).size === targets.length;
  if (fits && lane.targets === undefined) return;
  const message = fits
    ? 'The lane has its targets already.'
    : `The lane was opened for ${lane.input.targets} targets, each another path of at most ${LONGEST_PATH} characters.`;
  throw invalid(message);
}
