import { parseTargetPath, type TaskRef } from '../contract/task.js';

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
  return { connection, provider, ...(parseTargetPath(fields, path) ?? { ids: {} }) };
}
