import type { LiveProgress } from '../../client/index.js';
import { endedOf, namedCounts, PHASE_WORDS } from '../../client/outcomes.js';
import type { CampaignPhase, CampaignProgress } from '../../contract/campaign.js';
import type { CliContext } from '../context.js';
import { commandLine } from '../invocation.js';
import { columns, dateAndTime, grouped, plain, timeOfDay } from '../text.js';
import { renderEnd } from './render-end.js';
import { bodyLines, headline, problemLines, troubles, type Moment } from './render-live.js';
import { renderPlan } from './render-plan.js';

/** Which command a campaign waits for, by its phase. */
const AWAITED: Partial<Record<CampaignPhase, { readonly words: string; readonly command: string }>> = {
  planned: { words: 'Start it with:', command: 'start' },
  paused: { words: 'Go on with:', command: 'resume' },
  'waiting-for-approval': { words: 'Let the next wave go with:', command: 'approve' },
};

/** Everything about a campaign, for `quiesce campaign status`. */
export function statusLines(
  progress: LiveProgress,
  context: Pick<CliContext, 'env' | 'terminal'>,
  moment: Moment,
): string[] {
  const { phase, end, plan } = progress;
  if (end !== undefined) return renderEnd({ ...progress, end }, context);
  if (phase === 'planned' && plan !== undefined) {
    return [...renderPlan(progress, plan, context.terminal), ...awaitedLines(progress, context)];
  }
  const { terminal } = context;
  return [
    `${terminal.style('bold', PHASE_WORDS[phase])}  ${headline(progress)}`,
    ...bodyLines(progress, terminal, moment),
    '',
    ...columns(factRows(progress)).map((line) => `  ${line}`),
    ...problemLines(progress.problems, terminal),
    ...awaitedLines(progress, context),
  ];
}

/** What the campaign waits for a person to type, if it does. */
export function awaitedLines({ phase, id }: CampaignProgress, context: Pick<CliContext, 'env'>): string[] {
  const awaited = AWAITED[phase];
  return awaited === undefined
    ? []
    : ['', awaited.words, `  ${commandLine(context, ['campaign', awaited.command, id])}`];
}

function factRows(progress: CampaignProgress): string[][] {
  const { reason, requestedBy, createdAtMs, startedAtMs, lanes } = progress;
  const at = (ms: number) => dateAndTime(new Date(ms).toISOString());
  const rows: [string, string | undefined][] = [
    ['reason', plain(reason)],
    ['requested by', requestedBy && plain(requestedBy)],
    ['created', at(createdAtMs)],
    ['started', startedAtMs === undefined ? undefined : at(startedAtMs)],
    ['lanes', `${lanes.running.length} running, ${lanes.ended} of ${lanes.numbers.length} ended`],
  ];
  return rows.flatMap(([name, value]) => (value ? [[name, value]] : []));
}

/** One line of where a campaign is, for where lines cannot be redrawn. */
export function changeLine(progress: LiveProgress, nowMs: number): string {
  const { phase, states, targets } = progress;
  const counts = namedCounts(states).map(({ words, count }) => `${words} ${grouped(count)}`);
  const at = timeOfDay(new Date(nowMs).toISOString());
  const ended = `${grouped(endedOf(states))} of ${grouped(targets)} ended`;
  return [`${at}  ${PHASE_WORDS[phase]}: ${ended}`, counts.join(', '), ...troubles(progress)]
    .filter(Boolean)
    .join('; ');
}
