import type { TaskRef } from '../contract/task.js';

/** Which tasks of a connection a lane's Activities are given. */
export interface Targets {
  readonly connection: string;
  readonly provider: string;
  /** Names of the ids in a path, in order. */
  readonly fields: readonly string[];
  /** Task URIs without `provider://connection/`; hints may follow as a query. */
  readonly targets: readonly string[];
}

/** The task that a path names. One whose path names none gets ids that no provider takes. */
export function targetTask({ connection, provider, fields }: Targets, path: string): TaskRef {
  const [ids = '', query = ''] = path.split('?', 2);
  const hints = Object.fromEntries(new URLSearchParams(query));
  return {
    connection,
    provider,
    ids: namedIds(fields, ids),
    ...(Object.keys(hints).length > 0 && { hints }),
  };
}

function namedIds(fields: readonly string[], path: string): Record<string, string> {
  const segments = path.split('/');
  if (segments.length !== fields.length) return {};
  try {
    return Object.fromEntries(
      fields.map((field, place) => [field, decodeURIComponent(segments[place] ?? '')]),
    );
  } catch {
    return {}; // A stray % sign: decodeURIComponent throws on it.
  }
}
