import { createHash } from 'node:crypto';
import { z } from 'zod';
import type { AlibabaRequest } from '../vendors/alibaba/simulate-request.js';
import { readParameters, type Filter } from './simulate-parameters.js';
import { questionOf } from './simulate-question.js';
import { refusal } from './simulate-refusals.js';
import type { CpfsSwitches } from './simulate-switches.js';

/** Whether an item fits a filter's value. */
export type FilterRule<Item> = (value: string, switches: CpfsSwitches) => (item: Item) => boolean;

/** The most ids that one filter takes. */
const MOST_IDS = 10;

/** "An ID or a part of the ID", up to ten of them. */
export function idsRule<Item>(idOf: (item: Item) => string): FilterRule<Item> {
  return (value) => {
    const parts = value.split(',');
    if (parts.length > MOST_IDS) throw refusal('InvalidParameter');
    return (item) => parts.some((part) => idOf(item).includes(part));
  };
}

/** One word or several, separated by commas. */
export function wordsRule<Item>(wordOf: (item: Item) => string): FilterRule<Item> {
  return (value) => {
    const words = new Set(value.split(','));
    return (item) => words.has(wordOf(item));
  };
}

/** Words of a state; whether one filter takes several of them is not documented. */
export function statusRule<Item>(wordOf: (item: Item) => string): FilterRule<Item> {
  return (value, switches) => {
    const { severalStatuses } = switches;
    if (severalStatuses === 'alternatives' || !value.includes(',')) return wordsRule(wordOf)(value, switches);
    if (severalStatuses === 'InvalidParameter') throw refusal(severalStatuses);
    return () => false;
  };
}

/** All filters together; a key that the operation does not have is refused. */
export function filterBy<Item>(
  filters: readonly Filter[],
  rules: Readonly<Record<string, FilterRule<Item>>>,
  switches: CpfsSwitches,
): (item: Item) => boolean {
  const fits = filters.map(({ key, value }) => {
    const rule = Object.hasOwn(rules, key) ? rules[key] : undefined;
    if (rule === undefined || value === '') throw refusal('InvalidParameter');
    return rule(value, switches);
  });
  return (item) => fits.every((fit) => fit(item));
}

const ORDERS = {
  oldestFirst: (made) => made,
  newestFirst: (made) => made.toReversed(),
  byId: (made) => made.toSorted((one, other) => (one.id < other.id ? -1 : 1)),
} as const satisfies Record<
  CpfsSwitches['listOrder'],
  <Item extends { readonly id: string }>(made: readonly Item[]) => readonly Item[]
>;

/**
 * One page of what fits, in the order of the switches.
 * @param made in the order of their making.
 * @param fewest the least that `MaxResults` may be; it is 100 at most, and 20 when left out.
 */
export function readPage<Item extends { readonly id: string }>(
  request: AlibabaRequest,
  made: readonly Item[],
  fits: (item: Item) => boolean,
  { fewest, switches }: { readonly fewest: number; readonly switches: CpfsSwitches },
): { readonly page: readonly Item[]; readonly next: { readonly NextToken?: string } } {
  const paging = z.object({
    MaxResults: z.coerce.number().int().min(fewest).max(100).default(20),
    NextToken: z.string().optional(),
  });
  const { MaxResults, NextToken } = readParameters(paging, request);
  const candidates = ORDERS[switches.listOrder](made);
  const page: Item[] = [];
  const start = NextToken === undefined ? 0 : readToken(NextToken, request);
  const end = switches.shortPages ? Math.min(start + MaxResults, candidates.length) : candidates.length;
  let position = start;
  for (; position < end && page.length < MaxResults; position++) {
    const item = candidates[position];
    if (item !== undefined && fits(item)) page.push(item);
  }
  if (position < candidates.length) return { page, next: { NextToken: makeToken(position, request) } };
  return { page, next: switches.lastNextToken === 'empty' ? { NextToken: '' } : {} };
}

/** Opaque to the caller; good only for the same question. */
function makeToken(position: number, request: AlibabaRequest): string {
  return Buffer.from(`${position}:${digest(request)}`).toString('base64');
}

function readToken(token: string, request: AlibabaRequest): number {
  const [, position, question] = /^(\d+):([0-9a-f]+)$/.exec(Buffer.from(token, 'base64').toString()) ?? [];
  if (question !== digest(request)) throw refusal('InvalidParameter');
  return Number(position);
}

function digest(request: AlibabaRequest): string {
  return createHash('sha256').update(questionOf(request, 'NextToken')).digest('hex').slice(0, 16);
}
