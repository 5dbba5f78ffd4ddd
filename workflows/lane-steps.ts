import {
  ActivityFailure,
  CancellationScope,
  condition,
  isCancellation,
  rootCause,
  TimeoutFailure,
  workflowInfo,
} from '@temporalio/workflow';
import type { Held } from '../contract/campaign.js';
import { LOOK_LASTS_MS, type Survey } from '../contract/campaign-lane.js';
import { askTargets, lastProof, proveTargets, surveyTargets } from './lane-activities.js';
import {
  failuresLeft,
  fail,
  giveUp,
  hasMoved,
  hasNews,
  leaveUnasked,
  placesIn,
  take,
  takeAsked,
  takeLost,
  toAsk,
  toProve,
  type Lane,
} from './lane.js';
import { nextLaneStep, type LaneStep } from './next-lane-step.js';

/** As long as a vendor's outage is asked after most rarely by others, too. */
const LONGEST_HOLD_MS = 5 * 60_000;
/** What an attempt at it has done is lost with its Worker, but for its heartbeat. */
const LONGEST_ASKING_MS = 30 * 60_000;

export const LANE_STEPS = {
  survey,
  ask,
  prove,
  'give-up': lookOnceMore,
  wait: waitForChange,
} as const satisfies Record<Exclude<LaneStep, 'end'>, (lane: Lane) => Promise<void>>;

/** Looks at all targets, and compares what it sees with the survey before. */
async function survey(lane: Lane): Promise<void> {
  const { orders } = lane;
  const places = placesIn(lane, 'waiting');
  const letters = await interruptible(
    () => surveyTargets(subject(lane, places)),
    () => lane.orders !== orders || lane.isLate === true,
  ).catch((thrown: unknown) => {
    const [code, message] = reasonOf(thrown);
    lane.problems = [
      ...lane.problems,
      { subject: workflowInfo().workflowId, code, message, atMs: Date.now() },
    ];
    return 'u'.repeat(places.length);
  });
  if (orders === undefined || letters === undefined) return;
  const before = lane.survey?.letters ?? letters;
  const drifted = letters.split('').filter((letter, index) => letter !== before[index]).length;
  lane.survey = { letters, number: orders.number, result: { ...counted(letters, lane), drifted } };
}

/** Asks until its time is over, all are asked, or something stops it. */
async function ask(lane: Lane): Promise<void> {
  const { orders } = lane;
  if (orders === undefined) return;
  const left = failuresLeft(lane);
  if (left < 0) return void (lane.exhausted = orders.number);
  const places = toAsk(lane);
  const seen = indexesOf(places, (place) => lane.rows[place]?.seenAtMs !== undefined);
  const asked = indexesOf(places, (place) => lane.rows[place]?.askedAtMs !== undefined);
  const fresh = indexesOf(places, (place) => isFresh(lane, place));
  const found = await interruptible(
    () =>
      askTargets({
        ...subject(lane, places),
        tokenSeed: workflowInfo().firstExecutionRunId,
        sliceMs: Math.min(orders.sliceMs, LONGEST_ASKING_MS),
        ...(orders.callsPerSecond !== undefined && { callsPerSecond: orders.callsPerSecond }),
        ...(left !== Infinity && { failuresAllowed: left }),
        ...(lane.paced?.callsPerSecond === orders.callsPerSecond && {
          notBeforeMs: lane.paced?.notBeforeMs ?? 0,
        }),
        ...(seen.length > 0 && { seen }),
        ...(asked.length > 0 && { asked }),
        ...(fresh.length > 0 && { fresh }),
      }),
    () => lane.orders !== orders || lane.isLate === true,
    { onLost: (kept) => takeLost(lane, places, kept, Date.now()) },
  ).catch((thrown: unknown) => {
    fail(lane, places, ...reasonOf(thrown), Date.now());
    return undefined;
  });
  if (found === undefined) return;
  takeAsked(lane, places, found, Date.now());
  if (lane.orders === orders && failuresLeft(lane) < 0) lane.exhausted = orders.number;
  const { notBeforeMs } = found;
  if (notBeforeMs !== undefined) lane.paced = { callsPerSecond: orders.callsPerSecond, notBeforeMs };
  hold(lane, found.held);
  if (found.calls.asks === 0) return;
  lane.waitingSinceMs = Date.now();
  if (toAsk(lane).length === 0) lane.asks += 1;
}

