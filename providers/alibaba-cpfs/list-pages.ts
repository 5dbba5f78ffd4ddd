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
  readonly requestId?: string;
}

/** Absent or empty on the last page: which of them is not documented. */
const paging = z.object({ NextToken: z.string().nullish() });

/**
 * The pages of a list, a call each, until the last one or until the caller has seen enough.
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
    if (!page.success || !next.success) {
      throw new ProviderError('unrecognized', 'MalformedAnswer', `${action} answered without its list.`, of);
    }
    yield { rows: page.data, ...of };
    token = next.data.NextToken ?? '';
    if (tokens.has(token)) {
      throw new ProviderError('unrecognized', 'RepeatedNextToken', `${action} goes round in circles.`, of);
    }
    tokens.add(token);
  } while (token !== '');
}

/** Lists are numbered from 1: `Filters.1.Key`. */
function toParameters(filters: Filters): Record<string, string> {
  const pairs = Object.entries(filters).flatMap(([key, values], index) => [
    [`Filters.${index + 1}.Key`, key],
    [`Filters.${index + 1}.Value`, values.join(',')],
  ]);
  return Object.fromEntries(pairs) as Record<string, string>;
}
