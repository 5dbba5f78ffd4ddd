import type { CpfsSwitches } from './simulate-switches.js';

/** What stands where an empty list should. */
const EMPTY = {
  array: (inner) => ({ [inner]: [] }),
  object: () => ({}),
  absent: () => undefined,
  null: () => null,
  text: () => '',
} as const satisfies Record<CpfsSwitches['emptyList'], (inner: string) => unknown>;

/** A list as CPFS wraps it, twice: `{ TaskInfo: { Task: […] } }`. How it writes an empty one is not documented. */
export function wrappedList(
  [outer, inner]: readonly [outer: string, inner: string],
  items: readonly unknown[],
  { emptyList }: CpfsSwitches,
): Readonly<Record<string, unknown>> {
  return { [outer]: items.length === 0 ? EMPTY[emptyList](inner) : { [inner]: items } };
}
