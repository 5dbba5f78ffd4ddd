import { z } from 'zod';
import { ProviderError, type ListOptions } from '../provider.js';
import type { AlibabaClient } from '../vendors/alibaba/client.js';
import { requestIdIfAny } from '../request-id-if-any.js';

/** The most ids that a filter takes. */
export const MOST_IDS = 10;
/** The most rows that a page holds. */
export const MOST_RESULTS = 100;

/** No Activity has time for more calls, one after the other. */
const MOST_PAGES = 300;

/** By the operation's names; several values are alternatives. */
export type Filters = Readonly<Record<string, readonly string[]>>;

/** A question to one of the operations that list something of a file system. */
export interface ListQuestion<Row> {
  readonly action: string;
  readonly fileSystemId: string;
  readonly filters: Filters;
  readonly more?: Readonly<Record<string, string>>;
  /** Where in an answer the rows are, and of what form. */
  readonly rows: z.ZodType<readonly Row[]>;
}

export interface ListPage<Row> {
  readonly rows: readonly Row[];
  /** Whether the list was there. Without it there are no rows, but that there are none is not said. */
  readonly hasList: boolean;
  /** The token of the page after it; left out after the last. */
  readonly next?: string;
  readonly requestId?: string;
}

/** Absent or empty on the last page: which of them is not documented. */
const paging = z.object({ NextToken: z.string().nullish() });

/**
 * The pages of a list, a call each, until the last one or until the caller has seen enough.
 *
 * How an empty list is written is not documented. An answer that has its RequestId and nothing else may be one: it is a page
 * without rows, which is good for going on elsewhere, and no proof that something is not there.
 * @throws ProviderError of a call; `unrecognized` when an answer does not have the list's form, or would go on for ever.
 */
export async function* listPages<Row>(
  client: AlibabaClient,
  question: ListQuestion<Row>,
  signal: AbortSignal,
): AsyncGenerator<ListPage<Row>, void, void> {
  const tokens = new Set<string>();
  let token: string | undefined;
  do {
    const page = await readPage(client, question, { signal, ...(token !== undefined && { page: token }) });
    yield page;
    token = page.next;
    const of = requestIdIfAny(page.requestId);
    if (token !== undefined && tokens.has(token)) {
      const message = `${question.action} goes round in circles.`;
      throw new ProviderError('unrecognized', 'RepeatedNextToken', message, of);
    }
    tokens.add(token ?? '');
    if (tokens.size > MOST_PAGES) {
      const message = `${question.action} has more than ${MOST_PAGES} pages.`;
      throw new ProviderError('unrecognized', 'EndlessList', message, of);
    }
  } while (token !== undefined);
}

/**
 * One page of a list.
 * @throws ProviderError of the call; `unrecognized` when the answer does not have the list's form.
 */
export async function readPage<Row>(
  client: AlibabaClient,
  { action, fileSystemId, filters, more, rows }: ListQuestion<Row>,
  { signal, page: token }: ListOptions,
): Promise<ListPage<Row>> {
  const parameters = {
    FileSystemId: fileSystemId,
    MaxResults: String(MOST_RESULTS),
    ...more,
    ...toParameters(filters),
    ...(token !== undefined && { NextToken: token }),
  };
  const { body, requestId } = await client.call(action, parameters, signal);
  const [page, next] = [rows.safeParse(body), paging.safeParse(body)];
  if (!next.success || !(page.success || isBare(body))) throw withoutList(action, requestId);
  const { NextToken = '' } = next.data;
  return {
    rows: page.data ?? [],
    hasList: page.success,
    ...(NextToken !== null && NextToken !== '' && { next: NextToken }),
    ...requestIdIfAny(requestId),
  };
}

/** That an answer has no list, and so says nothing of what is not there. */
export function withoutList(action: string, requestId?: string): ProviderError {
  const of = requestIdIfAny(requestId);
  return new ProviderError('unrecognized', 'MalformedAnswer', `${action} answered without its list.`, of);
}

/** A list stands in two objects, as in `{"TaskInfo":{"Task":[]}}`. */
const LIST_DEPTH = 2;

/** An error has its `Code`, and so is not bare. */
function isBare({ RequestId, NextToken: _, ...others }: Readonly<Record<string, unknown>>): boolean {
  return typeof RequestId === 'string' && isNothing(others, LIST_DEPTH);
}

/** @param depth how many objects may stand in one another: a vendor gone mad nests more than any stack holds. */
function isNothing(value: unknown, depth: number): boolean {
  if (Array.isArray(value)) return value.length === 0;
  if (typeof value === 'object' && value !== null)
    return depth > 0 && Object.values(value).every((inner) => isNothing(inner, depth - 1));
  return value === undefined || value === null || value === '';
}

/** Lists are numbered from 1: `Filters.1.Key`. */
function toParameters(filters: Filters): Record<string, string> {
  const pairs = Object.entries(filters).flatMap(([key, values], index) => [
    [`Filters.${index + 1}.Key`, key],
    [`Filters.${index + 1}.Value`, values.join(',')],
  ]);
  return Object.fromEntries(pairs) as Record<string, string>;
}
