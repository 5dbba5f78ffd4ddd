import { CANCELLATION_PHASE_WORDS } from '../client/outcomes.js';
import type { CancellationStatus } from '../client/types.js';
import type { Terminal } from './terminal.js';
import { columns, count, dateAndTime, plain, wholeSeconds } from './text.js';

const FRAMES = Array.from('⠋⠙⠹⠸⠼⠴⠦⠧⠇⠏');
const ASCII_FRAMES = Array.from('|/-\\');

/** The vendor's last word on the task: of the newest poll while polling, else of the last recorded look. */
export function vendorsWord({ pending, progress }: CancellationStatus): string | undefined {
  if (pending?.lastFailure?.type === 'StillWaiting') return plain(pending.lastFailure.message);
  return progress?.observation === undefined ? undefined : plain(progress.observation.rawState);
}

/** What goes wrong at the moment, if anything; Quiesce's own failures say what to do. */
export function problemOf({
  pending,
  phase,
  progress,
  result,
  failure,
}: CancellationStatus): string | undefined {
  if (result !== undefined || failure !== undefined) return undefined;
  if (phase === 'waiting-for-worker')
    return 'No Worker has taken it yet; one is started with `quiesce worker`.';
  if (progress === undefined) return 'No Worker answers; it goes on once one runs (`quiesce worker`).';
  const last = pending?.lastFailure;
  if (last === undefined || last.type === 'StillWaiting') return undefined;
  const retried = last.type.startsWith('Provider.') ? '' : ' It is tried again by itself.';
  return `${last.type}: ${plain(last.message)}${retried}`;
}

/** One line for one change, for where lines cannot be redrawn. */
export function changeLine(status: CancellationStatus): string {
  const word = vendorsWord(status);
  return `${CANCELLATION_PHASE_WORDS[status.phase]}${word === undefined ? '' : `; the vendor says ${word}`}`;
}

/** The few lines that are redrawn while waiting. */
export function liveLines(status: CancellationStatus, terminal: Terminal, now: number): string[] {
  const frames = terminal.unicode ? FRAMES : ASCII_FRAMES;
  const frame = frames[Math.floor(now / 100) % frames.length] ?? '';
  const word = vendorsWord(status);
  const facts = [
    word === undefined ? undefined : `the vendor says ${terminal.style('bold', word)}`,
    ...otherFacts(status, now),
  ].filter((fact) => fact !== undefined);
  return [
    `${terminal.style('cyan', frame)} ${terminal.style('bold', CANCELLATION_PHASE_WORDS[status.phase])}  ${status.task}`,
    `  ${facts.join(terminal.unicode ? ' · ' : ', ')}`,
  ];
}

function otherFacts(status: CancellationStatus, now: number): (string | undefined)[] {
  const looks = looksOf(status);
  return [
    looks === 0 ? undefined : count(looks, 'look'),
    `${wholeSeconds(now - Date.parse(status.startedAt))} so far`,
    status.progress && `deadline in ${wholeSeconds(status.progress.deadlineAtMs - now)}`,
  ];
}

function looksOf({ progress, pending, phase }: CancellationStatus): number {
  const polls = phase === 'proving' && pending !== undefined ? pending.attempt - 1 : 0;
  return (progress?.observations ?? 0) + polls;
}

/** Everything about a cancellation that has not ended, for `quiesce status`. */
export function statusLines(
  status: CancellationStatus,
  terminal: Terminal,
  now: number,
  uiUrl?: string,
): string[] {
  const { progress, pending } = status;
  const problem = problemOf(status);
  const rows: [string, string | undefined][] = [
    ['vendor says', vendorsWord(status)],
    [
      'asked',
      progress &&
        `${count(progress.asks, 'time')}, client token ${progress.clientTokens.at(-1) ?? 'not drawn yet'}`,
    ],
    ['looks', String(looksOf(status))],
    ['next look', pending?.nextAttemptAt && dateAndTime(pending.nextAttemptAt)],
    [
      'deadline',
      progress &&
        `${dateAndTime(new Date(progress.deadlineAtMs).toISOString())}, in ${wholeSeconds(progress.deadlineAtMs - now)}`,
    ],
    [
      'requested by',
      progress?.requestedBy && plain([progress.requestedBy, progress.reason].filter(Boolean).join(': ')),
    ],
    ['started', dateAndTime(status.startedAt)],
    ['workflow', status.id],
    ['run', status.runId],
    ['Temporal UI', uiUrl],
  ];
  return [
    `${terminal.style('bold', CANCELLATION_PHASE_WORDS[status.phase])}  ${status.task}`,
    ...(problem === undefined ? [] : [`  ${terminal.style('yellow', problem)}`]),
    '',
    ...columns(rows.flatMap(([name, value]) => (value ? [[name, value]] : []))).map((line) => `  ${line}`),
  ];
}
