import { ENDS, namedCounts, OUTCOMES, sumOf, TO_RETRY, unsettledOf } from '../../client/outcomes.js';
import type { CampaignEnd, CampaignProgress, StateCounts } from '../../contract/campaign.js';
import { isOutcome } from '../../contract/campaign.js';
import { formatDuration } from '../../contract/duration.js';
import type { CliContext } from '../context.js';
import { EXIT } from '../exit-codes.js';
import { commandLine } from '../invocation.js';
import { columns, count, dateAndTime, grouped, plain } from '../text.js';
import { exitCodeOfCampaign } from './exit-code.js';
import { outcomeFormat } from './outcome-format.js';

type EndedCampaign = CampaignProgress & { readonly end: CampaignEnd };

/** How a campaign ended, what became of its targets, and what is left to do. */
export function renderEnd(progress: EndedCampaign, context: Pick<CliContext, 'terminal' | 'env'>): string[] {
  const { id, end, note, states, targets } = progress;
  const { style, unicode } = context.terminal;
  const isWell = exitCodeOfCampaign(end, states) === EXIT.ok;
  const mark = unicode ? `${isWell ? '✔' : '✘'} ` : '';
  return [
    `${style(isWell ? 'green' : 'red', style('bold', mark + end))}  ${id}  ${count(targets, 'target')}`,
    `  ${targets === 0 ? 'There was nothing to cancel.' : ENDS[end].means}`,
    ...(note === undefined ? [] : [`  ${style('yellow', plain(note))}`]),
    '',
    ...outcomeLines(progress, style),
    ...columns(factRows(progress)).map((line) => `  ${line}`),
    ...(ENDS[end].begun ? nextSteps(id, states, context) : []),
  ];
}

function outcomeLines({ states }: CampaignProgress, style: CliContext['terminal']['style']): string[] {
  const counts = namedCounts(states);
  if (counts.length === 0) return [];
  const lines = columns(
    counts.map(({ state, words, count: amount }) => [
      words,
      grouped(amount),
      isOutcome(state) ? OUTCOMES[state].means : '',
    ]),
  );
  const colored = lines.map((line, index) => {
    const { state, words } = counts[index] ?? { state: 'waiting', words: '' };
    const format = outcomeFormat(state);
    return `  ${format === undefined ? line : style(format, words) + line.slice(words.length)}`;
  });
  return [...colored, ''];
}

function factRows({ calls, startedAtMs, endedAtMs, reason, requestedBy }: CampaignProgress): string[][] {
  const throttled = calls.throttled === 0 ? '' : `, ${grouped(calls.throttled)} throttled`;
  const rows: [string, string | undefined][] = [
    ['calls', `${count(calls.asks, 'cancel call')}, ${count(calls.looks, 'look')}${throttled}`],
    ['took', took(startedAtMs, endedAtMs)],
    ['reason', plain(reason)],
    ['requested by', requestedBy && plain(requestedBy)],
  ];
  return rows.flatMap(([name, value]) => (value ? [[name, value]] : []));
}

function took(startedAtMs: number | undefined, endedAtMs: number | undefined): string | undefined {
  if (startedAtMs === undefined || endedAtMs === undefined) return undefined;
  const [from, to] = [startedAtMs, endedAtMs].map((ms) => dateAndTime(new Date(ms).toISOString()));
  return `${formatDuration(endedAtMs - startedAtMs)}, ${from} to ${to}`;
}

function nextSteps(id: string, states: StateCounts, context: Pick<CliContext, 'env' | 'terminal'>): string[] {
  const unsettled = unsettledOf(states);
  if (unsettled === 0) return [];
  const report = [commandLine(context, ['campaign', 'report', id, '--format', 'md']), 'what became of each'];
  const retry = [commandLine(context, ['campaign', 'retry', id]), 'ask again where it may help'];
  const rows = columns(sumOf(states, TO_RETRY) > 0 ? [report, retry] : [report]);
  const what = unsettled === 1 ? '1 target is' : `${grouped(unsettled)} targets are`;
  return ['', `  ${what} not proven to have ended:`, ...rows.map((row) => `    ${row}`)];
}
