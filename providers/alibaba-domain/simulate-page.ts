import { AlibabaRefusal } from '../vendors/alibaba/simulate-answer.js';
import { mandatory } from '../vendors/alibaba/simulate-gateway.js';
import type { AlibabaRequest } from '../vendors/alibaba/simulate-request.js';
import type { DomainSwitches } from './simulate-switches.js';

/** The largest of the product's lists that name one. */
const LARGEST_PAGE = 1_000;

/** One page of a list that is asked for by number, with the envelope all of them have but `Data`. */
export function pageOf<T>(
  request: AlibabaRequest,
  entries: readonly T[],
  { largest = LARGEST_PAGE, largestAsked = LARGEST_PAGE } = {},
): { readonly shown: readonly T[]; readonly envelope: Readonly<Record<string, unknown>> } {
  const pageNum = wholeNumber(request, 'PageNum');
  const size = Math.min(pageSize(request, largestAsked), largest);
  const pages = Math.ceil(entries.length / size);
  const envelope = {
    TotalItemNum: entries.length,
    CurrentPageNum: pageNum,
    TotalPageNum: pages,
    PageSize: size,
    PrePage: pageNum > 1,
    NextPage: pageNum < pages,
  };
  return { shown: entries.slice((pageNum - 1) * size, pageNum * size), envelope };
}

/** What stands where `Data` does when there is nothing in it. */
const EMPTY = {
  array: (name) => ({ [name]: [] }),
  object: () => ({}),
  absent: () => undefined,
  null: () => null,
  text: () => '',
} as const satisfies Record<DomainSwitches['emptyList'], (name: string) => unknown>;

/** The part of an answer that holds its rows. */
export function dataOf(
  name: 'TaskInfo' | 'TaskDetail',
  rows: readonly unknown[],
  { emptyList, detailOfOne }: DomainSwitches,
): { readonly Data: unknown } {
  if (rows.length === 0) return { Data: EMPTY[emptyList](name) };
  const isBare = name === 'TaskDetail' && detailOfOne === 'object' && rows.length === 1;
  return { Data: { [name]: isBare ? rows[0] : rows } };
}

/** @throws AlibabaRefusal */
export function pageSize(request: AlibabaRequest, largest = LARGEST_PAGE): number {
  return wholeNumber(request, 'PageSize', largest);
}

function wholeNumber(request: AlibabaRequest, name: string, largest = Number.MAX_SAFE_INTEGER): number {
  const text = mandatory(request, name);
  const value = /^\d+$/.test(text) ? Number(text) : 0;
  if (value >= 1 && value <= largest) return value;
  throw new AlibabaRefusal(400, 'ParameterIllegal', 'Parameter illegal.');
}
