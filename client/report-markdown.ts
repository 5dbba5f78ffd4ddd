import type { CampaignProgress, ConnectionProgress } from '../contract/campaign.js';
import { isOutcome } from '../contract/campaign.js';
import { formatDuration } from '../contract/duration.js';
import type { ReportRow } from './campaign-types.js';
import { ENDS, endedOf, namedCounts, OUTCOMES, PHASE_WORDS, unsettledOf } from './outcomes.js';
import { count, grouped } from './count.js';
import { dateAndTime, plain } from './text.js';

/** A campaign for somebody who was not there: what it was for, how it ended, and the head of the table of what is left. */
export function markdownHead(progress: CampaignProgress): string {
  const { id, phase, end, note, states, targets, connections } = progress;
  const left = unsettledOf(states) + targets - endedOf(states);
  return [
    `# Campaign ${code(id)}`,
    `**${end ?? PHASE_WORDS[phase]}.** ${end === undefined ? '' : `${ENDS[end].means} `}${note === undefined ? '' : text(note)}`.trimEnd(),
    table(['', ''], factRows(progress)),
    '## Targets',
    table(
      ['outcome', 'targets', 'meaning'],
      namedCounts(states).map(({ state, words, count: amount }) => [
        words,
        grouped(amount),
        isOutcome(state) ? OUTCOMES[state].means : 'not ended',
      ]),
    ),
    '## Connections',
    table(
      ['connection', 'provider', 'targets', 'ended', 'cancel calls', 'throttled'],
      connections.map(connectionRow),
    ),
    `## ${left === 0 ? 'Nothing is left to do' : `${count(left, 'target')} not proven to have ended`}`,
    ...(left === 0 ? [] : [table(['task', 'outcome', 'last state', 'seen', 'code', 'message'], [])]),
  ]
    .join('\n\n')
    .concat('\n');
}

/** A row of the table that {@link markdownHead} has begun. */
export function markdownRow({ task, state, lastState, seenAt, code: what, message }: ReportRow): string {
  return line([
    code(task),
    state,
    text(lastState ?? ''),
    seenAt === undefined ? '' : dateAndTime(seenAt),
    what === undefined ? '' : code(what),
    text(message ?? ''),
  ]).concat('\n');
}

function factRows(progress: CampaignProgress): string[][] {
  const { reason, requestedBy, startedAtMs, endedAtMs, targets, calls } = progress;
  const at = (ms: number) => dateAndTime(new Date(ms).toISOString());
  const rows: [string, string | undefined][] = [
    ['Reason', text(reason)],
    ['Requested by', requestedBy && text(requestedBy)],
    ['Started', startedAtMs === undefined ? undefined : at(startedAtMs)],
    ['Ended', endedAtMs === undefined ? undefined : at(endedAtMs)],
    [
      'Took',
      startedAtMs === undefined || endedAtMs === undefined
        ? undefined
        : formatDuration(endedAtMs - startedAtMs),
    ],
    ['Targets', grouped(targets)],
    [
      'Calls',
      `${count(calls.asks, 'cancel call')}, ${count(calls.looks, 'look')}, ${grouped(calls.throttled)} throttled`,
    ],
  ];
  return rows.flatMap(([name, value]) => (value ? [[name, value]] : []));
}

function connectionRow({ connection, provider, targets, states, calls }: ConnectionProgress): string[] {
  const numbers = [targets, endedOf(states), calls.asks, calls.throttled].map(grouped);
  return [code(connection), code(provider), ...numbers];
}

function table(head: readonly string[], rows: readonly (readonly string[])[]): string {
  return [line(head), line(head.map(() => '---')), ...rows.map(line)].join('\n');
}

function line(cells: readonly string[]): string {
  return `| ${cells.join(' | ')} |`;
}

function code(words: string): string {
  return `\`${plain(words).replace(/[`|]/g, ' ')}\``;
}

/** What callers and vendors say must not become Markdown of ours. */
function text(words: string): string {
  return plain(words).replace(/[\\`*_{}[\]<>|#!]/g, String.raw`\$&`);
}
