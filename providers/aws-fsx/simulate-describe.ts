import { createHash } from 'node:crypto';
import { z } from 'zod';
import type { FsxCall } from './simulate.js';
import { FsxRefusal, readInput, type FsxOutput } from './simulate-answer.js';
import { taskId } from './simulate-cancel.js';
import { isKnown, knownTask } from './simulate-table.js';
import type { FsxTask } from './simulate-task.js';

/** The answer's limit, whatever MaxResults asks for. */
const LARGEST_PAGE = 50;
/** A page of a selective filter ends after this many tasks looked at, perhaps short or empty, but with a NextToken. */
const LONGEST_SCAN = 5_000;

const filterValue = z
  .string()
  .min(1)
  .max(128)
  .regex(/^[0-9a-zA-Z*.\\/?\-_]*$/);

const filter = z.object({
  Name: z
    .enum(['file-system-id', 'task-lifecycle', 'data-repository-association-id', 'file-cache-id'])
    .optional(),
  Values: z.array(filterValue).max(20).optional(),
});

const describeInput = z.object({
  TaskIds: z.array(taskId).max(50).optional(),
  Filters: z.array(filter).max(3).optional(),
  MaxResults: z.int().min(1).max(2_147_483_647).optional(),
  NextToken: z.string().min(1).max(255).optional(),
});

type DescribeInput = z.output<typeof describeInput>;
type Filter = z.output<typeof filter>;

/** https://docs.aws.amazon.com/fsx/latest/APIReference/API_DataRepositoryTaskFilter.html */
const FILTER_LIFECYCLES: ReadonlySet<string> = new Set([
  'CANCELED',
  'EXECUTING',
  'FAILED',
  'PENDING',
  'SUCCEEDED',
]);

/** @see https://docs.aws.amazon.com/fsx/latest/APIReference/API_DescribeDataRepositoryTasks.html */
export function describeTasks(call: FsxCall): FsxOutput {
  const { world, region } = call;
  const input = readInput(describeInput, call.input, world.settings.switches);
  const filters = input.Filters ?? [];
  checkLifecycles(filters, world.settings.switches.cancelingFilter);
  const candidates = candidatesOf(call, input);
  const { listOrder } = world.settings.switches;
  const largest = Math.min(input.MaxResults ?? LARGEST_PAGE, LARGEST_PAGE);
  const now = world.now();
  const { refreshMs } = world.settings;

  const page = [];
  let position = input.NextToken === undefined ? 0 : readToken(input.NextToken, input);
  const scanEnd = Math.min(candidates.length, position + LONGEST_SCAN);
  for (; position < scanEnd && page.length < largest; position++) {
    const task = candidates[listOrder === 'newestFirst' ? candidates.length - 1 - position : position];
    if (task === undefined) break;
    if (!isKnown(task, world)) continue;
    const shownAt = task.timeline.shownAt(now, refreshMs);
    if (filters.every((each) => matches(each, task, shownAt))) page.push(task.describe(shownAt, region));
  }
  const more = position < candidates.length && { NextToken: makeToken(position, input) };
  return { output: { DataRepositoryTasks: page, ...more } };
}

function checkLifecycles(filters: readonly Filter[], canceling: 'BadRequest' | 'match'): void {
  const asked = filters.filter((each) => each.Name === 'task-lifecycle').flatMap((each) => each.Values ?? []);
  const bad = asked.find(
    (word) => !FILTER_LIFECYCLES.has(word) && !(word === 'CANCELING' && canceling === 'match'),
  );
  if (bad !== undefined)
    throw new FsxRefusal('BadRequest', `${bad} is not a value of the filter task-lifecycle.`);
}

/** The tasks to look through, in a stable order, without touching more of them than the request makes needed. */
function candidatesOf(call: FsxCall, { TaskIds = [], Filters = [] }: DescribeInput): readonly FsxTask[] {
  const { table, world } = call;
  if (TaskIds.length > 0) {
    const named = [...new Set(TaskIds)].map((id) => ({ id, task: knownTask(call, id) }));
    const missing = named.filter(({ task }) => task === undefined).map(({ id }) => id);
    if (missing.length > 0 && world.settings.switches.unknownIdInBatch === 'fail') throw notFound(missing);
    if (missing.length > 0 && missing.length === named.length) throw notFound(missing);
    return named.flatMap(({ task }) => task ?? []);
  }
  const onlyFileSystem = Filters.find((each) => each.Name === 'file-system-id' && each.Values?.length === 1);
  return onlyFileSystem?.Values?.[0] === undefined ? table.all : table.onFileSystem(onlyFileSystem.Values[0]);
}

function notFound(ids: readonly string[]): FsxRefusal {
  const message = `The data repository task or tasks you specified could not be found: ${ids.join(', ')}`;
  return new FsxRefusal('DataRepositoryTaskNotFound', message);
}

function matches({ Name, Values }: Filter, task: FsxTask, shownAt: number): boolean {
  if (Name === undefined || Values === undefined) return true;
  if (Name === 'file-system-id') return Values.includes(task.details.fileSystemId);
  // Simulated tasks belong to no association and to no cache.
  return Name === 'task-lifecycle' && Values.includes(task.wordAt(shownAt));
}

/** Opaque to the caller; good only for the same question. */
function makeToken(position: number, question: DescribeInput): string {
  return Buffer.from(`${position}:${digest(question)}`).toString('base64');
}

function readToken(token: string, question: DescribeInput): number {
  const [, position, asked] = /^(\d+):([0-9a-f]+)$/.exec(Buffer.from(token, 'base64').toString()) ?? [];
  if (asked === digest(question)) return Number(position);
  throw new FsxRefusal('BadRequest', 'NextToken is not valid for this request.');
}

function digest({ TaskIds, Filters }: DescribeInput): string {
  return createHash('sha256')
    .update(JSON.stringify([TaskIds, Filters]))
    .digest('hex')
    .slice(0, 16);
}
