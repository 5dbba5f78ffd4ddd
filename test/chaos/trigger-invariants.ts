import { CANCEL_CAMPAIGN_WORKFLOW, CANCEL_TASK_WORKFLOW } from '../../contract/names.js';
import type { Invariant } from './evidence.js';

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
