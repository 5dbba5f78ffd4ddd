import { ApplicationFailure } from '@temporalio/common';
import type { FailureType } from '../contract/failures.js';
import { cancelWorkflowId, maskIn, taskUri, type TaskRef } from '../contract/task.js';
import type { Connection } from '../config/load-config.js';
import type { ProviderDefinition, TaskField } from '../providers/provider.js';
import { createLiveConnection, type LiveConnection, type LiveConnectionOptions } from './live-connection.js';

/** Messages name a few and not all: a pending Activity's failure above 4 KB is dropped by the Temporal server. */
const MOST_NAMED = 5;
const LONGEST_LIST = 300;

/** The config's connections inside a Worker. */
export interface LiveConnections {
  /**
   * The connection of a task whose ids fit its provider, and whose cancellation has the Workflow id of no other task.
   * @throws ApplicationFailure `UnknownConnection` or `InvalidInput`. With `retryable`, either is
   * waited for: a Worker deployed with a broken config must not end cancellations that are under way.
   */
  find(task: TaskRef, options?: Found): LiveConnection;
  /**
   * The connection of that name, which is of that provider.
   * @throws ApplicationFailure like `find`.
   */
  named(of: Pick<TaskRef, 'connection' | 'provider'>, options?: Retryable): LiveConnection;
  close(): Promise<void>;
}

interface Retryable {
  readonly retryable?: boolean;
}

interface Found extends Retryable {
  /** Of the cancellation that asks. */
  readonly workflowId?: string | undefined;
}

export function createLiveConnections(
  connections: ReadonlyMap<string, Connection>,
  options: LiveConnectionOptions,
): LiveConnections {
  const live = new Map([...connections].map(([name, each]) => [name, createLiveConnection(each, options)]));

  function named(
    { connection: name, provider }: Pick<TaskRef, 'connection' | 'provider'>,
    { retryable = false }: Retryable = {},
  ): LiveConnection {
    const found = live.get(name);
    if (found === undefined) {
      const names = [...connections.keys()];
      const known = `${names.slice(0, MOST_NAMED).join(', ')}${names.length > MOST_NAMED ? ', …' : ''}`;
      throw failure(
        'UnknownConnection',
        `This Worker's config has no connection "${name}"; it has ${known}.`,
        retryable,
      );
    }
    const { id } = found.definition;
    if (id === provider) return found;
    throw failure('InvalidInput', `Connection "${name}" is of provider ${id}, not ${provider}.`, retryable);
  }

  return {
    named,

    find(task, { retryable = false, workflowId = '' } = {}) {
      const found = named(task, { retryable });
      const mask = maskIn(workflowId);
      const wrong = problemOf(task, found.definition, mask !== undefined) ?? problemOfMask(task, found, mask);
      if (wrong !== undefined) throw failure('InvalidInput', wrong, retryable);
      return found;
    },

    async close() {
      await Promise.all([...live.values()].map((each) => each.close()));
    },
  };
}

/** What is wrong with a task. Clients check it too; this is for Workflows started with nothing but Temporal. */
function problemOf(
  task: TaskRef,
  { id, fields, hints = [] }: ProviderDefinition,
  isMasked: boolean,
): string | undefined {
  const names = fields.map(({ name }) => name);
  const given = Object.keys(task.ids);
  if (names.toSorted().join() !== given.toSorted().join())
    return `A task of ${id} has the ids ${names.join(', ')}; given: ${given.join(', ').slice(0, LONGEST_LIST)}.`;
  if (names.join() !== given.join()) {
    if (isMasked)
      return `Where the Workflow id hides them, the ids must come in this order: ${names.join(', ')}.`;
    const ids = Object.fromEntries(names.map((name) => [name, task.ids[name] ?? '']));
    return `The Workflow id must be ${cancelWorkflowId({ ...task, ids })}: the ids of a task of ${id} have this order.`;
  }
  const bad = fields.find((field) => !fits(field, task.ids[field.name]));
  if (bad !== undefined) return `${bad.name} is none of ${id}, which look like ${bad.example}.`;
  for (const [name, value] of Object.entries(task.hints ?? {})) {
    const hint = hints.find((each) => each.name === name);
    if (hint === undefined) return `A task of ${id} has no hint "${name.slice(0, LONGEST_LIST)}".`;
    if (!fits(hint, value)) return `${name} is none of ${id}, which look like ${hint.example}.`;
  }
  return undefined;
}

/** What is wrong with a Workflow id that hides its task: under another's, the same task would be canceled twice. */
function problemOfMask(
  task: TaskRef,
  { taskMask }: LiveConnection,
  mask: string | undefined,
): string | undefined {
  if (mask === undefined) return undefined;
  const own = taskMask?.(taskUri(task));
  if (mask === own) return undefined;
  if (own === undefined)
    return 'The Workflow id hides the task, and this Worker has no encryption keys to tell whether it is the task’s.';
  return `The Workflow id of this task must end with ~${own}: it was made with another key "task-ids", or of another task.`;
}

function fits({ pattern, maxLength }: TaskField, value: unknown): boolean {
  return typeof value === 'string' && value.length <= maxLength && pattern.test(value);
}

function failure(type: FailureType, message: string, retryable = false): ApplicationFailure {
  return ApplicationFailure.create({ type, message, nonRetryable: !retryable });
}
