import { campaignStatus } from '../../client/campaign-status.js';
import type { CampaignHandle } from '../../client/index.js';
import type { CampaignEnd, CampaignProgress } from '../../contract/campaign.js';
import { CliError } from '../cli-error.js';
import type { CliContext } from '../context.js';
import { EXIT } from '../exit-codes.js';
import { commandLine } from '../invocation.js';
import type { OutputFormat } from '../options.js';
import { isUnavailable } from '../report-error.js';
import { createCampaignReporter, type CampaignReporter } from './campaign-reporter.js';
import { exitCodeOfCampaign } from './exit-code.js';
import { withInterrupt } from './with-interrupt.js';
import { renderEnd } from './render-end.js';

/** One look is a Query and a describe of every lane that runs. */
const LOOK_EVERY_MS = 1_000;

/** A Temporal server that restarts, or elects anew, is back by then. */
const GIVE_UP_AFTER_MS = 60_000;

/** Stays with a campaign to its end, tells how it goes, and sets the exit code to how it ended. */
export async function followCampaign(
  handle: CampaignHandle,
  context: CliContext,
  output: OutputFormat,
): Promise<void> {
  const goesOn = () => stillRunning(handle.id, context);
  const last = await withInterrupt(goesOn, async (signal) => {
    const reporter = createCampaignReporter(context, output);
    try {
      return await watchToTheEnd(handle, context, reporter, signal);
    } catch (error) {
      throw isUnavailable(error) ? lostTemporal(handle.id, context) : error;
    } finally {
      reporter.close();
    }
  });
  if (last === undefined) return;
  const { terminal } = context;
  terminal.out.write(
    output === 'json'
      ? `${JSON.stringify(campaignStatus(last, Date.now()))}\n`
      : `${renderEnd(last, context).join('\n')}\n`,
  );
  context.exitCode = exitCodeOfCampaign(last.end, last.states);
}

type EndedCampaign = CampaignProgress & { readonly end: CampaignEnd };

async function watchToTheEnd(
  handle: CampaignHandle,
  context: CliContext,
  reporter: CampaignReporter,
  signal: AbortSignal,
): Promise<EndedCampaign | undefined> {
  let awaySinceMs: number | undefined;
  while (!signal.aborted) {
    try {
      for await (const progress of handle.watch({ signal, everyMs: LOOK_EVERY_MS })) {
        if (progress.end !== undefined) return { ...progress, end: progress.end };
        reporter.show(progress);
        awaySinceMs = progress.noTemporal === true ? (awaySinceMs ?? Date.now()) : undefined;
        if (awaySinceMs !== undefined && Date.now() - awaySinceMs >= GIVE_UP_AFTER_MS)
          throw lostTemporal(handle.id, context);
      }
    } catch (error) {
      // None has answered yet: whoever waits for a Worker may wait here.
      if (!isNoWorker(error)) throw error;
      reporter.warn('No Worker answers; it goes on once one runs (`quiesce worker`).');
    }
  }
  return undefined;
}

/** By name, as exit codes are: the client library is loaded by whoever connected. */
function isNoWorker(error: unknown): boolean {
  return error instanceof Error && error.name === 'NoWorkerError';
}

function stillRunning(id: string, context: CliContext): CliError {
  return new CliError(
    `The campaign goes on without this terminal. Come back to it with:\n  ${commandLine(context, ['campaign', 'watch', id])}`,
    EXIT.interrupted,
  );
}

function lostTemporal(id: string, context: CliContext): CliError {
  return new CliError(
    `Temporal no longer answers. The campaign goes on where it runs; come back to it with:\n  ${commandLine(context, ['campaign', 'watch', id])}`,
    EXIT.unreachable,
  );
}
