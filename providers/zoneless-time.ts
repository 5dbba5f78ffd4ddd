const HOUR_MS = 60 * 60_000;

/** How far apart the earliest and the latest moment are that a time without a zone may mean: UTC+14 to UTC-12. */
export const ZONELESS_MS = 26 * HOUR_MS;

/**
 * The latest moment, epoch milliseconds, that a time without a zone may mean: that of the westernmost zone, UTC-12. Undefined
 * when it is no time.
 * @param time as `2006-01-02T15:04:05`.
 */
export function latestMomentMs(time: string): number | undefined {
  const moment = /^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}$/.test(time) ? Date.parse(`${time}Z`) : Number.NaN;
  return Number.isNaN(moment) ? undefined : moment + 12 * HOUR_MS;
}
