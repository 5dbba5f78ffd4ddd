import type { TargetRow } from '../contract/campaign.js';
import type { CancelAnswer, Observation } from '../contract/observation.js';
import type { ProviderError } from '../providers/provider.js';

/** Five hundred rows travel in one payload. */
const LONGEST_MESSAGE = 200;
const UNKNOWN = 'A state this version does not know; the task is not asked to end.';
const CLOSED = 'What the task belongs to is not there, or not the caller’s.';

/** What every look tells of a target. */
export function seenIn({ state, rawState, observedAt, requestId }: Observation): Partial<TargetRow> {
  return {
    // What was seen last is worth more than the word for its absence.
    ...(state !== 'absent' && state !== 'inaccessible' && { rawState }),
    seenAtMs: Date.parse(observedAt),
    ...(requestId !== undefined && { seenBy: requestId }),
  };
}

/** Of a refusal or an error. */
export function toldBy({ code, message }: { readonly code: string; readonly message: string }) {
  return { code: code.slice(0, LONGEST_MESSAGE), message: message.slice(0, LONGEST_MESSAGE) };
}

/**
 * What a look before the ask makes of a target; undefined when it may be asked.
 * @param seenBefore whether an earlier look has shown the task: only then does absence tell of an end, which has to last.
 * @param askedBefore whether an ask may have been made whose answer has not come.
 */
export function rowBeforeAsk(
  look: Observation,
  { seenBefore, askedBefore }: { readonly seenBefore: boolean; readonly askedBefore: boolean },
): TargetRow | undefined {
  if (look.state === 'active') return undefined;
  const seen = seenIn(look);
  const isKnown = seenBefore || askedBefore;
  if (look.state === 'ended') return { ...seen, ...endOf(look) };
  if (look.state === 'canceling') return { state: askedBefore ? 'open' : 'canceling', ...seen };
  if (look.state === 'unknown')
    return { state: 'errored', ...seen, ...toldBy({ code: look.rawState, message: UNKNOWN }) };
  // Of one that was seen, only absence that lasts tells of an end.
  if (isKnown) return { state: 'open', ...seen };
  if (look.state === 'absent') return { state: 'not-found', ...seen };
  return { state: 'refused', ...seen, ...toldBy({ code: look.rawState, message: look.message ?? CLOSED }) };
}

/** How a task has ended, with what the vendor says of it. */
export function endOf(look: Observation & { readonly state: 'ended' }): TargetRow {
  const { end, message, rawState } = look;
  return { state: end, ...(message !== undefined && toldBy({ code: rawState, message })) };
}

/** What the vendor's answer makes of a target that was just seen active. */
export function rowOfAnswer(answer: CancelAnswer, before: Partial<TargetRow>): TargetRow {
  const asked = {
    ...before,
    asks: (before.asks ?? 0) + 1,
    askedAtMs: Date.now(),
    ...(answer.requestId !== undefined && { askedBy: answer.requestId }),
  };
  if (answer.kind === 'accepted')
    return { ...asked, state: 'asked', ...(answer.rawState !== undefined && { rawState: answer.rawState }) };
  const told = toldBy(answer);
  if (answer.kind === 'blocked') return { ...asked, state: 'blocked', ...told };
  // Whether it has ended, or is refused, shows in a look.
  return {
    ...asked,
    state: 'answered',
    ...(answer.kind === 'refused' && { refused: true as const }),
    ...told,
  };
}

/** What neither waiting nor asking again can mend. */
export function erroredRow(error: ProviderError, before: Partial<TargetRow> = {}): TargetRow {
  return { ...before, state: 'errored', ...toldBy(error) };
}
