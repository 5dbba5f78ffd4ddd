import type { Page, PageRequest } from '../client/workflow-page.js';

/** Temporal's own limit of a page. */
const AHEAD = 1_000;
/** Of the time that a request has; what is left is for the last two pages. */
const LOOKS_FOR_MS = 4_000;

/**
 * A page of a list of which a caller sees a part. It ends with an item of the caller's own, or with the list: Temporal's token says,
 * for everybody to read, when the last item of its page began. Where looking takes too long, the page is short; only where all that
 * while nothing of the caller's own was found, it ends with another's item, or else nobody with few of very many would ever see theirs.
 * @param pageOf a page of the whole list.
 */
export async function ownPage<T extends { readonly runId: string }>(
  pageOf: (request: PageRequest) => Promise<Page<T>>,
  isOwn: (item: T) => boolean,
  request: PageRequest,
  looksForMs = LOOKS_FOR_MS,
): Promise<Page<T>> {
  const isOverAtMs = performance.now() + looksForMs;
  for (;;) {
    const { items, upToLast, page } = await look(pageOf, isOwn, request, isOverAtMs);
    if (upToLast === undefined) return { ...page, items };
    const ended = await pageOf(upToLast);
    // The list may have moved meanwhile: what has ended since stands elsewhere in it.
    const endsWithTheirs = ended.items.at(-1)?.runId === items.at(-1)?.runId;
    if (endsWithTheirs || performance.now() >= isOverAtMs) return { ...ended, items };
  }
}

/** Looks ahead, for as many of the caller's own as there are to be on a page. */
async function look<T>(
  pageOf: (request: PageRequest) => Promise<Page<T>>,
  isOwn: (item: T) => boolean,
  { size, token: from }: PageRequest,
  isOverAtMs: number,
): Promise<{ readonly items: readonly T[]; readonly upToLast?: PageRequest; readonly page: Page<T> }> {
  const items: T[] = [];
  let last: { readonly upToLast?: PageRequest } = {};
  for (let token = from; ;) {
    const after = token === undefined ? {} : { token };
    const page = await pageOf({ size: AHEAD, ...after });
    const own = page.items.flatMap((item, place) => (isOwn(item) ? [{ item, place }] : []));
    const taken = own.slice(0, size - items.length);
    items.push(...taken.map(({ item }) => item));
    const end = taken.at(-1);
    if (end !== undefined) last = { upToLast: { size: end.place + 1, ...after } };
    if (items.length === size) return { items, ...last, page };
    if (page.nextPageToken === undefined) return { items, page };
    if (performance.now() >= isOverAtMs) return { items, ...last, page };
    token = page.nextPageToken;
  }
}
