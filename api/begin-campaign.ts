import { once } from 'node:events';
import type { IncomingMessage } from 'node:http';
import type { CampaignHandle, NewCampaign, TargetFile, TargetSource } from '../client/index.js';
import { whileTemporalAnswers } from '../client/while-temporal-answers.js';
import type { TargetFormat } from '../client/target-format.js';
import type { ApiParts } from './api-parts.js';
import type { Caller } from './caller.js';
import { campaignIdOf } from './campaign-id-of.js';
import { checkCallback } from './check-callback.js';
import { openList, sourceInJson } from './campaign-source.js';
import { ConnectionNames } from './connection-names.js';
import { fingerprintOf } from './idempotency.js';
import type { Places } from './places.js';
import { ProblemError } from './problem.js';
import { receiveTargets, type ReceivedTargets } from './receive-targets.js';
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
  /** Of lists to be taken in: each lies on disk until it has been loaded. */
  readonly places: Places;
}

/** A list of targets that is a request's body. */
export interface SentList {
  readonly body: IncomingMessage;
  readonly format: TargetFormat;
  /** Aborted when nobody waits for the answer any more. */
  readonly gone: AbortSignal;
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
 * a bad line, of one that breaks off, and of one whose sender has hung up before its turn, nothing is started.
 * @throws ProblemError, `rate-limited` when too many are taken in already; what the client's `plan` throws.
 */
export async function beginOfList(
  beginning: Beginning,
  query: NewCampaignQuery,
  list: SentList,
): Promise<BegunCampaign> {
  const { callbackUrl, reason } = query;
  if (reason === undefined) throw withoutReason();
  checkCallback(callbackUrl, beginning.config);
  const { caller, lists, places, quiesce } = beginning;
  return places.take(caller.name, async () => {
    const received = await receiveTargets(list.body);
    try {
      return await lists.take(
        () => load(beginning, { ...query, reason }, list, received),
        // Where Temporal is away, each of those before it takes as long to find out.
        (turn) => whileTemporalAnswers(quiesce.client, () => whileWanted(list, turn)),
      );
    } finally {
      await received.remove();
    }
  });
}

async function load(
  beginning: Beginning,
  query: NewCampaignQuery & { readonly reason: string },
  list: SentList,
  { path, digest }: ReceivedTargets,
): Promise<BegunCampaign> {
  refuseUnwanted(list);
  const { connection, ...campaign } = query;
  const { format } = list;
  const names = new ConnectionNames(beginning.config, beginning.caller);
  const targets = await openList(path, { format, connection }, names);
  try {
    checkCount(targets, campaign.maxTargets);
    refuseUnwanted(list);
    const said = { query, digest, format };
    return { handle: await begin(beginning, targets, campaign, said), counts: targets };
  } finally {
    await targets.close();
  }
}

/** Waits no longer than the sender does. @throws ProblemError when it has hung up. */
async function whileWanted(list: SentList, turn: () => Promise<void>): Promise<void> {
  refuseUnwanted(list);
  await Promise.race([turn(), once(list.gone, 'abort')]);
  refuseUnwanted(list);
}

/** It would ask, under an id that nobody was told. @throws ProblemError; nobody hears it but the log. */
function refuseUnwanted({ body, gone }: SentList): void {
  if (!gone.aborted && !body.socket.destroyed) return;
  throw new ProblemError(
    'invalid-request',
    'The sender has hung up before its list was begun. Nothing was started.',
  );
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
