import type { TaskRef } from '../contract/task.js';
import { ALL_PROVIDERS } from '../providers/all.js';
import type { ProviderDefinition } from '../providers/provider.js';
import { InvalidTaskError } from './errors.js';
import { toTaskRef, toTaskRefFromIds } from './to-task-ref.js';

/** What is known beside the row itself. */
export interface TargetDefaults {
  /** For rows that name no connection. */
  readonly connection?: string;
  /** Provider id of a connection, where the caller knows it (from the config); undefined where it does not. */
  readonly providerOf?: (connection: string) => string | undefined;
}

type Columns = Readonly<Record<string, unknown>>;

/**
 * The task that a row of a target file means: a URI, a bare id, or an object with `task`, with ids, or a {@link TaskRef}.
 * @throws InvalidTaskError that says what is wrong with it.
 */
export function toTarget(row: unknown, defaults: TargetDefaults): TaskRef {
  const task = typeof row === 'string' ? fromText(row, defaults) : fromColumns(row, defaults);
  const known = defaults.providerOf?.(task.connection);
  if (known === undefined || known === task.provider) return task;
  throw new InvalidTaskError(`Connection ${task.connection} is of provider ${known}, not ${task.provider}.`);
}

function fromText(text: string, { connection, providerOf }: TargetDefaults): TaskRef {
  if (text.includes('://')) return toTaskRef(text);
  const definition = connection === undefined ? undefined : definitionOf(providerOf?.(connection));
  if (connection !== undefined && definition?.fields.length === 1) {
    return toTaskRefFromIds(definition, connection, [text]);
  }
  throw new InvalidTaskError(
    `"${text.slice(0, 130)}" is no task URI; an id alone will do only with one connection for all rows whose provider names a task by one id.`,
  );
}

function fromColumns(row: unknown, defaults: TargetDefaults): TaskRef {
  if (!isObject(row)) {
    throw new InvalidTaskError('A target is a task URI, or an object with task or with connection and ids.');
  }
  if ('task' in row) return fromTaskColumn(row);
  const connection = textOf(row, 'connection') ?? defaults.connection;
  if (connection === undefined) {
    throw new InvalidTaskError('There is no connection; name it in the row, or give one for all rows.');
  }
  const provider = textOf(row, 'provider') ?? defaults.providerOf?.(connection);
  if (provider === undefined) {
    throw new InvalidTaskError(
      `Of which provider is connection ${connection.slice(0, 130)}? Name it in the row as provider.`,
    );
  }
  const definition = definitionOf(provider);
  const { ids, hints } = isObject(row['ids'])
    ? { ids: textsOf(row['ids']), hints: textsOf(isObject(row['hints']) ? row['hints'] : {}) }
    : { ids: textsOf(row, definition?.fields), hints: textsOf(row, definition?.hints ?? []) };
  for (const [name, value] of Object.entries(ids)) checkSame(row, name, value, 'ids');
  const missing = definition?.fields.find(({ name }) => !(name in ids));
  if (missing === undefined) return toTaskRef({ provider, connection, ids, hints });
  throw new InvalidTaskError(
    `There is no ${missing.name}, which a task of ${provider.slice(0, 130)} needs; one looks like ${missing.example}.`,
  );
}

/** Other columns may say the same of the task again, and add hints; that they say another is a mistake somewhere. */
function fromTaskColumn(row: Columns): TaskRef {
  const uri = textOf(row, 'task');
  if (uri === undefined) throw new InvalidTaskError('task is empty; it needs a task URI.');
  const task = toTaskRef(uri);
  const { provider, connection } = task;
  for (const [name, value] of Object.entries({ ...task.ids, provider, connection }))
    checkSame(row, name, value, 'task');
  if (isObject(row['ids']))
    for (const [name, value] of Object.entries(task.ids)) checkSame(row['ids'], name, value, 'task');
  const hints = textsOf(row, definitionOf(task.provider)?.hints ?? []);
  return toTaskRef({ ...task, hints: { ...hints, ...task.hints } });
}

/** @throws InvalidTaskError where a row says two things of the same task. */
function checkSame(row: Columns, name: string, value: string, by: string): void {
  const said = textOf(row, name);
  if (said === undefined || said === value) return;
  throw new InvalidTaskError(
    `${by} says ${name} ${value.slice(0, 130)}, and the column ${name} says ${said.slice(0, 130)}.`,
  );
}

/** All texts of an object, or those of the named fields. */
function textsOf(row: Columns, fields?: readonly { readonly name: string }[]): Record<string, string> {
  const names = fields?.map(({ name }) => name) ?? Object.keys(row);
  return Object.fromEntries(
    names.flatMap((name) => {
      const text = textOf(row, name);
      return text === undefined ? [] : [[name, text] as const];
    }),
  );
}

function textOf(row: Columns, name: string): string | undefined {
  const value = Object.hasOwn(row, name) ? row[name] : undefined;
  if (value === undefined || value === null || value === '') return undefined;
  if (typeof value === 'string') return value;
  // A long number has lost digits by the time it is read.
  throw new InvalidTaskError(
    `${name} must be a text in quotes, not ${Array.isArray(value) ? 'a list' : `of type ${typeof value}`}.`,
  );
}

function isObject(value: unknown): value is Columns {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function definitionOf(provider: string | undefined): ProviderDefinition | undefined {
  return ALL_PROVIDERS.find(({ id }) => id === provider);
}
