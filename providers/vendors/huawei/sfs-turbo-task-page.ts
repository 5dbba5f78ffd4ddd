import { ProviderError, type ListOptions, type Selection, type TaskPage } from '../../provider.js';
import { activeWords, selectTasks } from '../../select-tasks.js';
import type { SfsTurboClient } from './sfs-turbo-client.js';
import { PARAMETER_ERROR } from './sfs-turbo-errors.js';
import { readPage, type ListPlace, type Row, type SfsTurboReads } from './sfs-turbo-observe.js';

/**
 * One page of the tasks of a file system. No document says how large a page may be, so an empty one alone is the last: a short
 * one may be short by the vendor's own limit.
 * @throws ProviderError of the call; `unavailable` (`ListMoved`) when the vendor no longer takes the place where it goes on;
 * `unrecognized` when a page is the one before again.
 */
export async function taskPage(
  client: SfsTurboClient,
  reads: SfsTurboReads,
  selection: Selection,
  options: ListOptions,
): Promise<TaskPage> {
  const place = { ...placeOf(options.page), ...filtersOf(reads, selection) };
  const shareId = selection.fileSystem ?? '';
  const rows = await readRows(client, reads, { shareId, place }, options);
  const last = rows.at(-1)?.id;
  if (last !== undefined && last === place.last) {
    throw new ProviderError('unrecognized', 'RepeatedPage', 'The list of tasks goes round in circles.');
  }
  const tasks = rows.map(({ id, observation, task: row }) => {
    const createdByMs = reads.createdByMs(row);
    return {
      task: { shareId, taskId: id },
      observation,
      states: [observation.rawState],
      ...(typeof row['type'] === 'string' && { type: row['type'] }),
      ...(createdByMs !== undefined && { createdByMs }),
    };
  });
  const next = last === undefined ? {} : { next: `${place.seen + rows.length}/${last}` };
  return { tasks: selectTasks(tasks, selection), ...next };
}

/** The largest page is not documented for both lists: where one is refused, the vendor's default is taken. */
async function readRows(
  client: SfsTurboClient,
  reads: SfsTurboReads,
  { shareId, place }: { readonly shareId: string; readonly place: ListPlace },
  options: ListOptions,
): Promise<readonly Row[]> {
  try {
    return await readPage(client, reads, reads.list(shareId, { ...place, limit: reads.pageSize }), options);
  } catch (thrown) {
    if (!isParameterError(thrown)) throw thrown;
  }
  try {
    return await readPage(client, reads, reads.list(shareId, place), options);
  } catch (thrown) {
    if (!isParameterError(thrown) || place.last === undefined) throw thrown;
    const message =
      'The list of tasks cannot be gone on with: the last task of a page was deleted meanwhile.';
    throw new ProviderError('unavailable', 'ListMoved', message, thrown.context);
  }
}

function isParameterError(thrown: unknown): thrown is ProviderError {
  return thrown instanceof ProviderError && thrown.code === PARAMETER_ERROR;
}

function placeOf(page = '0/'): Pick<ListPlace, 'seen' | 'last'> {
  const [seen = '', last = ''] = page.split('/');
  return { seen: Number(seen), ...(last !== '' && { last }) };
}

/** The vendor's filters take one word each. */
function filtersOf(reads: SfsTurboReads, { states, types }: Selection) {
  return { status: only(states ?? activeWords(reads.states)), type: only(types ?? []) };
}

function only(words: readonly string[]): string | undefined {
  return words.length === 1 ? words[0] : undefined;
}