/** Whether a look has shown it lately, and no ask came after. Looks cost calls, and a task that ends meanwhile says so itself. */
function isFresh(lane: Lane, place: number): boolean {
  const { seenAtMs = -Infinity, askedAtMs } = lane.rows[place] ?? {};
  return askedAtMs === undefined && Date.now() - seenAtMs < LOOK_LASTS_MS;
}

/** Asks nothing for a while, each time for longer: an outage may last for days. */
function hold(lane: Lane, held: Held | undefined): void {
  setOrDelete(lane, 'held', held);
  lane.holds = held === undefined ? 0 : (lane.holds ?? 0) + 1;
  const doublings = held?.kind === 'unauthenticated' ? 0 : lane.holds - 1;
  const holdMs =
    held && Math.max(held.retryAfterMs, Math.min(held.retryAfterMs * 2 ** doublings, LONGEST_HOLD_MS));
  setOrDelete(lane, 'heldUntilMs', holdMs && Date.now() + holdMs);
}

function setOrDelete<Name extends keyof Lane>(lane: Lane, name: Name, value: Lane[Name] | undefined): void {
  if (value === undefined) delete lane[name];
  else lane[name] = value;
}

/** Looks until all have ended, or there is something else to do. */
async function prove(lane: Lane): Promise<void> {
  const places = toProve(lane);
  const heldMs = lane.heldUntilMs === undefined ? undefined : Math.max(1, lane.heldUntilMs - Date.now());
  const isAsking = toAsk(lane).length > 0;
  const asksNoMore = !mayAskAgain(lane);
  const found = await interruptible(
    () => proveTargets(proof(lane, places)),
    () =>
      lane.isLate === true ||
      asksNoMore === mayAskAgain(lane) ||
      (!isAsking && nextLaneStep(lane, Date.now()) !== 'prove'),
    { longestMs: isAsking ? heldMs : undefined },
  ).catch((thrown: unknown) => {
    fail(lane, places, ...reasonOf(thrown), Date.now());
    return undefined;
  });
  if (found === undefined) return;
  take(lane, places, found, Date.now());
}

/** A verdict should stand on what is true now, not on what the last poll saw. */
async function lookOnceMore(lane: Lane): Promise<void> {
  leaveUnasked(lane);
  const places = toProve(lane);
  if (places.length > 0) {
    try {
      const found = await lastProof({ ...proof(lane, places), once: true, asksNoMore: true });
      take(lane, places, found, Date.now());
    } catch (thrown) {
      if (!(thrown instanceof ActivityFailure)) throw thrown;
    }
  }
  giveUp(lane);
}

async function waitForChange(lane: Lane): Promise<void> {
  const changed = () => nextLaneStep(lane, Date.now()) !== 'wait' || hasNews(lane) || mayContinueAsNew(lane);
  const { heldUntilMs } = lane;
  if (heldUntilMs !== undefined && toAsk(lane).length > 0)
    return void (await condition(changed, Math.max(1, heldUntilMs - Date.now()), {
      summary: lane.held?.code ?? 'held',
    }));
  await condition(() => changed() || hasMoved(lane));
  const { orders } = lane;
  // Cancellations of their own end one by one: the campaign hears of them once a slice.
  if (orders !== undefined && !changed())
    await condition(changed, orders.sliceMs, { summary: 'until it is told' });
}

/**
 * Whether its history has grown by half of what it may be at most, and no cancellation that it has started still runs. What a run
 * began with does not count: it would be as much for the next.
 */
