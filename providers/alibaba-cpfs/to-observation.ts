import { z } from 'zod';
import type { Observation } from '../../contract/observation.js';
import { contradiction } from '../contradiction.js';
import { TASK_STATES } from './states.js';
import { keyOf } from './task-ids.js';
import { LONGEST_MESSAGE, LONGEST_WORD } from '../longest-message.js';

/** What decides nothing must not make an answer unreadable. */
const count = z.int().nonnegative().optional().catch(undefined);
const taskRow = z.object({
  TaskId: z.string(),
  DataFlowId: z.string(),
  Status: z.string().min(1),
  TaskAction: z.string().optional().catch(undefined),
  ErrorMsg: z.string().optional().catch(undefined),
  ProgressStats: z.object({ FilesTotal: count, FilesDone: count }).optional().catch(undefined),
});

export type TaskRow = z.output<typeof taskRow>;

/** The rows in an answer of DescribeDataFlowTasks. */
export const taskRows = z
  .object({ TaskInfo: z.object({ Task: z.array(taskRow) }) })
  .transform(({ TaskInfo }) => TaskInfo.Task)
  .refine((rows) => contradiction(rows.map(stateOf)) === undefined);

function stateOf({ DataFlowId, TaskId, Status }: TaskRow) {
  return [keyOf(DataFlowId, TaskId), Status] as const;
}

/** Without the time of its end: the vendor's has no zone. */
export function toObservation({ Status, ErrorMsg, ProgressStats }: TaskRow, requestId?: string): Observation {
  const { FilesTotal: total, FilesDone: succeeded } = ProgressStats ?? {};
  const progress = {
    ...(total !== undefined && { total }),
    ...(succeeded !== undefined && { succeeded }),
  };
  const seen = {
    rawState: Status.slice(0, LONGEST_WORD),
    ...seenNow(requestId),
    ...(ErrorMsg !== undefined && ErrorMsg !== '' && { message: ErrorMsg.slice(0, LONGEST_MESSAGE) }),
    ...(Object.keys(progress).length > 0 && { progress }),
  };
  const known = Object.hasOwn(TASK_STATES, Status)
    ? TASK_STATES[Status as keyof typeof TASK_STATES]
    : undefined;
  return known === undefined ? { ...seen, state: 'unknown' } : { ...seen, ...known };
}

/** The vendor's "no such task": its code, or that a whole answer about the id is without it. */
export function toAbsence(rawState: string, message: string, requestId?: string): Observation {
  return { state: 'absent', rawState, ...seenNow(requestId), message };
}

export function seenNow(requestId?: string) {
  return { observedAt: new Date().toISOString(), ...(requestId !== undefined && { requestId }) };
}
