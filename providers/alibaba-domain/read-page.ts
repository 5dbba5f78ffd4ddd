import { contradiction } from '../contradiction.js';
import { ProviderError } from '../provider.js';
import type { AlibabaAnswer } from '../vendors/alibaba/client.js';
import { requestIdIfAny } from '../request-id-if-any.js';

/** One page of a list. */
export interface Page {
  /** How many entries the whole list has. */
  readonly total: number;
  readonly rows: readonly Readonly<Record<string, unknown>>[];
}

/**
 * Reads `TotalItemNum` and `Data.<name>`. Nothing else of the envelope is: a sample of the vendor's has NextPage true on
 * the last page. A list of one may be a bare object, as in a sample of QueryTaskDetailList.
 * @throws ProviderError `unrecognized`
 */
export function readPage({ body, requestId }: AlibabaAnswer, name: 'TaskInfo' | 'TaskDetail'): Page {
  const total = wholeNumber(body['TotalItemNum']);
  const rows = list(isObject(body['Data']) ? body['Data'][name] : undefined);
  const isReadable = total !== undefined && rows.every(isObject);
  if (isReadable && !(name === 'TaskInfo' && contradiction(rows.map(statesOf)) !== undefined))
    return { total, rows };
  throw new ProviderError(
    'unrecognized',
    'UnreadableAnswer',
    `Alibaba Cloud answered without a TotalItemNum, with a ${name} that is no object, or with one in two states.`,
    requestIdIfAny(requestId),
  );
}

/** A task and its two words. */
function statesOf(row: Readonly<Record<string, unknown>>) {
  return [word(row['TaskNo']) ?? '', `${word(row['TaskStatus'])}/${word(row['TaskCancelStatus'])}`] as const;
}

/** Numbers may be written as text. */
export function wholeNumber(value: unknown): number | undefined {
  const number = typeof value === 'string' && value !== '' ? Number(value) : value;
  return typeof number === 'number' && Number.isInteger(number) && number >= 0 ? number : undefined;
}

export function word(value: unknown): string | undefined {
  return typeof value === 'string' && value !== '' ? value : undefined;
}

function list(value: unknown): readonly unknown[] {
  if (value === undefined || value === null || value === '') return [];
  return Array.isArray(value) ? value : [value];
}

function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
