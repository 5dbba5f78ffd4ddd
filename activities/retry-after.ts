/** A longer wait is taken for a mistake: three days are all there are. */
const LONGEST_MS = 24 * 60 * 60_000;

/** The header Retry-After in milliseconds: seconds or a date, https://www.rfc-editor.org/rfc/rfc9110#field.retry-after; undefined when it is neither. */
export function retryAfterMs(header: string | undefined, nowMs: number): number | undefined {
  const text = header?.trim() ?? '';
  const waitMs = /^\d+$/.test(text) ? Number(text) * 1_000 : Date.parse(text) - nowMs;
  return Number.isFinite(waitMs) && waitMs > 0 ? Math.min(waitMs, LONGEST_MS) : undefined;
}
