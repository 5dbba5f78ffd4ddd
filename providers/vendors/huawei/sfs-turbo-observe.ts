import type { Observation, TaskEnd } from '../../../contract/observation.js';
import { contradiction } from '../../contradiction.js';
import { jsonObject, type HttpAnswer } from '../../http.js';
import { ProviderError, type CallOptions, type ObserveOptions, type TaskIds } from '../../provider.js';
import { requestIdIfAny } from '../../request-id-if-any.js';
import { Sightings } from '../../sightings.js';
import { fewAtATime } from './few-at-a-time.js';
import { requestIdOf, type SfsTurboCall, type SfsTurboClient } from './sfs-turbo-client.js';
import { isAbsence, PARAMETER_ERROR, type AbsentCode } from './sfs-turbo-errors.js';
import { LONGEST_MESSAGE, LONGEST_WORD } from '../../longest-message.js';

/** What a word of the vendor's says of a task; one that is not listed is `unknown`: it proves nothing. */
export type SfsTurboStates = Readonly<
  Record<string, { state: 'active' | 'canceling' } | { state: 'ended'; end: TaskEnd }>
>;

/** A task as the vendor's JSON has it. */
export type WireTask = Readonly<Record<string, unknown>>;

/** How one of SFS Turbo's two APIs shows its tasks. */
export interface SfsTurboReads {
  readonly states: SfsTurboStates;
  readonly absentCode: AbsentCode;
  readonly pageSize: number;
  show(task: TaskIds): SfsTurboCall;
  list(shareId: string, place: ListPlace): SfsTurboCall;
  messageOf(task: WireTask): unknown;
  /** ISO 8601; undefined where the vendor does not say in which zone its times are. */
  endedAt(task: WireTask): string | undefined;
  /** Epoch milliseconds: when it was created at the latest. */
  createdByMs(task: WireTask): number | undefined;
}

/** Which page of a list. */
export interface ListPlace {
  /** How many rows were seen before it. */
  readonly seen: number;
  /** The last of them. */
  readonly last?: string | undefined;
  /** Left out: as many as the vendor's default is. */
  readonly limit?: number | undefined;
  /** One word each. Where the vendor has no such filter, the list is of all. */
  readonly status?: string | undefined;
  readonly type?: string | undefined;
}

/**
 * Looks at tasks of one file system: at a single one by itself, at several in the list. Whichever the list does not show
 * is looked at by itself: rows move up as others are deleted, so a list proves nothing of what it leaves out.
 */
export async function observeOnShare(
  client: SfsTurboClient,
  reads: SfsTurboReads,
  tasks: readonly TaskIds[],
  options: ObserveOptions,
): Promise<Observation[]> {
  const sightings = new Sightings(tasks.map(taskId), options);
  if (tasks.length > 1) await findInList(client, reads, tasks, sightings, options);
  const missing = tasks.filter((task) => !sightings.has(taskId(task)));
  await fewAtATime(missing, async (task) => {
    sightings.note(taskId(task), await showTask(client, reads, task, options));
  });
  return sightings.all();
}

/** Reads no more pages than there are tasks to find: beyond that, looking at each by itself is cheaper. */
async function findInList(
  client: SfsTurboClient,
  reads: SfsTurboReads,
  tasks: readonly TaskIds[],
  sightings: Sightings,
  options: CallOptions,
): Promise<void> {
  let pages = 0;
  for await (const rows of listPages(client, reads, tasks[0]?.['shareId'] ?? '', options)) {
    for (const { id, observation } of rows) sightings.note(id, observation);
    if (++pages === tasks.length || sightings.isWhole) return;
  }
}

export interface Row {
  readonly id: string;
  readonly observation: Observation;
  readonly task: WireTask;
}

