import type { CampaignHandle } from '../../client/index.js';
import { CliError } from '../cli-error.js';
import type { CliContext } from '../context.js';
import { EXIT } from '../exit-codes.js';
import { commandLine } from '../invocation.js';
import { createLiveRegion } from '../live-region.js';
import { whoIsAsking, type OutputFormat } from '../options.js';
import { isRefusal } from './plan-campaign.js';
import type { TypedReason } from './reason-option.js';
import { unlessInterrupted, withInterrupt } from './with-interrupt.js';

/**
 * Starts what was planned; every target is looked at again first. One that has begun already is that one: scripts repeat themselves.
 * @throws CliError when it is refused.
 */
export async function startPlan(
  handle: CampaignHandle,
  { reason, requestedBy, output }: TypedReason & { readonly output: OutputFormat },
  context: CliContext,
): Promise<CampaignHandle> {
  const { terminal, env } = context;
  const region = createLiveRegion(terminal.out);
  if (output === 'text' && terminal.live) region.draw(['Looking at every target again …']);
  try {
    const request = { by: requestedBy ?? whoIsAsking(env), ...(reason !== undefined && { reason }) };
    await withInterrupt(
      () => startGoesOn(handle.id, context),
      (signal) => unlessInterrupted(signal, handle.start(request)),
    );
    return handle;
  } catch (error) {
    if (!isRefusal(error) && !hasEnded(error)) throw error;
    const { phase, startedAtMs } = await handle.progress();
    if (startedAtMs !== undefined) {
      terminal.err.write(`The campaign ${handle.id} was started already; this is it.\n`);
      return handle;
    }
    // One that is planning may be started later, or is being started by somebody else.
    throw new CliError(error.message, phase === 'planning' ? EXIT.other : EXIT.campaignNotBegun);
  } finally {
    region.clear();
  }
}

/** By name: the client library is loaded by whoever connected. */
function hasEnded(error: unknown): error is Error {
  return error instanceof Error && error.name === 'CampaignEndedError';
}

function startGoesOn(id: string, context: CliContext): CliError {
  return new CliError(
    `The start goes on without this terminal: once its targets were looked at again, they are asked. Stop it with:\n  ${commandLine(context, ['campaign', 'abort', id])}`,
    EXIT.interrupted,
  );
}
