import type { FastifyRequest } from 'fastify';
import type { TargetFile } from '../client/index.js';
import type { TargetFormat } from '../client/target-format.js';
import type { ApiParts } from './api-parts.js';
import { checkCallback } from './check-callback.js';
import { openList, sourceInJson } from './campaign-source.js';
import { ConnectionNames } from './connection-names.js';
import { ProblemError } from './problem.js';
import { receiveTargets } from './receive-targets.js';
import type { BegunBody } from './schemas/campaign.js';
import type { NewCampaignBody, NewCampaignQuery } from './schemas/new-campaign.js';

/** Whether it asks at once, or waits for `:start`. */
export type HowToBegin = 'start' | 'plan';

export interface Beginning extends Pick<ApiParts, 'quiesce' | 'config'> {
  readonly how: HowToBegin;
  readonly request: Pick<FastifyRequest, 'caller' | 'raw'>;
}

/** Begins a campaign of what a JSON body names. @throws ProblemError; what the client's `plan` throws. */
export async function beginOfJson(
  { quiesce, config, how, request: { caller } }: Beginning,
  body: NewCampaignBody,
): Promise<BegunBody> {
  const { selectors: _, targets: __, connection: ___, ...campaign } = body;
  checkCallback(campaign.callbackUrl, config);
  const source = sourceInJson(body, new ConnectionNames(config, caller));
  const { id } = await quiesce.campaigns[how](source, { ...campaign, requestedBy: caller.name });
  return { id };
}

/**
 * Begins a campaign of the list of targets that is the body. The list is taken in and checked as a whole first, on disk: of one with
 * a bad line, or one that breaks off, nothing is started.
 * @throws ProblemError; what the client's `plan` throws.
 */
export async function beginOfList(
  { quiesce, config, how, request: { caller, raw } }: Beginning,
  { connection, reason, ...options }: NewCampaignQuery,
  format: TargetFormat,
): Promise<BegunBody> {
  if (reason === undefined) throw withoutReason();
  checkCallback(options.callbackUrl, config);
  const received = await receiveTargets(raw);
  try {
    const names = new ConnectionNames(config, caller);
    const list = await openList(received.path, { format, connection }, names);
    try {
      checkCount(list, options.maxTargets);
      const { id } = await quiesce.campaigns[how](list, { ...options, reason, requestedBy: caller.name });
      return { id, targets: list.targets, duplicates: list.duplicates };
    } finally {
      await list.close();
    }
  } finally {
    await received.remove();
  }
}

/** The campaign itself would refuse them, too, but only once it has been begun. */
function checkCount({ targets }: TargetFile, most = targets): void {
  if (targets <= most) return;
  const message = `The list has ${targets} targets, and the campaign may have ${most} (maxTargets). Nothing was started.`;
  throw new ProblemError('request-refused', message);
}

function withoutReason(): ProblemError {
  const message = 'With a list of targets, the query must say why: ?reason=…';
  return new ProblemError('invalid-request', message, { faults: [{ at: '/reason', message }] });
}
