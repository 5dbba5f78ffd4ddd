import { parseTaskUri, type TaskRef } from '../contract/task.js';
import { ALL_PROVIDERS } from '../providers/all.js';
import type { ProviderDefinition, TaskField } from '../providers/provider.js';
import { InvalidTaskError, RequestRefusedError } from './errors.js';
import { printable } from './target-file-error.js';

/** What a file or a caller says is repeated only so far. */
const cut = (said = '', longest = 130): string => printable(said.slice(0, longest));

/** It is part of a Workflow's id, of which Temporal takes a thousand characters. */
const LONGEST_CONNECTION = 300;
const CONTROL = /[\p{Cc}\p{Cs}]/u;

/**
 * A checked task, with its ids in the order that makes its Workflow id unique.
 * @throws InvalidTaskError that names what is wrong and what is allowed.
 */
export function toTaskRef(task: TaskRef | string): TaskRef {
  if (typeof task === 'string') return fromUri(task);
  const definition = definitionOf(task.provider);
  const names = definition.fields.map(({ name }) => name);
  const unknown = Object.keys(task.ids).filter((name) => !names.includes(name));
  if (unknown.length > 0) {
    throw new InvalidTaskError(
      `A task of ${definition.id} has no id "${cut(unknown[0])}"; it has ${names.join(', ')}.`,
    );
  }
  const ids = names.flatMap((name) => task.ids[name] ?? []);
  return withHints(toTaskRefFromIds(definition, task.connection, ids), definition, task.hints ?? {});
}

/** The same from ids alone, in the order of the provider's definition: how a command line gives them. Hints may follow. */
export function toTaskRefFromIds(
  definition: ProviderDefinition,
  connection: string,
  ids: readonly string[],
): TaskRef {
  const { id: provider, fields, hints = [] } = definition;
  if (connection === '') throw new InvalidTaskError('A task needs the name of its connection.');
  if (connection.length > LONGEST_CONNECTION || CONTROL.test(connection))
    throw new InvalidTaskError(
      `A connection's name has at most ${LONGEST_CONNECTION} characters, and none that cannot be seen; this one has ${connection.length}.`,
    );
  if (ids.length < fields.length || ids.length > fields.length + hints.length)
    throw wrongCount(definition, ids.length);
  const task = {
    provider,
    connection,
    ids: Object.fromEntries(fields.map((field, position) => checked(field, ids[position], provider))),
  };
  const hinted = ids.slice(fields.length).map((value, position) => [hints[position]?.name ?? '', value]);
  return withHints(task, definition, Object.fromEntries(hinted) as Record<string, string>);
}

/**
 * Refuses to erase where the vendor's cancel leaves a task's record.
 * @throws RequestRefusedError
 */
export function checkErasable({ provider }: TaskRef): void {
  if (definitionOf(provider).cancelLeaves === 'nothing') return;
  const erasable = ALL_PROVIDERS.filter(({ cancelLeaves }) => cancelLeaves === 'nothing').map(({ id }) => id);
  throw new RequestRefusedError(
    `deleteEnded is not for ${provider}: its cancel leaves the task's record. It is for ${erasable.join(', ') || 'no provider'}.`,
  );
}

function wrongCount({ id, fields, hints = [] }: ProviderDefinition, given: number): InvalidTaskError {
  const wanted = [
    ...fields.map(({ name, example }) => `${name} (${example})`),
    ...hints.map(({ name, example }) => `[${name} (${example})]`),
  ];
  return new InvalidTaskError(`A task of ${id} is named by ${wanted.join(', ')}; ${given} given.`);
}

function withHints(
  task: TaskRef,
  { id, hints = [] }: ProviderDefinition,
  given: Readonly<Record<string, string>>,
): TaskRef {
  const unknown = Object.keys(given).find((name) => !hints.some((hint) => hint.name === name));
  if (unknown !== undefined) {
    const known = hints.length === 0 ? 'none' : hints.map(({ name }) => name).join(', ');
    throw new InvalidTaskError(`A task of ${id} has no hint "${cut(unknown)}"; it has ${known}.`);
  }
  const checkedHints = hints.flatMap((hint) =>
    given[hint.name] === undefined ? [] : [checked(hint, given[hint.name], id)],
  );
  return checkedHints.length === 0 ? task : { ...task, hints: Object.fromEntries(checkedHints) };
}

function checked(
  { name, pattern, maxLength, example }: TaskField,
  value = '',
  provider: string,
): [string, string] {
  if (value.length <= maxLength && pattern.test(value)) return [name, value];
  throw new InvalidTaskError(`"${cut(value)}" is no ${name} of ${provider}; one looks like ${example}.`);
}

function fromUri(uri: string): TaskRef {
  const parts = parseTaskUri(uri);
  if (parts === undefined) {
    throw new InvalidTaskError(`"${cut(uri, 300)}" is no task URI; one looks like ${exampleUri()}.`);
  }
  const definition = definitionOf(parts.provider);
  // Hints follow as a query, so that the path is the task's identity and nothing else.
  if (parts.segments.length > definition.fields.length) throw wrongCount(definition, parts.segments.length);
  const task = toTaskRefFromIds(definition, parts.connection, parts.segments);
  return withHints(task, definition, parts.hints);
}

function definitionOf(provider: string): ProviderDefinition {
  const definition = ALL_PROVIDERS.find(({ id }) => id === provider);
  if (definition !== undefined) return definition;
  throw new InvalidTaskError(
    `There is no provider "${cut(provider)}"; known: ${ALL_PROVIDERS.map(({ id }) => id).join(', ')}.`,
  );
}

function exampleUri(): string {
  const [definition] = ALL_PROVIDERS;
  return `${definition?.id}://my-connection/${definition?.fields.map(({ example }) => example).join('/')}`;
}
