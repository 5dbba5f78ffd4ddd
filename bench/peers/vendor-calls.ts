import type { Provider, TaskIds } from '../../providers/provider.js';

/** Peers are never aborted. A signal for each call: those that share one are listed in it. */
const never = () => new AbortController().signal;

/** Asks for the end of a task; anything but a plain yes is no part of the measured world. */
export async function ask(provider: Provider, task: TaskIds): Promise<void> {
  const answer = await provider.cancel(task, { signal: never(), clientToken: Object.values(task).join('-') });
  if (answer.kind !== 'accepted')
    throw new Error(`The cancel was answered with ${answer.kind} (${answer.code}).`);
}

/** Looks at tasks; gives back those that have not been seen canceled. */
export async function stillOpen(provider: Provider, tasks: readonly TaskIds[]): Promise<TaskIds[]> {
  const seen = await provider.observe(tasks, { signal: never() });
  return tasks.filter((_task, place) => {
    const look = seen[place];
    return look?.state !== 'ended' || look.end !== 'canceled';
  });
}
