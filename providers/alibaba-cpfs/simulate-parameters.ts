import { z } from 'zod';
import { AlibabaRefusal } from '../vendors/alibaba/simulate-answer.js';
import type { AlibabaRequest } from '../vendors/alibaba/simulate-request.js';
import { refusal } from './simulate-refusals.js';

const id = (pattern: RegExp) => z.string().max(64).regex(pattern);

export const fileSystemId = id(/^(bm)?cpfs-[0-9a-z]+$/);
export const dataFlowId = id(/^df(id)?-[0-9a-z]+$/);
export const taskId = id(/^task(Id)?-[0-9a-z]+$/);
export const subtaskId = id(/^subTaskId-[0-9a-z]+$/);

/** Alibaba's Python client writes its booleans with a capital, its others do not. */
export const flag = z
  .enum(['true', 'false', 'True', 'False'])
  .transform((text) => text.toLowerCase() === 'true');

/** Parameters of every operation that changes something. */
export const asked = {
  DryRun: flag.default(false),
  ClientToken: z
    .string()
    .max(64)
    .regex(/^[\x20-\x7e]+$/)
    .optional(),
};

/** The subtasks' operations call the task `DataFlowTaskId`, and its lack as if it were `TaskId`. */
const MISSING: Readonly<Record<string, string>> = { DataFlowTaskId: 'MissingTaskId' };

/**
 * An operation's parameters; those it does not know are passed over. An empty one is not there.
 * @throws AlibabaRefusal
 */
export function readParameters<Schema extends z.ZodObject>(
  schema: Schema,
  { parameters }: Pick<AlibabaRequest, 'parameters'>,
): z.output<Schema> {
  const given = Object.fromEntries(Object.entries(parameters).filter(([, value]) => value !== ''));
  const result = schema.safeParse(given);
  if (result.success) return result.data;
  const [issue] = result.error.issues;
  const name = String(issue?.path[0]);
  if (!(name in given)) {
    throw new AlibabaRefusal(400, MISSING[name] ?? `Missing${name}`, `${name} is mandatory for this action.`);
  }
  throw refusal(issue?.code === 'invalid_format' ? 'IllegalCharacters' : 'InvalidParameter');
}

/** One of `Filters.N.Key` with its `Filters.N.Value`. */
export interface Filter {
  readonly key: string;
  readonly value: string;
}

export function readFilters({ parameters }: Pick<AlibabaRequest, 'parameters'>): Filter[] {
  const filters: Filter[] = [];
  for (let n = 1; ; n++) {
    const key = parameters[`Filters.${n}.Key`];
    if (key === undefined) return filters;
    filters.push({ key, value: parameters[`Filters.${n}.Value`] ?? '' });
  }
}