/** The list's pages up to a short one, or one that is the page before again. */
async function* listPages(
  client: SfsTurboClient,
  reads: SfsTurboReads,
  shareId: string,
  options: CallOptions,
): AsyncGenerator<readonly Row[]> {
  let last: string | undefined;
  for (let seen = 0; ;) {
    const call = reads.list(shareId, { seen, last, limit: reads.pageSize });
    const rows = await readPage(client, reads, call, options).catch((thrown: unknown) => {
      // The largest page, and one that follows a task which was deleted meanwhile, are not documented.
      if (thrown instanceof ProviderError && thrown.code === PARAMETER_ERROR) return [];
      throw thrown;
    });
    yield rows;
    const next = rows.at(-1)?.id;
    if (rows.length < reads.pageSize || next === last) return;
    seen += rows.length;
    last = next;
  }
}

/** @throws ProviderError of the call; `unrecognized` when it is not answered with a list. */
export async function readPage(
  client: SfsTurboClient,
  reads: SfsTurboReads,
  call: SfsTurboCall,
  options: CallOptions,
): Promise<readonly Row[]> {
  const answer = await client.call(call, options);
  const rows: unknown = jsonObject(answer)?.['tasks'];
  if (!Array.isArray(rows)) throw unusable(call, answer);
  const shown = rows.map((row: unknown) => {
    const task = asTask(row);
    const id = task?.['task_id'];
    if (task === undefined || typeof id !== 'string') throw unusable(call, answer);
    return { id, observation: toObservation(task, reads, call, answer), task };
  });
  if (contradiction(shown.map(({ id, observation }) => [id, observation.rawState])) !== undefined)
    throw unusable(call, answer);
  return shown;
}

async function showTask(
  client: SfsTurboClient,
  reads: SfsTurboReads,
  task: TaskIds,
  options: CallOptions,
): Promise<Observation> {
  const call = reads.show(task);
  try {
    const answer = await client.call(call, options);
    const shown = jsonObject(answer);
    // Another task's state, as from a cache in between, says nothing of this one.
    if (shown?.['task_id'] !== taskId(task)) throw unusable(call, answer);
    return toObservation(shown, reads, call, answer);
  } catch (thrown) {
    if (!(thrown instanceof ProviderError) || !isAbsence(thrown, reads.absentCode)) throw thrown;
    const { code, message, context } = thrown;
    const observedAt = new Date().toISOString();
    return {
      state: 'absent',
      rawState: code,
      observedAt,
      message,
      ...requestIdIfAny(context.requestId),
    };
  }
}

function toObservation(
  task: WireTask | undefined,
  reads: SfsTurboReads,
  call: SfsTurboCall,
  answer: HttpAnswer,
): Observation {
  const status = task?.['status'];
  if (task === undefined || typeof status !== 'string' || status === '') throw unusable(call, answer);
  const message = reads.messageOf(task);
  const seen = {
    rawState: status.slice(0, LONGEST_WORD),
    observedAt: new Date().toISOString(),
    ...requestIdOf(answer),
    ...(typeof message === 'string' && message !== '' && { message: message.slice(0, LONGEST_MESSAGE) }),
  };
  const known = Object.hasOwn(reads.states, status) ? reads.states[status] : undefined;
  if (known === undefined) return { ...seen, state: 'unknown' };
  if (known.state !== 'ended') return { ...seen, state: known.state };
  const endedAt = reads.endedAt(task);
  return { ...seen, ...known, ...(endedAt !== undefined && { endedAt }) };
}

/** The promised status with something else than the promised body: no proof of anything. */
function unusable({ operation }: SfsTurboCall, answer: HttpAnswer): ProviderError {
  const message = `${operation} was answered without the state of the task.`;
  return new ProviderError('unrecognized', 'MissingFromAnswer', message, requestIdOf(answer));
}

function asTask(value: unknown): WireTask | undefined {
  return typeof value === 'object' && value !== null ? (value as WireTask) : undefined;
}

const taskId = (task: TaskIds): string => task['taskId'] ?? '';
