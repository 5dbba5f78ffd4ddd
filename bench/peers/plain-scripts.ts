import { setTimeout as sleep } from 'node:timers/promises';
import type { Provider, TaskIds } from '../../providers/provider.js';
import { inParallel } from './in-parallel.js';
import { ask, stillOpen } from './vendor-calls.js';

/** How many calls are under way at once. */
const AT_ONCE = 50;

type PlainScript = (provider: Provider, tasks: readonly TaskIds[], everyMs: number) => Promise<void>;

/** What is written first: fifty slots, each cancels a task, then looks at it every second until it is canceled. */
const slots: PlainScript = (provider, tasks, everyMs) =>
  inParallel(tasks, AT_ONCE, async (task) => {
    await ask(provider, task);
    do await sleep(everyMs);
    while ((await stillOpen(provider, [task])).length > 0);
  });

/** As fast as it goes when nothing has to survive a crash: cancels all, then looks at all that are open, in full batches. */
const floor: PlainScript = async (provider, tasks, everyMs) => {
  await inParallel(tasks, AT_ONCE, (task) => ask(provider, task));
  let open = tasks;
  while (open.length > 0) {
    const nextRound = sleep(everyMs);
    const left: TaskIds[] = [];
    await inParallel(batches(open, provider.observeBatchSize), AT_ONCE, async (batch) => {
      left.push(...(await stillOpen(provider, batch)));
    });
    open = left;
    if (open.length > 0) await nextRound;
  }
};

function* batches<T>(items: readonly T[], size: number): Generator<readonly T[]> {
  for (let start = 0; start < items.length; start += size) yield items.slice(start, start + size);
}

export const PLAIN_SCRIPTS = { slots, floor } as const;
