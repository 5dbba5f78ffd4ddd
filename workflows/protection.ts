/**
 * Whether a task is one of those that are never asked.
 * @param protect URIs, single ids of a task, or patterns of either, with `*` for any run of characters.
 */
export function isProtected(uri: string, protect: readonly string[]): boolean {
  const [, path = ''] = uri.split('://', 2);
  const [, ...ids] = path.split('?', 1)[0]?.split('/').map(decodeURIComponent) ?? [];
  return protect.some((pattern) => [uri, path, ...ids].some((name) => matches(name, pattern)));
}

/** Without a regular expression: a pattern of many stars would take for ever. */
function matches(name: string, pattern: string): boolean {
  const [first = '', ...rest] = pattern.split('*');
  const last = rest.pop();
  if (last === undefined) return name === pattern;
  if (!name.startsWith(first)) return false;
  let from = first.length;
  for (const part of rest) {
    const at = name.indexOf(part, from);
    if (at < 0) return false;
    from = at + part.length;
  }
  return name.length - last.length >= from && name.endsWith(last);
}
