import { parseTaskUri, type TaskRef } from '../contract/task.js';
import { ALL_PROVIDERS } from '../providers/all.js';
import type { ProviderDefinition } from '../providers/provider.js';
import { InvalidTaskError } from './errors.js';

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
      `A task of ${definition.id} has no id "${unknown[0]}"; it has ${names.join(', ')}.`,
    );
  }
  const ids = names.flatMap((name) => task.ids[name] ?? []);
  return toTaskRefFromIds(definition, task.connection, ids);
}

/** The same from ids alone, in the order of the provider's definition: how a command line gives them. */
export function toTaskRefFromIds(
  definition: ProviderDefinition,
  connection: string,
  ids: readonly string[],
): TaskRef {
  const { id: provider, fields } = definition;
  if (connection === '') throw new InvalidTaskError('A task needs the name of its connection.');
  if (ids.length !== fields.length) {
    const wanted = fields.map(({ name, example }) => `${name} (${example})`).join(', ');
    throw new InvalidTaskError(`A task of ${provider} is named by ${wanted}; ${ids.length} given.`);
  }
  for (const [position, { name, pattern, maxLength, example }] of fields.entries()) {
    const value = ids[position] ?? '';
    if (value.length > maxLength || !pattern.test(value)) {
      throw new InvalidTaskError(
        `"${value.slice(0, 130)}" is no ${name} of ${provider}; one looks like ${example}.`,
      );
    }
  }
  return {
    provider,
    connection,
    ids: Object.fromEntries(fields.map(({ name }, position) => [name, ids[position] ?? ''])),
  };
}

function fromUri(uri: string): TaskRef {
  const parts = parseTaskUri(uri);
  if (parts === undefined) {
    throw new InvalidTaskError(`"${uri.slice(0, 300)}" is no task URI; one looks like ${exampleUri()}.`);
  }
  return toTaskRefFromIds(definitionOf(parts.provider), parts.connection, parts.segments);
}

function definitionOf(provider: string): ProviderDefinition {
  const definition = ALL_PROVIDERS.find(({ id }) => id === provider);
  if (definition !== undefined) return definition;
  throw new InvalidTaskError(
    `There is no provider "${provider}"; known: ${ALL_PROVIDERS.map(({ id }) => id).join(', ')}.`,
  );
}

function exampleUri(): string {
  const [definition] = ALL_PROVIDERS;
  return `${definition?.id}://my-connection/${definition?.fields.map(({ example }) => example).join('/')}`;
}
