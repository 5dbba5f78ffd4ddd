import { canonicalQuery } from '../canonical-request.js';

/** A query of those parameters that have a value. */
export function queryOf(parameters: Readonly<Record<string, string | number | undefined>>): string {
  return canonicalQuery(
    Object.entries(parameters).flatMap(([name, value]) =>
      value === undefined ? [] : [[name, String(value)] as const],
    ),
  );
}
