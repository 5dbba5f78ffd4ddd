const HOUR_MS = 3_600_000;

/** Made when it is needed first: each run has its own, and few need one. */
let format: Intl.DateTimeFormat | undefined;

/**
 * Milliseconds of the hour by the machine's clock. In a Workflow, `Date` is the Workflow's clock; `Intl` alone still knows the other. It
 * is for what no replay will ask for, and no Workflow may decide by it.
 */
export function realTimeMs(): number {
  format ??= new Intl.DateTimeFormat('en', {
    minute: 'numeric',
    second: 'numeric',
    fractionalSecondDigits: 3,
    timeZone: 'UTC',
  });
  const parts = Object.fromEntries(format.formatToParts().map(({ type, value }) => [type, Number(value)]));
  const { minute = 0, second = 0, fractionalSecond = 0 } = parts;
  return (minute * 60 + second) * 1_000 + fractionalSecond;
}

/** From one such time to another that is less than half an hour away; below 0 when the clock was set back. */
export function msBetween(fromMs: number, toMs: number): number {
  const ms = (toMs - fromMs + HOUR_MS) % HOUR_MS;
  return ms > HOUR_MS / 2 ? ms - HOUR_MS : ms;
}
