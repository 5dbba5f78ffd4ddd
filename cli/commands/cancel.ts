import { Command, Option } from '@commander-js/extra-typings';
import type { CancellationHandle, CancelOptions } from '../../client/index.js';
import { ON_RUNNING_SUBTASKS, type OnRunningSubtasks } from '../../contract/cancellation.js';
import { taskUri, type TaskRef } from '../../contract/task.js';
import { callbackFrom } from '../callback-from.js';
import type { CliContext } from '../context.js';
import { follow } from '../follow.js';
import { commandLine } from '../invocation.js';
import {
  callbackUrlOption,
  durationOption,
  globalOptions,
  nameOption,
  outputOption,
  whoIsAsking,
} from '../options.js';
import { printAnswer } from '../print.js';
import { taskFromArguments } from '../task-argument.js';
import { withQuiesce } from '../with-quiesce.js';

export function cancelCommand(context: CliContext) {
  return new Command('cancel')
    .summary('cancel one remote task and prove how it ended')
    .description(
      'Asks the vendor to cancel one remote task and proves how it ended. The work is done by a Worker on Temporal: it goes on when this terminal closes. The same task named twice is one cancellation.',
    )
    .argument('[connection]', "a connection's name in quiesce.config.yaml")
    .argument('[ids...]', "the task's ids, named and ordered as the provider does")
    .option(
      '--task <uri>',
      'the task as one URI, in place of connection and ids: provider://connection/id[/id…]',
    )
    .option('--wait', 'stay until it has ended; the exit code then says how')
    .option('--dry-run', 'look, and say what a cancel would meet; nothing is changed (implies --wait)')
    .addOption(
      durationOption(
        '--deadline <duration>',
        'how long to wait for proof before ending unproven, such as 30m (default: 24h)',
      ),
    )
    .addOption(
      new Option('--on-running-subtasks <way>', 'what to do when subtasks keep the vendor from canceling')
        .choices(ON_RUNNING_SUBTASKS)
        .default('wait' as const),
    )
    .option(
      '--delete-ended',
      "erase the record of a task that has ended, too; only where the vendor's cancel deletes the task",
    )
    .option('--reason <text>', 'why; kept with the verdict')
    .addOption(callbackUrlOption())
    .addOption(nameOption('--requested-by <who>', 'who asks; kept with the verdict'))
    .addOption(outputOption())
    .action(async (connection, ids, options, command) => {
      const { config, uiUrl } = globalOptions(command);
      const task = await taskFromArguments(context, { connection, ids, uri: options.task, config });
      const { checkSubtasksOption } = await import('../check-subtasks-option.js');
      checkSubtasksOption(task.provider, options.onRunningSubtasks);
      const callback = await callbackFrom(context, command, options);
      const { dryRun = false, wait = dryRun, reason, output } = options;
      const requestedBy = options.requestedBy ?? whoIsAsking(context.env);
      await withQuiesce(async (quiesce) => {
        const handle = await quiesce.cancel(task, { ...toCancelOptions(options), ...callback, requestedBy });
        const { terminal } = context;
        if (handle.attached)
          (output === 'text' ? terminal.out : terminal.err).write(attachedText(task, callback));
        if (wait)
          await follow(handle, context, { output, uiUrl, namespace: quiesce.client.options.namespace });
        else
          printAnswer(terminal, output, started(handle, task, { requestedBy, reason }), () =>
            startedText(handle, task, context),
          );
      });
    });
}

interface TypedOptions {
  readonly dryRun?: true;
  readonly onRunningSubtasks: OnRunningSubtasks;
  readonly deleteEnded?: true;
  readonly deadline?: number;
  readonly reason?: string;
}

/** What was typed, as the client takes it: what was left out is left out. */
function toCancelOptions(typed: TypedOptions): CancelOptions {
  const { dryRun = false, onRunningSubtasks, deleteEnded = false, deadline, reason } = typed;
  return {
    dryRun,
    ...(onRunningSubtasks !== 'wait' && { onRunningSubtasks }),
    ...(deleteEnded && { deleteEnded }),
    ...(deadline !== undefined && { deadlineAfterMs: deadline }),
    ...(reason !== undefined && { reason }),
  };
}

function attachedText(task: TaskRef, { callbackUrl }: CancelOptions): string {
  const callback = callbackUrl === undefined ? '' : ' It tells the callback its end, too.';
  return `A cancellation of ${taskUri(task)} is already under way; this is it. Its options, reason, requester and deadline stay as they are.${callback}\n`;
}

interface Asked {
  readonly requestedBy: string;
  readonly reason: string | undefined;
}

/** What is known before the verdict; part of the stable output. */
function started({ id, runId, attached }: CancellationHandle, task: TaskRef, asked: Asked) {
  const { connection, provider } = task;
  // The reason and the requester of a cancellation that was under way are those of whoever started it.
  return { id, runId, connection, provider, task: taskUri(task), attached, ...(attached ? {} : asked) };
}

function startedText({ id, attached }: CancellationHandle, task: TaskRef, context: CliContext): string {
  const news = attached ? [] : [`Started: the cancellation of ${taskUri(task)} is under way.`];
  return [...news, 'Follow it to its verdict with:', `  ${commandLine(context, ['watch', id])}`].join('\n');
}
