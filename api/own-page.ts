import type { Page, PageRequest } from '../client/workflow-page.js';

/** Temporal's own limit of a page. */
const AHEAD = 1_000;

/**
 * A page of a list of which a caller sees a part. It ends with an item of the caller's own, or with the list: Temporal's token says,
 * for everybody to read, when the last item of its page began.
 * @param pageOf a page of the whole list.
 */
export async function ownPage<T>(
  pageOf: (request: PageRequest) => Promise<Page<T>>,
  isOwn: (item: T) => boolean,
  { size, token: from }: PageRequest,
): Promise<Page<T>> {
  const items: T[] = [];
  for (let token = from; ;) {
    const after = token === undefined ? {} : { token };
    const ahead = await pageOf({ size: AHEAD, ...after });
    const own = ahead.items.flatMap((item, place) => (isOwn(item) ? [{ item, place }] : []));
    const taken = own.slice(0, size - items.length);
    items.push(...taken.map(({ item }) => item));
    const last = taken.at(-1);
    if (last !== undefined && items.length === size) {
      const upToIt = await pageOf({ size: last.place + 1, ...after });
      return { ...upToIt, items };
    }
    if (ahead.nextPageToken === undefined) return { items };
    token = ahead.nextPageToken;
  }
}
