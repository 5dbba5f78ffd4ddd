import type { CampaignProgress, Estimate, Plan } from '../../contract/campaign.js';
import { formatDuration } from '../../contract/duration.js';
import type { Format, Terminal } from '../terminal.js';
import { columns, count, dateAndTime, grouped } from '../text.js';

type PlanCount = {
  [Name in keyof Plan]-?: Plan[Name] extends number ? (Name extends 'surveyedAtMs' ? never : Name) : never;
}[keyof Plan];

/** In the order in which they are told; the first is told even when it is none. */
const PLAN_WORDS = {
  wouldCancel: ['would be canceled', 'cyan'],
  hasEnded: ['ended already', undefined],
  isCanceling: ['canceling already', undefined],
  protected: ['protected', undefined],
  notFound: ['not found', 'red'],
  wouldBeRefused: ['would be refused', 'red'],
  unknown: ['in a state this version does not know', 'yellow'],
} as const satisfies Record<PlanCount, readonly [words: string, format: Format | undefined]>;

/** What a campaign would do, for a person who decides whether it may. */
export function renderPlan(progress: CampaignProgress, plan: Plan, { style }: Terminal): string[] {
  const names = Object.keys(PLAN_WORDS) as PlanCount[];
  const told = names.filter((name, index) => index === 0 || plan[name] > 0);
  const width = Math.max(...told.map((name) => grouped(plan[name]).length));
  return [
    `${style('bold', `Plan ${progress.id}`)}  ${count(progress.targets, 'target')}, looked at ${dateAndTime(new Date(plan.surveyedAtMs).toISOString())}; nothing has been asked.`,
    '',
    ...told.map((name) => {
      const [words, format] = PLAN_WORDS[name];
      const line = `${grouped(plan[name]).padStart(width)}  ${words}`;
      return `  ${format === undefined || plan[name] === 0 ? line : style(format, line)}`;
    }),
    ...(plan.estimates.length === 0 ? [] : ['', ...estimateLines(plan.estimates, style)]),
  ];
}

function estimateLines(estimates: readonly Estimate[], style: Terminal['style']): string[] {
  const [header = '', ...rows] = columns([
    ['CONNECTION', 'CANCEL CALLS', 'LOOKS', 'AT ITS QUOTA'],
    ...estimates.map(({ connection, asks, looks, durationMs }) => [
      connection,
      grouped(asks),
      grouped(looks),
      durationMs === undefined ? 'no quota holds it back' : `about ${formatDuration(durationMs)}`,
    ]),
  ]);
  return [`  ${style('bold', header)}`, ...rows.map((row) => `  ${row}`)];
}
