import type { CancelResult, Evidence } from '../contract/cancellation.js';
import { formatDuration } from '../contract/duration.js';
import type { CancelAnswer } from '../contract/observation.js';
import type { Terminal } from './terminal.js';
import { columns, count, dateAndTime, plain, timeOfDay } from './text.js';
import { adviceOn, verdictSentence } from './verdict-sentences.js';

/** The verdict and what it stands on, for a person. */
export function renderResult(result: CancelResult, terminal: Terminal, uiUrl?: string): string[] {
  const { format, means } = verdictSentence(result.verdict);
  const next = adviceOn(result);
  const mark = terminal.unicode ? `${format === 'red' ? '✘' : '✔'} ` : '';
  return [
    `${terminal.style(format, terminal.style('bold', mark + result.verdict))}  ${result.task}`,
    `  ${means}`,
    ...(next === undefined ? [] : [`  ${terminal.style('yellow', next)}`]),
    '',
    ...details(result, uiUrl).map((line) => `  ${line}`),
  ];
}

function details(result: CancelResult, uiUrl: string | undefined): string[] {
  const took = Date.parse(result.endedAt) - Date.parse(result.startedAt);
  const rows: [string, string | undefined][] = [
    ...evidenceRows(result),
    ['attempts', result.attempts > 1 ? String(result.attempts) : undefined],
    ['client token', result.clientTokens.join(' ')],
    ['requested by', by(result.requestedBy, result.reason)],
    ['campaign', result.campaign],
    ['took', `${formatDuration(took)}, ${dateAndTime(result.startedAt)} to ${dateAndTime(result.endedAt)}`],
    ['workflow', result.id],
    ['run', result.runId],
    ['Temporal UI', uiUrl],
  ];
  return columns(
    rows.flatMap(([name, value]) => (value === undefined || value === '' ? [] : [[name, value]])),
  );
}

function evidenceRows({ evidence, verdict }: CancelResult): [string, string | undefined][] {
  const { lastState, lastStateAt, observedAt, taskEndedAt, givenUp, lastLookFailure } = evidence;
  const seen = lastStateAt === undefined ? '' : `, seen ${dateAndTime(lastStateAt)}`;
  return [
    ['last state', lastState === undefined ? 'never seen' : `${plain(lastState)}${seen}`],
    [
      'looked at',
      observedAt === lastStateAt ? undefined : observedAt && `${dateAndTime(observedAt)}, for the last time`,
    ],
    ['task ended', taskEndedAt && `${dateAndTime(taskEndedAt)} by the vendor's clock`],
    ['vendor says', evidence.message && plain(evidence.message)],
    ['work done', workDone(evidence)],
    ['asked', asked(evidence, verdict.startsWith('would-'))],
    [
      'gave up',
      givenUp &&
        [givenUp.how, by(givenUp.by, givenUp.reason), timeOfDay(givenUp.at)].filter(Boolean).join(', '),
    ],
    ['last look', lastLookFailure && `failed: ${plain(lastLookFailure)}`],
    ['looks', String(evidence.observations)],
    ['request ids', evidence.requestIds.map(plain).join(' ')],
  ];
}

function asked({ asks, askedAt, answer, unansweredAsk }: Evidence, isRehearsal: boolean): string {
  const told = answer === undefined ? '' : `: ${describeAnswer(answer)}`;
  const last = askedAt === undefined ? '' : `, last ${timeOfDay(askedAt)}`;
  const answered = `${count(asks, 'time')}${last}${told}`;
  if (unansweredAsk)
    return `${asks === 0 ? '' : `${answered}; `}a call's answer never came: its effect is open`;
  if (asks > 0) return answered;
  if (answer !== undefined) return `only whether it would${told}`;
  return isRehearsal ? 'nothing: it was a dry run' : 'not once: there was nothing to ask for';
}

/** The vendor's answer to the cancel call, in a few words. */
export function describeAnswer(answer: CancelAnswer): string {
  if (answer.kind === 'accepted')
    return `accepted${answer.rawState === undefined ? '' : `, ${plain(answer.rawState)}`}`;
  return `${answer.kind}, ${plain(answer.code)}: ${plain(answer.message)}`;
}

function workDone({ progress }: Evidence): string | undefined {
  if (progress?.total === undefined && progress?.succeeded === undefined) return undefined;
  const total = progress.total === undefined ? '' : ` of ${progress.total}`;
  const failed = progress.failed ? `, ${progress.failed} failed` : '';
  return `${progress.succeeded ?? 0}${total}${failed}`;
}

function by(who: string | undefined, why: string | undefined): string | undefined {
  return (
    [who, why]
      .filter((part) => part !== undefined && part !== '')
      .map((part) => plain(part ?? ''))
      .join(': ') || undefined
  );
}
