import { ApplicationFailure } from '@temporalio/common';
import type { FailureType } from '../contract/failures.js';
import type { TaskRef } from '../contract/task.js';
import type { Connection } from '../config/load-config.js';
import type { ProviderDefinition, TaskField } from '../providers/provider.js';
import { createLiveConnection, type LiveConnection, type LiveConnectionOptions } from './live-connection.js';

/** The config's connections inside a Worker. */
export interface LiveConnections {
  /**
   * The connection of a task whose ids fit its provider.
   * @throws ApplicationFailure `UnknownConnection` or `InvalidInput`. With `retryable`, an unknown connection is
   * waited for: a Worker deployed with a broken config must not end cancellations that are under way.
   */
  find(task: TaskRef, options?: { readonly retryable?: boolean }): LiveConnection;
  close(): Promise<void>;
}

export function createLiveConnections(
  connections: ReadonlyMap<string, Connection>,
  options: LiveConnectionOptions,
): LiveConnections {
  const live = new Map([...connections].map(([name, each]) => [name, createLiveConnection(each, options)]));

  return {
    find(task, { retryable = false } = {}) {
      const connection = connections.get(task.connection);
      const found = live.get(task.connection);
      if (connection === undefined || found === undefined) {
        const known = [...connections.keys()].join(', ');
        throw failure(
          'UnknownConnection',
          `This Worker's config has no connection "${task.connection}"; it has ${known}.`,
          retryable,
        );
      }
      checkTask(task, connection.provider);
      return found;
    },

    async close() {
      await Promise.all([...live.values()].map((each) => each.close()));
    },
  };
}

/** Clients check ids too; this is for Workflows started with nothing but Temporal. */
function checkTask(task: TaskRef, definition: ProviderDefinition): void {
  if (definition.id !== task.provider) {
    throw failure(
      'InvalidInput',
      `Connection "${task.connection}" is of provider ${definition.id}, not ${task.provider}.`,
    );
  }
  const names = definition.fields.map((field) => field.name);
  const given = Object.keys(task.ids);
  if (names.join() !== given.join()) {
    throw failure(
      'InvalidInput',
      `A task of ${definition.id} has the ids ${names.join(', ')}, in this order; given: ${given.join(', ')}.`,
    );
  }
  for (const field of definition.fields) checkField(field, task.ids[field.name], definition);
  for (const [name, hint] of Object.entries(task.hints ?? {})) {
    const field = definition.hints?.find((each) => each.name === name);
    if (field === undefined)
      throw failure('InvalidInput', `A task of ${definition.id} has no hint "${name}".`);
    checkField(field, hint, definition);
  }
}

function checkField(
  { name, pattern, maxLength, example }: TaskField,
  value: unknown,
  { id }: ProviderDefinition,
): void {
  if (typeof value === 'string' && value.length <= maxLength && pattern.test(value)) return;
  throw failure('InvalidInput', `${name} is none of ${id}, which look like ${example}.`);
}

function failure(type: FailureType, message: string, retryable = false): ApplicationFailure {
  return ApplicationFailure.create({ type, message, nonRetryable: !retryable });
}
