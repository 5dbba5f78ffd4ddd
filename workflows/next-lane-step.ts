import { hasEnded, toAsk, toProve, type Lane } from './lane.js';

export type LaneStep = 'survey' | 'ask' | 'prove' | 'give-up' | 'wait' | 'end';

/** What a lane does next, decided by what it knows alone. */
export function nextLaneStep(lane: Lane, nowMs: number): LaneStep {
  const { orders } = lane;
  if (orders?.to === 'discard' || hasEnded(lane)) return 'end';
  if (lane.isLate === true) return 'give-up';
  if (lane.targets === undefined || orders === undefined) return 'wait';
  if (orders.to === 'survey' && lane.survey?.number !== orders.number) return 'survey';
  if (toAsk(lane).length > 0 && !isHeld(lane, nowMs)) return 'ask';
  return toProve(lane).length > 0 ? 'prove' : 'wait';
}

function isHeld({ heldUntilMs }: Lane, nowMs: number): boolean {
  return heldUntilMs !== undefined && nowMs < heldUntilMs;
}
