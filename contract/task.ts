/**
 * One remote task, as Quiesce names it everywhere: in a Workflow's input, on the command line, in evidence.
 *
 * `ids` holds the provider's own identifiers under the provider's own names, in the order the provider's
 * definition lists them; that order is what makes the URI and the Workflow id of a task unique.
 */
export interface TaskRef {
  /**
   * The provider's id, for example `aws-fsx`.
   * @pattern \S
   */
  readonly provider: string;
  /**
   * The connection's name in `quiesce.config.yaml`: one account and region.
   * @pattern \S
   */
  readonly connection: string;
  /** @minProperties 1 */
  readonly ids: Readonly<Record<string, string>>;
  /**
   * What helps the provider to find the task, such as the day it was made; not part of its identity, so that callers who
   * say more and less about a task mean the same cancellation.
   */
  readonly hints?: Readonly<Record<string, string>>;
}

/** What a task URI says before a provider's definition has given its segments their names. */
export interface TaskUriParts {
  readonly provider: string;
  readonly connection: string;
  readonly segments: readonly string[];
  readonly hints: Readonly<Record<string, string>>;
}

const TASK_URI = /^([a-z0-9-]+):\/\/([^/?\s]+)\/([^?\s]+)(?:\?(\S*))?$/;

/** The task's identity as one string, `provider://connection/id[/id…]`; ids are percent-encoded. Hints are not in it. */
export function taskUri(task: TaskRef): string {
  return `${task.provider}://${taskPath(task)}`;
}

/**
 * Splits a task URI; hints may follow as a query, `?name=value`. Returns `undefined` when the text is not one; whether provider, connection and ids
 * exist is for the caller to say, who knows what is allowed.
 */
export function parseTaskUri(uri: string): TaskUriParts | undefined {
  const [, provider, connection, path, query = ''] = TASK_URI.exec(uri) ?? [];
  if (provider === undefined || connection === undefined || path === undefined) return undefined;
  try {
    return {
      provider,
      connection: decodeURIComponent(connection),
      segments: path.split('/').map(decodeURIComponent),
      hints: Object.fromEntries(new URLSearchParams(query)),
    };
  } catch {
    return undefined; // A stray % sign: decodeURIComponent throws on it.
  }
}

/**
 * Makes of a task's URI what stands for its ids where Temporal keeps them in the clear: 32 characters of base64url, the same for the
 * same task, which say nothing to whoever lacks the key.
 */
export type TaskMask = (taskUri: string) => string;

/** No provider's id begins so. */
const MASKED = /\/~([\w-]{32})$/;

/**
 * The Workflow id of a task's cancellation. It is made from the task's identity alone, so that the same task
 * triggered twice is one Workflow. A dry run has an id of its own: a real cancellation must never attach to it.
 * @param options.mask what a {@link TaskMask} made of the task; left out, the ids are readable.
 */
export function cancelWorkflowId(
  task: TaskRef,
  { dryRun = false, mask }: { readonly dryRun?: boolean; readonly mask?: string | undefined } = {},
): string {
  return `${dryRun ? 'dry-run' : 'cancel'}/${task.provider}/${taskPath(task, mask)}`;
}

/** What a cancellation's Workflow id has in place of its task's ids, if it hides them. */
export function maskIn(workflowId: string): string | undefined {
  return MASKED.exec(workflowId)?.[1];
}

/** What a cancellation's Search Attribute says of its task: the URI, with no more of the ids than the Workflow id shows. */
export function shownUri(task: TaskRef, workflowId: string): string {
  return `${task.provider}://${taskPath(task, maskIn(workflowId))}`;
}

/** What a campaign's lane calls a task of its connection: the ids, percent-encoded; hints follow as a query. */
export function targetPath({ ids, hints = {} }: Pick<TaskRef, 'ids' | 'hints'>): string {
  const query = Object.entries(hints).map((pair) => pair.map(encodeURIComponent).join('='));
  const path = Object.values(ids).map(encodeURIComponent).join('/');
  return query.length === 0 ? path : `${path}?${query.join('&')}`;
}

/**
 * Reads what {@link targetPath} prints, and what others write for it: callers with Temporal alone may encode more than is
 * needed, such as `task%2D1`. Its `ids` printed again name the task in the one way that all its writings share.
 * @param fields names of the ids, in order.
 * @returns undefined when it does not have one id for each field, has a stray % sign, or half a character, which no URI can hold.
 */
export function parseTargetPath(
  fields: readonly string[],
  path: string,
): Pick<TaskRef, 'ids' | 'hints'> | undefined {
  const [before = '', query = ''] = path.split('?', 2);
  const segments = before.split('/');
  if (segments.length !== fields.length || segments.includes('') || !path.isWellFormed()) return undefined;
  try {
    const ids = Object.fromEntries(
      fields.map((field, place) => [field, decodeURIComponent(segments[place] ?? '')]),
    );
    const pairs = query.split('&').filter(Boolean);
    if (pairs.length === 0) return { ids };
    return { ids, hints: Object.fromEntries(pairs.map(decodedPair)) };
  } catch {
    return undefined; // A stray % sign: decodeURIComponent throws on it.
  }
}

/** No URLSearchParams: Workflows read paths, too, and have none. As there, a plus sign is a blank. */
function decodedPair(pair: string): [name: string, value: string] {
  const [name = '', ...value] = pair.replaceAll('+', ' ').split('=');
  return [decodeURIComponent(name), decodeURIComponent(value.join('='))];
}

function taskPath({ connection, ids }: TaskRef, mask?: string): string {
  return `${encodeURIComponent(connection)}/${mask === undefined ? targetPath({ ids }) : `~${mask}`}`;
}
