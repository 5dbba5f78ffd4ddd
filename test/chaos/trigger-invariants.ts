import { CANCEL_CAMPAIGN_WORKFLOW, CANCEL_TASK_WORKFLOW } from '../../contract/names.js';
import type { FailedAnswer, Invariant } from './evidence.js';

/** For so long after a fault an answer may still tell of it: what goes on with a dead connection hears of it late. */
const FAILS_LATE_MS = 30_000;
/** The service itself has failed. */
const OWN_FAULT = 500;
const TRIGGERED: readonly string[] = [CANCEL_TASK_WORKFLOW, CANCEL_CAMPAIGN_WORKFLOW];

/** Each trigger has begun one Workflow, however often it was sent. Lanes may begin cancellations, too: of one target one at most. */
export const beginsEachTriggerOnce: Invariant = ({ begun, triggers, targets }) => {
  const ofLanes = new Set(
    targets.flatMap(({ trigger, uri }) =>
      trigger === 'single' ? [] : [`cancel/${uri.replace('://', '/')}`],
    ),
  );
  const counts = new Map([...triggers.keys()].map((id) => [id, 0]));
  for (const [id, { type, count }] of begun) if (TRIGGERED.includes(type)) counts.set(id, count);
  return [...counts].flatMap(([id, count]) => {
    const least = triggers.get(id) ?? 0;
    const most = least + (ofLanes.has(id) ? 1 : 0);
    return count < least || count > most
      ? [`${id} was begun ${count} times, and triggered ${least} times`]
      : [];
  });
};

/** The HTTP service has nobody ask again but for a fault, and never for one of its own. */
export const failsNobodyWithoutAFault: Invariant = ({ failures, struck }) => {
  const isOfAFault = ({ status, atMs }: FailedAnswer) =>
    status !== OWN_FAULT &&
    struck.some(({ fromMs, untilMs }) => atMs >= fromMs && atMs <= untilMs + FAILS_LATE_MS);
  return failures.filter((failure) => !isOfAFault(failure)).map(({ what }) => what);
};
