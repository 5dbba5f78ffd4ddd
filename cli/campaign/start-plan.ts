import type { CampaignHandle } from '../../client/index.js';
import { CliError } from '../cli-error.js';
import type { CliContext } from '../context.js';
import { EXIT } from '../exit-codes.js';
import { createLiveRegion } from '../live-region.js';
import { whoIsAsking, type OutputFormat } from '../options.js';
import { isRefusal } from './plan-campaign.js';
import type { TypedReason } from './reason-option.js';

/** Starts what was planned; every target is looked at again first. @throws CliError when it is refused. */
export async function startPlan(
  handle: CampaignHandle,
  { reason, requestedBy, output }: TypedReason & { readonly output: OutputFormat },
  { terminal, env }: CliContext,
): Promise<CampaignHandle> {
  const region = createLiveRegion(terminal.out);
  if (output === 'text' && terminal.live) region.draw(['Looking at every target again …']);
  try {
    await handle.start({ by: requestedBy ?? whoIsAsking(env), ...(reason !== undefined && { reason }) });
    return handle;
  } catch (error) {
    throw isRefusal(error) ? new CliError(error.message, EXIT.campaignNotBegun) : error;
  } finally {
    region.clear();
  }
}
