import type { ListedTask, TaskPage } from '../providers/provider.js';
import { ProviderError } from '../providers/provider.js';

/** Of the shortest pages, fifty tasks each, they show a million: a list with more is one that never ends, whatever its pages say. */
const MOST_PAGES = 20_000;
/** More readings than that are of a list that is never still. */
const MOST_READINGS = 5;

/**
 * Reads a vendor's list, page by page, until it holds nothing new.
 *
 * No vendor says what becomes of its pages when the list changes while it is read: when a task that was seen leaves the list,
 * the others may move up, and one of them to a page that was read already. So a list of several pages is read again, until a
 * reading brings nothing that was not there before. Tasks that are created meanwhile may be missed.
 * @param page reads one page.
 * @param take is told of every task on it, some of them again; whether one of them was new.
 * @throws ProviderError of a call; `unrecognized` when a list goes round in circles, or on for ever. An error is never taken for the list's end.
 */
export async function readList(
  page: (token: string | undefined) => Promise<TaskPage>,
  take: (tasks: readonly ListedTask[]) => Promise<boolean>,
): Promise<void> {
  for (let reading = 1; reading <= MOST_READINGS; reading++) {
    const tokens = new Set<string>();
    let token: string | undefined;
    let isNews = false;
    do {
      const { tasks, next } = await page(token);
      if (await take(tasks)) isNews = true;
      if (next !== undefined && tokens.has(next)) throw circles();
      token = next;
      if (next !== undefined) tokens.add(next);
      if (tokens.size > MOST_PAGES) throw endless();
    } while (token !== undefined);
    if (!isNews || tokens.size === 0) return;
  }
}

function circles(): ProviderError {
  return new ProviderError('unrecognized', 'RepeatedPage', 'The list of tasks goes round in circles.');
}

function endless(): ProviderError {
  const message = `The list of tasks has more than ${MOST_PAGES} pages.`;
  return new ProviderError('unrecognized', 'EndlessList', message);
}
