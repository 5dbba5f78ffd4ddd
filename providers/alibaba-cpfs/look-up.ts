import { ProviderError } from '../provider.js';
import { ABSENT_CODE } from './errors.js';
import { MOST_IDS } from './list-pages.js';

/**
 * Looks tasks up by their ids, as many at a time as a filter takes. Whether an id that no task has makes a filter fail is not
 * documented, nor which of several it then was: they are halved until it is alone.
 * @param lookUp looks all of these up with one question.
 * @param absent is told of the vendor's own "no such task" for one of them.
 */
export async function lookUpByIds<Task>(
  tasks: readonly Task[],
  lookUp: (some: readonly Task[]) => Promise<void>,
  absent: (task: Task, error: ProviderError) => void,
): Promise<void> {
  for (let start = 0; start < tasks.length; start += MOST_IDS) {
    await lookUpSome(tasks.slice(start, start + MOST_IDS));
  }

  async function lookUpSome(some: readonly Task[]): Promise<void> {
    try {
      await lookUp(some);
    } catch (thrown) {
      if (!(thrown instanceof ProviderError) || thrown.code !== ABSENT_CODE) throw thrown;
      const [only, ...others] = some;
      if (only !== undefined && others.length === 0) return absent(only, thrown);
      const middle = Math.ceil(some.length / 2);
      await lookUpSome(some.slice(0, middle));
      await lookUpSome(some.slice(middle));
    }
  }
}
