import { ProviderError } from '../provider.js';

const DAY_MS = 24 * 60 * 60_000;

/**
 * The creation times to look through, epoch milliseconds; empty for all of them, when any day is unknown.
 *
 * QueryTaskList asks by whole days. In which time zone it counts them is not documented, nor whether the last one is
 * included, nor does the caller's day say its own zone: so from the day before to the end of the day after.
 * @param days as YYYY-MM-DD.
 * @throws ProviderError `invalid` for a day that no calendar has.
 */
export function creationWindow(
  days: readonly (string | undefined)[],
): { readonly BeginCreateTime: string; readonly EndCreateTime: string } | Readonly<Record<string, never>> {
  const starts = days.map((day) => (day === undefined ? undefined : startOf(day)));
  const known = starts.filter((start) => start !== undefined);
  if (known.length === 0 || known.length < starts.length) return {};
  const first = known.reduce((a, b) => Math.min(a, b));
  const last = known.reduce((a, b) => Math.max(a, b));
  return { BeginCreateTime: String(first - DAY_MS), EndCreateTime: String(last + 2 * DAY_MS) };
}

function startOf(day: string): number {
  const start = Date.parse(`${day}T00:00:00Z`);
  // Date.parse takes the 31st of any month.
  if (!Number.isNaN(start) && new Date(start).toISOString().startsWith(day)) return start;
  throw new ProviderError('invalid', 'InvalidHint', `createdOn is ${day}, a day that no calendar has.`);
}
