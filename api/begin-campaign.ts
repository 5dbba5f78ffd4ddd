import type { CampaignHandle, NewCampaign, TargetFile, TargetSource } from '../client/index.js';
import { whileTemporalAnswers } from '../client/while-temporal-answers.js';
import type { IncomingMessage } from 'node:http';
import type { TargetFormat } from '../client/target-format.js';
import type { ApiParts } from './api-parts.js';
import type { Caller } from './caller.js';
import { campaignIdOf } from './campaign-id-of.js';
import { checkCallback } from './check-callback.js';
import { openList, sourceInJson } from './campaign-source.js';
import { ConnectionNames } from './connection-names.js';
import { fingerprintOf } from './idempotency.js';
import { ProblemError } from './problem.js';
import { receiveTargets } from './receive-targets.js';
import type { NewCampaignBody, NewCampaignQuery } from './schemas/new-campaign.js';
import type { Turns } from './turns.js';

/** What all ways to begin a campaign have in common. */
export interface Beginning extends Pick<ApiParts, 'quiesce' | 'config'> {
  /** Whether it asks at once, or waits for `:start`. */
  readonly how: 'start' | 'plan';
  readonly caller: Caller;
  /** By which the caller has named the request. */
  readonly key: string | undefined;
  /** Of lists to be checked and loaded: what that takes, of memory above all, is bounded. */
  readonly lists: Turns;
}

export interface BegunCampaign {
  readonly handle: CampaignHandle;
  /** Of a list. */
  readonly counts?: Pick<TargetFile, 'targets' | 'duplicates'>;
}

/** Begins a campaign of what a JSON body names. @throws ProblemError; what the client's `plan` throws. */
export async function beginOfJson(beginning: Beginning, body: NewCampaignBody): Promise<BegunCampaign> {
  const { selectors: _, targets: __, connection: ___, ...campaign } = body;
  checkCallback(campaign.callbackUrl, beginning.config);
  const source = sourceInJson(body, new ConnectionNames(beginning.config, beginning.caller));
  return { handle: await begin(beginning, source, campaign, body) };
}

/**
 * Begins a campaign of the list of targets that is the body. The list is taken in and checked as a whole first, on disk: of one with
 * a bad line, or one that breaks off, nothing is started.
 * @throws ProblemError; what the client's `plan` throws.
 */
export async function beginOfList(
  beginning: Beginning,
  query: NewCampaignQuery,
  list: { readonly body: IncomingMessage; readonly format: TargetFormat },
): Promise<BegunCampaign> {
  const { connection, reason, ...options } = query;
  if (reason === undefined) throw withoutReason();
  checkCallback(options.callbackUrl, beginning.config);
  const { format } = list;
  const received = await receiveTargets(list.body);
  const load = async () => {
    const names = new ConnectionNames(beginning.config, beginning.caller);
    const targets = await openList(received.path, { format, connection }, names);
    try {
      checkCount(targets, options.maxTargets);
      const said = { query, digest: received.digest, format };
      return { handle: await begin(beginning, targets, { ...options, reason }, said), counts: targets };
    } finally {
      await targets.close();
    }
  };
  try {
    // Where Temporal is away, each of those before it takes as long to find out.
    return await beginning.lists.take(load, (turn) => whileTemporalAnswers(beginning.quiesce.client, turn));
  } finally {
    await received.remove();
  }
}

/** @param said all that the request says, but how. */
async function begin(
  { quiesce: { client, campaigns }, how, caller, key }: Beginning,
  source: TargetSource,
  campaign: NewCampaign,
  said: unknown,
): Promise<CampaignHandle> {
  const fingerprint = fingerprintOf('POST', `/v1/campaigns:${how}`, said);
  const id = await campaignIdOf(client, { caller, key, fingerprint });
  return campaigns[how](source, { ...campaign, ...id, requestedBy: caller.name });
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
