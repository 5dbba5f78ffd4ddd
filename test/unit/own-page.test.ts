import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { ownPage } from '../../api/own-page.js';
import type { PageRequest } from '../../client/workflow-page.js';

/** As many as nobody can look through in the time of one request. */
const ALL = Array.from({ length: 25_500 }, (_, place) => ({ place, runId: String(place) }));

type Item = (typeof ALL)[number];

/** A list with tokens like Temporal's, which say where their page ended. */
async function pageOf({ size, token }: PageRequest) {
  const from = token === undefined ? 0 : Number(Buffer.from(token).toString());
  const items = ALL.slice(from, from + size);
  const end = from + items.length;
  return { items, ...(end < ALL.length && { nextPageToken: Buffer.from(String(end)) }) };
}

async function pagesOf(isOwn: (item: Item) => boolean, size: number, looksForMs: number) {
  const pages: { readonly items: readonly number[]; readonly end?: number }[] = [];
  for (let token: Uint8Array | undefined; ;) {
    const request = { size, ...(token !== undefined && { token }) };
    const { items, nextPageToken } = await ownPage(pageOf, isOwn, request, looksForMs);
    const end = nextPageToken && Number(Buffer.from(nextPageToken).toString());
    pages.push({ items: items.map(({ place }) => place), ...(end !== undefined && { end }) });
    if (nextPageToken === undefined) return pages;
    token = nextPageToken;
  }
}

describe("a caller's own part of a list", () => {
  const own = [3, 4, 5, 8_000, 25_001];
  const isOwn = ({ place }: Item) => own.includes(place);

  it('is found to its end by one whose own are few of very many, however short each look is', async () => {
    const pages = await pagesOf(isOwn, 2, 0);
    assert.deepEqual(
      pages.flatMap(({ items }) => items),
      own,
    );
    assert.ok(pages.every(({ items }) => items.length <= 2));
    assert.ok(pages.length > 20, `${pages.length} pages`);
    // Where something was found, a page ends with it, and tells of nobody else.
    for (const { items, end } of pages)
      if (items.length > 0 && end !== undefined) assert.equal(end, (items.at(-1) ?? 0) + 1);
  });

  it('ends with an item of theirs, or with the list, where there is the time to look', async () => {
    const pages = await pagesOf(isOwn, 2, 60_000);
    assert.deepEqual(
      pages.map(({ items, end }) => [...items, end]),
      [
        [3, 4, 5],
        [5, 8_000, 8_001],
        [25_001, undefined],
      ],
    );
  });

  it('ends with an item of theirs, also where the list moves while it is read', async () => {
    let reads = 0;
    const moving = async (request: PageRequest) => {
      const page = await pageOf(request);
      reads += 1;
      // Between the first look and the second, something of others has come to its beginning.
      if (reads !== 2) return page;
      return { ...page, items: [{ place: -1, runId: 'new' }, ...page.items].slice(0, request.size) };
    };
    const { items, nextPageToken } = await ownPage(moving, isOwn, { size: 1 }, 60_000);
    const end = Buffer.from(nextPageToken ?? []).toString();
    assert.deepEqual([items.map(({ place }) => place), end, reads], [[3], '4', 4]);
  });
});
