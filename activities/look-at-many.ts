import type { Observation } from '../contract/observation.js';
import type { ObserveOptions, ProviderError, TaskIds } from '../providers/provider.js';
import { isOfOneTask } from './shared-looks.js';

/** What a look at one task showed, or why it showed nothing. */
export type LookResult = Observation | ProviderError;

export interface ManyLooks {
  /** How many tasks one call answers. */
  readonly batchSize: number;
  /** Tasks with different keys cannot be answered by one call. */
  readonly keyOf: (task: TaskIds) => string;
  /** How many batches may be under way. */
  readonly callsAtOnce: number;
  /** One batch, answered in the order of the tasks. */
  readonly look: (tasks: readonly TaskIds[], options: ObserveOptions) => Promise<readonly Observation[]>;
  /** What is told of whatever `look` throws. */
  readonly told: (thrown: unknown) => ProviderError;
}

/** Tasks, each with its place in the question. */
type Batch = readonly (readonly [place: number, task: TaskIds])[];

/**
 * Looks at many tasks, batch by batch; the results come in the order of the question. A batch that fails for what may be one
 * of its tasks alone is halved until that one is alone: it spoils nothing for the others. Any other error is the result of all
 * tasks of its batch that were not seen.
 */
export async function lookAtMany(
  tasks: readonly TaskIds[],
  signal: AbortSignal,
  { look, told, callsAtOnce, ...shape }: ManyLooks,
): Promise<LookResult[]> {
  const results = new Map<number, LookResult>();
  const note = (place: number, result: LookResult) => {
    if (!results.has(place)) results.set(place, result);
  };
  const waiting = batchesOf(tasks, shape);
  const make = async (batch: Batch) => {
    const noteAt = (index: number, seen: Observation) => {
      const place = batch[index]?.[0];
      if (place !== undefined) note(place, seen);
    };
    try {
      const question = batch.map(([, task]) => task);
      const answers = await look(question, { signal, onSeen: noteAt });
      for (const [index, seen] of answers.entries()) noteAt(index, seen);
    } catch (thrown) {
      const error = told(thrown);
      const rest = batch.filter(([place]) => !results.has(place));
      if (batch.length > 1 && isOfOneTask(error)) waiting.unshift(...halvesOf(rest));
      else for (const [place] of rest) note(place, error);
    }
  };
  const makeAll = async () => {
    for (let batch = waiting.shift(); batch !== undefined; batch = waiting.shift()) await make(batch);
  };
  await Promise.all(Array.from({ length: callsAtOnce }, makeAll));
  return tasks.map((_, place) => results.get(place) ?? told(new Error('A look without an answer')));
}

function batchesOf(
  tasks: readonly TaskIds[],
  { keyOf, batchSize }: Pick<ManyLooks, 'keyOf' | 'batchSize'>,
): Batch[] {
  const byKey = new Map<string, (readonly [number, TaskIds])[]>();
  for (const entry of tasks.entries()) {
    const key = keyOf(entry[1]);
    const all = byKey.get(key);
    if (all === undefined) byKey.set(key, [entry]);
    else all.push(entry);
  }
  return [...byKey.values()].flatMap((all) =>
    Array.from({ length: Math.ceil(all.length / batchSize) }, (_, n) =>
      all.slice(n * batchSize, (n + 1) * batchSize),
    ),
  );
}

function halvesOf(batch: Batch): Batch[] {
  const middle = Math.ceil(batch.length / 2);
  return [batch.slice(0, middle), batch.slice(middle)].filter(({ length }) => length > 0);
}
