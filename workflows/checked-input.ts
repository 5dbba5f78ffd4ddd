import {
  LONGEST_DEADLINE_AFTER_MS,
  ON_RUNNING_SUBTASKS,
  type CancelInput,
} from '../contract/cancellation.js';
import { CALLBACK_URL_FORM, isCallbackUrl } from '../contract/callback.js';
import { cancelWorkflowId, maskIn, type TaskRef } from '../contract/task.js';
import { invalid } from './invalid.js';
import { isAbove0, isOptional, isRecord, isText, withoutNulls } from './json-shapes.js';

/** Search Attributes are short, and a reason is carried through every page that shows it. */
const LONGEST = { requestedBy: 200, campaign: 200, reason: 2_000 };

/**
 * The input as the rest relies on it: without nulls, which callers in other languages send for what is left out, and with
 * the ids in the order of the Workflow id. The typed client cannot send anything else, but anybody's Temporal client can.
 * Whether a mask in the Workflow id is the task's, and in which order the ids are behind it, is for a Worker's Activity to say: no key
 * comes here.
 * @throws ApplicationFailure `InvalidInput`, so that the Workflow fails instead of its Workflow Task retrying for ever.
 */
export function checkedInput(given: CancelInput | null | undefined, workflowId: string): CancelInput {
  must(isRecord(given), 'The input must be an object with the task to cancel.');
  const input = withoutNulls(given) as CancelInput;
  checkTask(input.task);
  checkOptions(input);
  const task = inOrderOf(workflowId, input.task);
  const dryRun = input.dryRun === true;
  // The same task under two ids would be cancelled twice; a dry run under a real one's id would be taken for it.
  const id = cancelWorkflowId(task, { dryRun, mask: maskIn(workflowId) });
  must(workflowId === id, `The Workflow id of this ${dryRun ? 'dry run' : 'cancellation'} must be ${id}.`);
  return { ...input, task };
}

/** Whether it is a task at all; whether its provider has such ids is for the typed client and the Worker to say. */
export function checkTask(task: unknown): asserts task is TaskRef {
  must(isRecord(task), 'task must be an object with provider, connection and ids.');
  const { provider, connection, ids, hints } = task;
  must(isName(provider) && isName(connection), 'task.provider and task.connection must be texts.');
  const named = isRecord(ids) && Object.keys(ids).length > 0 && Object.values(ids).every(isName);
  must(named, 'task.ids must name the task: {"<id name>": "<id>"}.');
  const hinted =
    hints === undefined || hints === null || (isRecord(hints) && Object.values(hints).every(isText));
  must(hinted, 'task.hints must be texts by name.');
}

/** Half a character is none that a URI can be made of. */
function isName(value: unknown): value is string {
  return isText(value) && !/\p{Cs}/u.test(value);
}

function checkOptions(input: CancelInput): void {
  const { deadlineAfterMs, onRunningSubtasks = 'wait', dryRun, deleteEnded } = input;
  const fits = isOptional(deadlineAfterMs, (ms) => isAbove0(ms) && ms <= LONGEST_DEADLINE_AFTER_MS);
  must(fits, 'deadlineAfterMs must be a number of milliseconds from 1 to a year.');
  must(isFlag(dryRun) && isFlag(deleteEnded), 'dryRun and deleteEnded must be true or false.');
  must(isOptional(input.callbackUrl, isCallbackUrl), `callbackUrl must be ${CALLBACK_URL_FORM}.`);
  const ways = ON_RUNNING_SUBTASKS.join(', ');
  must(ON_RUNNING_SUBTASKS.includes(onRunningSubtasks), `onRunningSubtasks must be one of ${ways}.`);
  for (const [name, most] of Object.entries(LONGEST)) {
    const text = input[name as keyof typeof LONGEST];
    must(
      text === undefined || (typeof text === 'string' && text.length <= most),
      `${name} must be a text of at most ${most} characters.`,
    );
  }
}

/** A caller's JSON may have its keys in any order; a Workflow id that shows the ids has them in the one that counts. */
function inOrderOf(workflowId: string, task: TaskRef): TaskRef {
  const segments = workflowId.split('/');
  const position = ([, id]: [string, string]) => segments.indexOf(encodeURIComponent(id));
  const ids = Object.entries(task.ids).sort((a, b) => position(a) - position(b));
  return { ...task, ids: Object.fromEntries(ids) };
}

function must(holds: boolean, message: string): asserts holds {
  if (!holds) throw invalid(message);
}

function isFlag(value: unknown): boolean {
  return value === undefined || typeof value === 'boolean';
}
