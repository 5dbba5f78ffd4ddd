/**
 * How often a task is looked at while its end is awaited, as stages by the age of the wait. The last stage has
 * no `untilMs`. Stages instead of an exponent: a vendor's refresh interval is known, and a wait may take days.
 */
export type Pacing = readonly [
  ...{ readonly untilMs: number; readonly everyMs: number }[],
  { readonly everyMs: number },
];

/** The vendor's Retry-After is obeyed up to this; a longer one is taken for a mistake and asked about again. */
export const LONGEST_RETRY_AFTER_MS = 15 * 60_000;
const FIRST_RETRY_MS = 1_000;
/** Spread of ±10 %: tasks that were asked together must not be polled together for hours. */
const JITTER = 0.1;

/** A task still active after so many polls is asked again. */
const POLLS_BEFORE_REASK = 12;

/** How long to wait before the next look, `waitedMs` after the wait began. `random` is a number in [0, 1). */
export function pollDelayMs(pacing: Pacing, waitedMs: number, random = Math.random()): number {
  return jittered(stageAt(pacing, waitedMs), random);
}

/**
 * How long to wait before call number `attempt` + 1 when number `attempt` (from 1) gave no usable answer: doubling
 * from a second to the pacing's last stage, never less than what the vendor asked for.
 */
export function retryDelayMs(
  pacing: Pacing,
  attempt: number,
  retryAfterMs = 0,
  random = Math.random(),
): number {
  const first = Math.min(FIRST_RETRY_MS, stageAt(pacing, 0));
  const backoff = Math.min(first * 2 ** Math.min(attempt - 1, 30), stageAt(pacing, Infinity));
  return atLeastMs(jittered(backoff, random), retryAfterMs);
}

/** A delay, or the vendor's Retry-After where that is longer. */
export function atLeastMs(delayMs: number, retryAfterMs = 0): number {
  return Math.max(delayMs, Math.min(retryAfterMs, LONGEST_RETRY_AFTER_MS));
}

/**
 * How long a task may still be seen active after it was asked to stop for the `asks`th time, before it is asked again;
 * it doubles, so that days of waiting cost a dozen asks.
 */
export function reaskAfterMs(pacing: Pacing, asks: number): number {
  return POLLS_BEFORE_REASK * stageAt(pacing, 0) * 2 ** Math.max(0, asks - 1);
}

/** The interval of the last stage. */
export function slowestMs(pacing: Pacing): number {
  return stageAt(pacing, Infinity);
}

function stageAt(pacing: Pacing, waitedMs: number): number {
  const last = pacing.at(-1) as Pacing[number];
  return (pacing.find((stage) => 'untilMs' in stage && waitedMs < stage.untilMs) ?? last).everyMs;
}

function jittered(delayMs: number, random: number): number {
  return Math.round(delayMs * (1 + JITTER * (2 * random - 1)));
}
