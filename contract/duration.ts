const UNIT_MS = { ms: 1, s: 1_000, m: 60_000, h: 3_600_000, d: 86_400_000 } satisfies Record<string, number>;

/** What {@link parseDurationMs} takes. */
export const DURATION = /^(\d{1,9}(?:\.\d{1,3})?)(ms|s|m|h|d)$/;

/** What to write where a duration is expected; for error messages. */
export const DURATION_FORM = 'a number and a unit: 500ms, 30s, 30m, 2h or 3d';

/** Milliseconds of a duration such as `30m`; `undefined` when the text is not one. A bare number is not: its unit would be a guess. */
export function parseDurationMs(text: string): number | undefined {
  const [, amount, unit] = DURATION.exec(text.trim()) ?? [];
  if (amount === undefined || unit === undefined) return undefined;
  return Math.round(Number(amount) * UNIT_MS[unit as keyof typeof UNIT_MS]);
}

/** A duration for people: `1h 30m`, `45s`, `250ms`. The two largest units that are not zero. */
export function formatDuration(durationMs: number): string {
  let rest = Math.max(0, Math.round(durationMs));
  if (rest < 1_000) return `${rest}ms`;
  const parts: string[] = [];
  for (const unit of ['d', 'h', 'm', 's'] as const) {
    const amount = Math.floor(rest / UNIT_MS[unit]);
    rest -= amount * UNIT_MS[unit];
    if (amount > 0) parts.push(`${amount}${unit}`);
  }
  return parts.slice(0, 2).join(' ');
}
