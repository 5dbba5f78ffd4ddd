/** Names under which a secret may stand. */
const SECRET_NAME =
  /secret|password|passwd|credential|authorization|signature|token|cookie|api[-_]?key|access[-_]?key|private[-_]?key/i;
/** These are no secrets, and a log is read by them. */
const HARMLESS_NAME = /^(clientTokens?|credential)$/;
/** Secrets within a text: a scheme and what follows, user and password of an address and its query, a name with its value. */
const IN_TEXT: readonly (readonly [RegExp, string])[] = [
  [/\b(bearer|basic)\s+[\w.~+/=-]{6,}/gi, '$1 …'],
  [/(\bhttps?:\/\/)[^\s/@]+@/gi, '$1…@'],
  [/(\bhttps?:\/\/[^\s?#]+)\?[^\s"']*/gi, '$1?…'],
  [
    /\b([\w-]*(?:secret|password|authorization|signature|[-_]token|\btoken|session-?token|api[-_]?key|access[-_]?key)[\w-]*["']?\s*[:=]\s*["']?)[^\s"',;&]+/gi,
    '$1…',
  ],
];
const DEEPEST = 6;

/**
 * What may be logged of a value: the last of several fences, for no secret should come so far. Errors become plain objects with
 * their stack.
 */
export function redact(value: unknown, depth = 0): unknown {
  if (typeof value === 'string') return redactText(value);
  if (typeof value === 'bigint') return String(value);
  if (typeof value !== 'object' || value === null) return value;
  if (depth >= DEEPEST) return '…';
  if (value instanceof Error) return redact(plainError(value), depth);
  if (Array.isArray(value)) return value.map((each) => redact(each, depth + 1));
  if (value instanceof Date) return value.toISOString();
  return Object.fromEntries(
    Object.entries(value).map(([name, each]) => [name, isSecret(name, each) ? '…' : redact(each, depth + 1)]),
  );
}

export function redactText(text: string): string {
  return IN_TEXT.reduce((so, [pattern, by]) => so.replaceAll(pattern, by), text);
}

function isSecret(name: string, value: unknown): boolean {
  return typeof value === 'string' && SECRET_NAME.test(name) && !HARMLESS_NAME.test(name);
}

function plainError({ name, message, stack, cause, ...rest }: Error): Record<string, unknown> {
  return { name, message, stack, ...rest, ...(cause !== undefined && { cause }) };
}
