import {
  allHandlersFinished,
  condition,
  continueAsNew,
  defineQuery,
  defineSignal,
  defineUpdate,
  log,
  setCurrentDetails,
  setHandler,
  workflowInfo,
} from '@temporalio/workflow';
import { LONGEST_TARGET, type LoadRequest } from '../contract/campaign.js';
import type { LaneInput, LaneOrders, LaneResult, LaneRows } from '../contract/campaign-lane.js';
import { LOAD_UPDATE, ORDERS_SIGNAL, ROWS_QUERY } from '../contract/names.js';
import { parseTargetPath, targetPath } from '../contract/task.js';
import { checkedLaneInput } from './checked-lane-input.js';
import { countOutcomes } from './count-ends.js';
import { describeLane } from './describe-lane.js';
import { HandedOver } from './handed-over.js';
import { invalid } from './invalid.js';
import {
  countFailures,
  countStates,
  leaveUnasked,
  load,
  newLane,
  proveAsked,
  toRows,
  type Lane,
} from './lane.js';
import { isLaneOrders } from './lane-messages.js';
import { LaneNews } from './lane-news.js';
import { LANE_STEPS, mayContinueAsNew } from './lane-steps.js';
import { nextLaneStep } from './next-lane-step.js';
import { rethrowUnlessCancelled } from './rethrow-unless-cancelled.js';

export const loadUpdate = defineUpdate<void, [LoadRequest]>(LOAD_UPDATE);
export const ordersSignal = defineSignal<[LaneOrders]>(ORDERS_SIGNAL);
export const rowsQuery = defineQuery<LaneRows>(ROWS_QUERY);

/**
 * Up to a thousand targets of one connection: looked at, asked and proven in batches, as the campaign orders it.
 * A target's row changes by what Activities find out alone; in the end every row has an outcome.
 */
export async function campaignLane(given: LaneInput & { readonly resume?: Lane }): Promise<LaneResult> {
  const input = checkedLaneInput(given);
  // Nobody's story is believed but that of the run before this one.
  const resumed = workflowInfo().continuedFromExecutionRunId === undefined ? undefined : given.resume;
  const lane = { ...(resumed ?? newLane(input)), beganWithBytes: workflowInfo().historySize };
  const handedOver = new HandedOver(lane);
  setHandlers(lane, handedOver);
  void watchDeadline(lane).catch(rethrowUnlessCancelled);
  const news = new LaneNews(lane);

  for (;;) {
    const step = nextLaneStep(lane, Date.now());
    if (step === 'end') break;
    // Only who has nothing else to do waits until the campaign has heard.
    if (step === 'wait') await news.told();
    await LANE_STEPS[step](lane);
    handedOver.begin();
    setCurrentDetails(describeLane(lane));
    news.tell();
    if (!mayContinueAsNew(lane)) continue;
    await news.told();
    if (allHandlersFinished()) await continueAsNew<typeof campaignLane>({ ...input, resume: lane });
  }
  await news.told();
  setCurrentDetails(describeLane(lane));
  await condition(allHandlersFinished);
  const states = countStates(lane);
  log.info('The lane has ended', { campaign: input.campaign, connection: input.connection, states });
  countOutcomes(input, states);
  return { states, calls: lane.calls, problems: lane.problems };
}

function setHandlers(lane: Lane, handedOver: HandedOver): void {
  setHandler(loadUpdate, ({ targets }) => load(lane, targets), {
    validator: (request) => checkLoad(lane, request),
    description: 'The targets, once.',
  });
  setHandler(
    ordersSignal,
    (orders) => {
      if (!isLaneOrders(orders)) {
        log.warn('Orders that no campaign can have sent are ignored.');
        return;
      }
      const { number = 0, to } = lane.orders ?? {};
      if (orders.number <= number) return;
      if (to === 'stop' && orders.to !== 'stop' && orders.to !== 'discard') return;
      // Who resumes a campaign has mended something, perhaps: it is tried at once.
      if (orders.to === 'ask' && lane.orders?.to === 'hold') delete lane.heldUntilMs;
      lane.orders = orders;
      lane.failuresAtOrders = countFailures(lane);
      if (orders.to === 'hold') {
        proveAsked(lane);
        return handedOver.pause();
      }
      if (orders.to !== 'stop') return handedOver.begin();
      leaveUnasked(lane);
      handedOver.stop();
    },
    { description: 'What the campaign wants done.' },
  );
  setHandler(rowsQuery, () => toRows(lane, workflowInfo().firstExecutionRunId), {
    description: 'The story of each target.',
  });
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

function checkLoad(lane: Lane, request: LoadRequest): void {
  const { targets } = request ?? {};
  const { targets: most } = lane.input;
  if (!Array.isArray(targets) || targets.length !== most || !targets.every(isTarget))
    throw invalid(
      `The lane was opened for ${most} targets, each a path of 1 to ${LONGEST_TARGET} characters.`,
    );
  const tasks = new Set(targets.map((path) => taskNamedBy(lane, path)));
  if (tasks.size < most) throw invalid('The targets of a lane must be different from each other.');
  if (lane.targets !== undefined) throw invalid('The lane has its targets already.');
}

/** One task has several writings for callers with Temporal alone, and may come with other hints. One that is wrong is told of later. */
function taskNamedBy({ input }: Lane, path: string): string {
  const task = parseTargetPath(input.fields, path);
  return task === undefined ? path : targetPath({ ids: task.ids });
}

function isTarget(value: unknown): boolean {
  return typeof value === 'string' && value.length >= 1 && value.length <= LONGEST_TARGET;
}
