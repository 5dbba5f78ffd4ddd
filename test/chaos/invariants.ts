import { asksUnderRightTokens, changesNoTaskTwice, erasesNoRecord, keepsQuotas } from './ask-invariants.js';
import { asksNothingAgain, losesSightOfFew } from './cut-off-invariants.js';
import { claimsNoEarlyEnd, losesOneTargetAnAnswer } from './end-invariants.js';
import type { Counted, Evidence, Invariant } from './evidence.js';
import { pair } from './pairs.js';
import { searchesWhatIsThere, tellsNoSecret } from './secret-invariants.js';
import { beginsEachTriggerOnce, failsNobodyWithoutAFault } from './trigger-invariants.js';

/** What is allowed to run when all has ended, and why. */
const RUNS_ON: Readonly<Record<string, string>> = {
  shareQuota: 'divides a quota for as long as there are Workers',
  idempotencyRecord: 'keeps an Idempotency-Key for 24 hours',
};

export const INVARIANTS = {
  'every target has exactly one verdict': ({ targets, told }) => {
    const counts = new Map<string, number>();
    for (const each of told) counts.set(pair(each), (counts.get(pair(each)) ?? 0) + 1);
    const wanted = new Set(targets.map(pair));
    const strangers = told.filter((each) => !wanted.has(pair(each)));
    return [
      ...targets.flatMap((target) => {
        const count = counts.get(pair(target)) ?? 0;
        return count === 1 ? [] : [`${pair(target)} has ${count} verdicts`];
      }),
      ...strangers.map((each) => `${pair(each)} was never asked for`),
    ];
  },
  'no verdict claims an end that the cloud has not reached': claimsNoEarlyEnd,
  'an answer that cannot be read costs one target at most': losesOneTargetAnAnswer,
  'few targets are lost sight of, and only with an attempt that was cut off': losesSightOfFew,
  'a trigger that is sent again is done once': beginsEachTriggerOnce,
  'no task is changed twice': changesNoTaskTwice,
  'what a vendor has accepted is not asked again': asksNothingAgain,
  'no record of an ended task is erased': erasesNoRecord,
  'every ask carries the right token': asksUnderRightTokens,
  'counts add up': (evidence) => {
    const sums = evidence.counted.flatMap(({ trigger, states, targets }) => {
      const sum = Object.values(states).reduce((before, each) => before + each, 0);
      return sum === targets ? [] : [`${trigger}: ${JSON.stringify(states)} are not ${targets}`];
    });
    const last = new Map(evidence.counted.map((each) => [each.trigger, each]));
    return [...sums, ...[...last.values()].flatMap((counted) => differenceFromReport(evidence, counted))];
  },
  'an abort leaves alone what was not asked': ({ aborted, told }) =>
    aborted.flatMap((trigger) =>
      told.some((each) => each.trigger === trigger && each.word === 'left-alone')
        ? []
        : [`${trigger} was aborted, and asked for all the same`],
    ),
  'no secret is told': tellsNoSecret,
  'the search for secrets has seen everything': searchesWhatIsThere,
  'no Workflow is left running without reason': ({ running }) =>
    [...running].flatMap(([id, type]) => (type in RUNS_ON ? [] : [`${id} (${type}) still runs`])),
  'quotas are kept': keepsQuotas,
  'every history replays': ({ unreplayed, replayed }) =>
    replayed === 0 ? ['no history was replayed'] : [...unreplayed],
  'no process falls': ({ falls }) => [...falls],
  'the HTTP service fails nobody without a fault': failsNobodyWithoutAFault,
  'no fault strikes a link that nothing goes through': ({ idleLinks }) =>
    idleLinks.map((idle) => `nothing went through ${idle}`),
} as const satisfies Record<string, Invariant>;

export type InvariantName = keyof typeof INVARIANTS;

/** What is wrong, with the name of what it offends. */
export function judge(evidence: Evidence): string[] {
  return Object.entries(INVARIANTS).flatMap(([name, invariant]) =>
    invariant(evidence).map((violation) => `${name}: ${violation}`),
  );
}

/** Where the last counts of a campaign are not those of its report. */
function differenceFromReport(
  { told, targets }: Evidence,
  { trigger, states, targets: all }: Counted,
): string[] {
  const rows = told.filter((each) => each.trigger === trigger);
  const wanted = targets.filter((each) => each.trigger === trigger).length;
  const counts: Record<string, number> = {};
  for (const { word } of rows) counts[word] = (counts[word] ?? 0) + 1;
  const isSame =
    all === wanted &&
    rows.length === wanted &&
    Object.keys({ ...counts, ...states }).every((word) => (counts[word] ?? 0) === (states[word] ?? 0));
  if (isSame) return [];
  const [counted, reported] = [states, counts].map((each) => JSON.stringify(each));
  return [`${trigger}: of ${wanted} targets it counts ${counted}, and reports ${reported}`];
}
