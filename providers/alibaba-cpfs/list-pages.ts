import { z } from 'zod';
import { ProviderError } from '../provider.js';
import type { AlibabaClient } from '../vendors/alibaba/client.js';

/** The most ids that a filter takes, and the most rows that a page holds. */
export const MOST_IDS = 10;
const MOST_RESULTS = 100;

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
  { action, fileSystemId, filters, more, rows }: ListQuestion<Row>,
  signal: AbortSignal,
): AsyncGenerator<ListPage<Row>, void, void> {
  const question = {
    FileSystemId: fileSystemId,
    MaxResults: String(MOST_RESULTS),
    ...more,
    ...toParameters(filters),
  };
  const tokens = new Set<string>();
  let token = '';
  do {
    const asked = token === '' ? question : { ...question, NextToken: token };
    const { body, requestId } = await client.call(action, asked, signal);
    const of = requestId === undefined ? {} : { requestId };
    const [page, next] = [rows.safeParse(body), paging.safeParse(body)];
    if (!next.success || !(page.success || isBare(body))) throw withoutList(action, requestId);
    yield { rows: page.data ?? [], hasList: page.success, ...of };
    token = next.data.NextToken ?? '';
    if (tokens.has(token)) {
      throw new ProviderError('unrecognized', 'RepeatedNextToken', `${action} goes round in circles.`, of);
    }
    tokens.add(token);
  } while (token !== '');
}

/** That an answer has no list, and so says nothing of what is not there. */
export function withoutList(action: string, requestId?: string): ProviderError {
  const of = requestId === undefined ? {} : { requestId };
  return new ProviderError('unrecognized', 'MalformedAnswer', `${action} answered without its list.`, of);
}

/** An error has its `Code`, and so is not bare. */
function isBare({ RequestId, NextToken: _, ...others }: Readonly<Record<string, unknown>>): boolean {
  return typeof RequestId === 'string' && isNothing(others);
}

function isNothing(value: unknown): boolean {
  if (Array.isArray(value)) return value.length === 0;
  if (typeof value === 'object' && value !== null) return Object.values(value).every(isNothing);
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
