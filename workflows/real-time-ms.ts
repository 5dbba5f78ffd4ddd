const HOUR_MS = 3_600_000;

const format = new Intl.DateTimeFormat('en', {
  minute: 'numeric',
  second: 'numeric',
  fractionalSecondDigits: 3,
  timeZone: 'UTC',
});

/**
 * Milliseconds of the hour by the machine's clock. In a Workflow, `Date` is the Workflow's clock; `Intl` alone still knows the other. It
 * is for what no replay will ask for, and no Workflow may decide by it.
 */
export function realTimeMs(): number {
  const parts = Object.fromEntries(format.formatToParts().map(({ type, value }) => [type, Number(value)]));
  const { minute = 0, second = 0, fractionalSecond = 0 } = parts;
  return (minute * 60 + second) * 1_000 + fractionalSecond;
}

/** How long ago that was, if it was less than an hour. */
export function msSince(timeMs: number): number {
  return (realTimeMs() - timeMs + HOUR_MS) % HOUR_MS;
}
