/** What a caller may do. `campaign` is for campaigns what `cancel` is for single cancellations. */
export const SCOPES = ['read', 'cancel', 'campaign'] as const;

export type Scope = (typeof SCOPES)[number];

/** Who sent a request, as its credential proves. */
export interface Caller {
  /** Recorded as `requestedBy`; nothing in a request can change it. */
  readonly name: string;
  readonly scopes: readonly Scope[];
  /** Names of the only connections it may see and use; left out, all of them. */
  readonly connections?: readonly string[];
}

/** The caller of a route that asks for no credential. */
export const NOBODY: Caller = { name: 'nobody', scopes: [], connections: [] };

export function mayUse({ connections }: Caller, connection: string): boolean {
  return connections === undefined || connections.includes(connection);
}
