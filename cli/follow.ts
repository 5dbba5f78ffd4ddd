import type { CancellationHandle } from '../client/index.js';
import type { CancellationStatus } from '../client/types.js';
import { CliError } from './cli-error.js';
import type { CliContext } from './context.js';
import { EXIT, EXIT_BY_VERDICT } from './exit-codes.js';
import { commandLine } from './invocation.js';
import type { OutputFormat } from './options.js';
import { renderResult } from './render-result.js';
import { isUnavailable } from './report-error.js';
import { createReporter } from './reporter.js';
import { uiUrlOf } from '../client/ui-url.js';

/** Short enough for a person who watches; one look is a describe and a Query. */
const LOOK_EVERY_MS = 500;

interface FollowOptions {
  readonly output: OutputFormat;
  /** Every change as a line of JSON, instead of the result alone. */
  readonly everyChange?: boolean;
  /** Where the Temporal UI is, and the namespace there. */
  readonly uiUrl?: string | undefined;
  readonly namespace?: string;
  /** Ends the waiting, with its reason; without it, Ctrl-C does and says how to come back. */
  readonly signal?: AbortSignal;
}

/** Waits for a cancellation's end, tells how it goes, prints the result and sets the exit code. */
export async function follow(
  handle: CancellationHandle,
  context: CliContext,
  options: FollowOptions,
): Promise<void> {
  const last = await watchToTheEnd(handle, context, options);
  if (last.result === undefined) throw failureOf(last);
  if (options.output === 'text') {
    const lines = renderResult(
      last.result,
      context.terminal,
      uiUrlOf(options.uiUrl, options.namespace, last),
    );
    context.terminal.out.write(`${lines.join('\n')}\n`);
  } else if (options.everyChange !== true) {
    context.terminal.out.write(`${JSON.stringify(last.result)}\n`);
  }
  context.exitCode = EXIT_BY_VERDICT[last.result.verdict];
}

/** A cancellation that ended without a verdict, as an error. */
export function failureOf({ id, task, failure, workflowStatus }: CancellationStatus): CliError {
  const why = failure === undefined ? '' : `: ${failure.type}: ${failure.message}`;
  const wrongInput = failure?.type === 'InvalidInput' || failure?.type === 'UnknownConnection';
  return new CliError(
    `The cancellation of ${task} ended without a verdict, ${workflowStatus}${why} (workflow ${id}).`,
    wrongInput ? EXIT.usage : EXIT.other,
  );
}

async function watchToTheEnd(
  handle: CancellationHandle,
  context: CliContext,
  { output, everyChange, signal }: FollowOptions,
): Promise<CancellationStatus> {
  const interrupt = new AbortController();
  // Ctrl-C stops the waiting here, never the cancellation: it runs on Temporal.
  const onInterrupt = () => interrupt.abort(stillRunning(handle.id, context));
  if (signal === undefined) process.once('SIGINT', onInterrupt);
  const stop = signal ?? interrupt.signal;
  const reporter = createReporter(context, output);
  let last: CancellationStatus | undefined;
  try {
    for await (const status of handle.watch({ signal: stop, everyMs: LOOK_EVERY_MS })) {
      last = status;
      reporter.show(status);
      if (output === 'json' && everyChange === true)
        context.terminal.out.write(`${JSON.stringify(status)}\n`);
    }
  } catch (error) {
    if (!stop.aborted) throw isUnavailable(error) ? lostTemporal(handle.id, context) : error;
  } finally {
    process.off('SIGINT', onInterrupt);
    reporter.close();
  }
  stop.throwIfAborted();
  if (last === undefined) throw new CliError(`Nothing was told about ${handle.id}.`);
  return last;
}

function lostTemporal(id: string, context: CliContext): CliError {
  return new CliError(
    `Temporal no longer answers. The cancellation goes on where it runs; come back to it with:\n  ${commandLine(context, ['watch', id])}`,
    EXIT.unreachable,
  );
}

function stillRunning(id: string, context: CliContext): CliError {
  return new CliError(
    `The cancellation goes on without this terminal. Come back to it with:\n  ${commandLine(context, ['watch', id])}`,
    EXIT.interrupted,
  );
}
