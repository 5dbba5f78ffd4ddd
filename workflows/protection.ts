/**
 * Says of a task's URI whether the task is one of those that are never asked. A hint is no part of a task's name, and an id
 * may be written percent-encoded or not: whoever protects a task need not guess how a list writes it.
 * @param protect URIs, the last ids of a task with slashes between them, single ids, or patterns of these, with `*` for any run of
 * characters.
 */
export function protection(protect: readonly string[]): (uri: string) => boolean {
  const patterns = new Set(protect.map(withoutHints).flatMap((each) => [each, decoded(each)]));
  // Taken apart once: a thousand targets are held against a thousand patterns.
  const parts = [...patterns].map((pattern) => pattern.split('*'));
  return (uri) => {
    const names = namesOf(uri);
    return parts.some((pattern) => names.some((name) => matches(name, pattern)));
  };
}

/** The URI itself, what follows `provider://`, each id, and each id with those after it. */
function namesOf(uri: string): string[] {
  const bare = withoutHints(uri);
  const [, path = ''] = bare.split('://', 2);
  const [, ...ids] = path.split('/');
  const ends = ids.map((_, place) => ids.slice(place).join('/'));
  return [...new Set([bare, path, ...ids, ...ends].flatMap((name) => [name, decoded(name)]))];
}

function withoutHints(name: string): string {
  return name.includes('://') ? (name.split('?', 1)[0] ?? '') : name;
}

function decoded(name: string): string {
  try {
    return decodeURIComponent(name);
  } catch {
    return name; // A stray % sign.
  }
}

/** Without a regular expression: a pattern of many stars would take for ever. */
function matches(name: string, [first = '', ...rest]: readonly string[]): boolean {
  const last = rest.pop();
  if (last === undefined) return name === first;
  if (!name.startsWith(first)) return false;
  let from = first.length;
  for (const part of rest) {
    const at = name.indexOf(part, from);
    if (at < 0) return false;
    from = at + part.length;
  }
  return name.length - last.length >= from && name.endsWith(last);
}
