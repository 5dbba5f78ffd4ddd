import type { TargetRow } from '../contract/campaign.js';
import type { CancelAnswer, Observation } from '../contract/observation.js';
import type { ProviderError } from '../providers/provider.js';

/** A thousand rows and paths travel in one payload, of 2 MB at most. In bytes of JSON. */
const MOST_BYTES = { word: 100, message: 300 };
const UNKNOWN = 'A state this version does not know; the task is not asked to end.';
const CLOSED = 'What the task belongs to is not there, or not the caller’s.';

/** What every look tells of a target. */
export function seenIn({ state, rawState, observedAt, requestId }: Observation): Partial<TargetRow> {
  return {
    // What was seen last is worth more than the word for its absence.
    ...(state !== 'absent' && state !== 'inaccessible' && { rawState: word(rawState) }),
    seenAtMs: Date.parse(observedAt),
    ...(requestId !== undefined && { seenBy: word(requestId) }),
  };
}

/** Of a refusal or an error. */
export function toldBy({ code, message }: { readonly code: string; readonly message: string }) {
  return { code: word(code), message: cut(message, MOST_BYTES.message) };
}

function word(text: string): string {
  return cut(text, MOST_BYTES.word);
}

/** What is left of a text that is too long: where it is of a script with several bytes a character, a third and less. */
function cut(text: string, mostBytes: number): string {
  let kept = text.slice(0, mostBytes);
  while (Buffer.byteLength(JSON.stringify(kept)) > mostBytes + 2) kept = kept.slice(0, kept.length * 0.9);
  return kept;
}

interface BeforeAsk {
  readonly seenBefore: boolean;
  readonly askedBefore: boolean;
  readonly vanishes?: boolean;
}

/**
 * What a look before the ask makes of a target; undefined when it may be asked.
 * @param seenBefore whether an earlier look has shown the task: only then does absence tell of an end, which has to last.
 * @param askedBefore whether an ask may have been made whose answer has not come.
 * @param vanishes whether a cancel leaves nothing: after an ask, what the vendor shows as ended may be on its way out, and has to last.
 */
export function rowBeforeAsk(
  look: Observation,
  { seenBefore, askedBefore, vanishes = false }: BeforeAsk,
): TargetRow | undefined {
  if (look.state === 'active') return undefined;
  const seen = seenIn(look);
  const isKnown = seenBefore || askedBefore;
  if (look.state === 'ended' && !(askedBefore && vanishes)) return { ...seen, ...endOf(look) };
  if (look.state === 'canceling') return { state: askedBefore ? 'open' : 'canceling', ...seen };
  if (look.state === 'unknown')
    return { state: 'errored', ...seen, ...toldBy({ code: look.rawState, message: UNKNOWN }) };
  // Of one that was seen, only absence that lasts tells of an end.
  if (isKnown) return { state: 'open', ...seen };
  if (look.state === 'absent') return { state: 'not-found', ...seen };
  return { state: 'refused', ...seen, ...toldBy({ code: look.rawState, message: look.message ?? CLOSED }) };
}

/** What a look does not change of a target: how it was seen before, and what was asked. */
export function beforeLook({ rawState, asks, askedAtMs, askedBy }: Partial<TargetRow>): Partial<TargetRow> {
  return {
    ...(rawState !== undefined && { rawState }),
    ...(asks !== undefined && { asks }),
    ...(askedAtMs !== undefined && { askedAtMs }),
    ...(askedBy !== undefined && { askedBy }),
  };
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
    ...(answer.requestId !== undefined && { askedBy: word(answer.requestId) }),
  };
  if (answer.kind === 'accepted')
    return {
      ...asked,
      state: 'asked',
      ...(answer.rawState !== undefined && { rawState: word(answer.rawState) }),
    };
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
