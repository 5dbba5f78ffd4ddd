import {
  isOutcome,
  type CampaignPhase,
  type Problem,
  type StateCounts,
  type TargetState,
} from '../contract/campaign.js';
import type { Campaign } from './campaign.js';
import {
  byConnection,
  countCalls,
  countStates,
  countTargets,
  lanesOf,
  nextWaveAtMs,
  shownPhase,
  wavesOf,
  type CampaignLedger,
} from './campaign-ledger.js';
import { code, escape, list } from './markdown.js';
import { isoTime } from './story.js';

const PHASE_SENTENCES = {
  gathering: 'Collecting the targets; nothing is asked of any vendor yet.',
  planning: 'Looking at every target, for the plan; nothing is asked of any vendor yet.',
  planned: 'The plan stands. It waits for somebody to start it; nothing is asked before that.',
  running: 'Asking the vendors to cancel, and proving how each task ends.',
  paused: '**Paused**: nothing more is asked; what was asked is proven.',
  'waiting-for-approval': '**Waits for an approval** of its next wave.',
  stopping: '**Asks no more**; what was asked is proven.',
  proving: 'All is asked; proving how the last tasks end.',
  ended: 'Ended.',
} as const satisfies Record<CampaignPhase, string>;

type Described = Pick<Campaign, 'id' | 'input' | 'ledger' | 'end'>;

/** A campaign's current details in the Temporal UI: a report that a person reads without knowing Quiesce. */
export function describeCampaign({ id, input, ledger, end }: Described): string {
  const lanes = lanesOf(ledger);
  const { asks, looks, throttled } = countCalls(lanes);
  const note = ledger.stopping?.note ?? ledger.note;
  const waves = wavesOf(ledger);
  // One that was stopped goes on to prove at once, and not all of it has been asked.
  const phase = ledger.phase === 'proving' && ledger.stopping !== undefined ? 'stopping' : shownPhase(ledger);
  return [
    `## Campaign ${code(id)}`,
    `${PHASE_SENTENCES[phase]}${end === undefined ? '' : ` It was ${end}.`}${note === undefined ? '' : ` ${escape(note)}`}`,
    facts(ledger, input, waves),
    ...under('Connections', connections(ledger)),
    ...under('Targets', states(countStates(lanes), countTargets(lanes))),
    `${asks} cancel calls and ${looks} looks, ${throttled} of them throttled.`,
    ...under('Newest problems', problems(ledger.problems)),
  ].join('\n\n');
}

function facts(ledger: CampaignLedger, input: Campaign['input'], waves: readonly number[]): string {
  const { startedAtMs, callsPerSecond, plan } = ledger;
  const nextAtMs = nextWaveAtMs(ledger);
  const next = nextAtMs === undefined ? '' : `; the next begins at ${isoTime(nextAtMs)}`;
  return list([
    ['Reason', escape(input.reason, input.reason.length)],
    ['Requested by', escape(input.requestedBy)],
    ['Started to ask', startedAtMs === undefined ? undefined : isoTime(startedAtMs)],
    [
      'Wave',
      waves.length < 2
        ? undefined
        : `${ledger.wave + 1} of ${waves.length}, up to ${waves[ledger.wave]} targets${next}`,
    ],
    [
      'Rate',
      callsPerSecond === undefined
        ? undefined
        : `at most ${callsPerSecond} cancel calls a second on each connection`,
    ],
    [
      'Plan',
      plan &&
        `${plan.wouldCancel} would be cancelled, ${plan.hasEnded} have ended, ${plan.notFound} are not found`,
    ],
  ]);
}

function under(heading: string, text: string): string[] {
  return text === '' ? [] : [`### ${heading}`, text];
}

function connections(ledger: CampaignLedger): string {
  const rows = byConnection(ledger).map(({ connection, lanes, held }) => {
    const targets = countTargets(lanes);
    const ended = Object.entries(countStates(lanes))
      .filter(([state]) => isOutcome(state as TargetState))
      .reduce((sum, [, count]) => sum + count, 0);
    const why =
      held === undefined ? '' : `. **Nothing is asked for now**: ${code(held.code)}: ${escape(held.message)}`;
    return [
      code(connection),
      `${ended} of ${targets} targets have ended, ${targets - ended} to go${why}`,
    ] as const;
  });
  return list(rows);
}

function states(counts: StateCounts, total: number): string {
  const share = (count: number) => `${Math.round((count / total) * 1_000) / 10} %`;
  return list(Object.entries(counts).map(([state, count]) => [state, `${count} (${share(count)})`]));
}

function problems(newest: readonly Problem[]): string {
  return list(
    newest.map(({ subject, code: what, message }) => [code(subject), `${code(what)}: ${escape(message)}`]),
  );
}