export function mayContinueAsNew(lane: Lane): boolean {
  const { continueAsNewSuggested, historySize } = workflowInfo();
  const isLong = continueAsNewSuggested || historySize - (lane.beganWithBytes ?? 0) > 1_000_000;
  return isLong && placesIn(lane, 'blocked').length === 0;
}

interface Interruption {
  readonly longestMs?: number | undefined;
  /** Told what the last heartbeat kept, if anything, when an attempt was lost that may have made calls. */
  readonly onLost?: (kept: unknown) => void;
}

/** Runs an Activity, which is cancelled when it is interrupted; undefined when it then has no result. */
async function interruptible<T>(
  run: () => Promise<T>,
  isInterrupted: () => boolean,
  { longestMs, onLost = () => {} }: Interruption = {},
): Promise<T | undefined> {
  const scope = new CancellationScope();
  const running = scope.run(run);
  const interruption = scope.run<unknown>(() =>
    longestMs === undefined ? condition(isInterrupted) : condition(isInterrupted, longestMs),
  );
  // Whichever of them fails, `running` tells below.
  await Promise.race([running, interruption]).catch(() => {});
  scope.cancel();
  interruption.catch(() => {});
  try {
    return await running;
  } catch (thrown) {
    if (isCancellation(thrown) && !CancellationScope.current().consideredCancelled) {
      onLost(undefined);
      return undefined;
    }
    if (!(thrown instanceof ActivityFailure) || thrown.retryState !== 'CANCEL_REQUESTED') throw thrown;
    // One that is cancelled is not tried again when its Worker dies.
    onLost(thrown.cause instanceof TimeoutFailure ? thrown.cause.lastHeartbeatDetails : undefined);
    return undefined;
  }
}

/** Else one that is due for another ask is looked at on, also under a pause. */
function mayAskAgain({ orders }: Lane): boolean {
  return orders?.to === 'ask';
}

function proof(lane: Lane, places: readonly number[]) {
  const { orders } = lane;
  // What a held or exhausted lane is to ask may hang on what it sees, and what others may on whether a refusal is one.
  const tellsAtOnce =
    toAsk(lane).length > 0 ||
    (orders !== undefined && lane.exhausted === orders.number) ||
    places.some((place) => lane.rows[place]?.refused === true);
  return {
    ...subject(lane, places),
    states: places.map((place) => lane.rows[place]?.state ?? 'waiting'),
    unseen: indexesOf(places, (place) => lane.rows[place]?.rawState === undefined),
    refused: indexesOf(places, (place) => lane.rows[place]?.refused === true),
    waitingSinceMs: lane.waitingSinceMs ?? Date.now(),
    asks: Math.max(1, lane.asks),
    sliceMs: tellsAtOnce ? 0 : (orders?.sliceMs ?? 30_000),
    ...(!mayAskAgain(lane) && { asksNoMore: true }),
  };
}

/** Which of the places given to an Activity are such: it knows them by their positions among those. */
function indexesOf(places: readonly number[], isSuch: (place: number) => boolean): number[] {
  return places.flatMap((place, index) => (isSuch(place) ? [index] : []));
}

function subject({ input, targets = [] }: Lane, places: readonly number[]) {
  const { connection, provider, fields } = input;
  return { connection, provider, fields, targets: places.map((place) => targets[place] ?? '') };
}

function counted(letters: string, lane: Lane): Omit<Survey, 'drifted'> {
  const count = (letter: string) => letters.split(letter).length - 1;
  return {
    wouldCancel: count('a'),
    hasEnded: count('e'),
    isCanceling: count('c'),
    notFound: count('n'),
    wouldBeRefused: count('i'),
    unknown: count('u'),
    protected: placesIn(lane, 'protected').length,
  };
}

function reasonOf(thrown: unknown): [code: string, message: string] {
  if (!(thrown instanceof ActivityFailure) || isCancellation(thrown)) throw thrown;
  return ['LaneFailed', rootCause(thrown) ?? thrown.message];
}
