import {
  allHandlersFinished,
  ApplicationFailure,
  condition,
  continueAsNew,
  defineSignal,
  defineUpdate,
  setCurrentDetails,
  setHandler,
  workflowInfo,
} from '@temporalio/workflow';
import type { FailureType } from '../contract/failures.js';
import { GIVE_BACK_SIGNAL, LEASE_UPDATE } from '../contract/names.js';
import type { LeaseAnswer, LeaseRequest } from '../contract/quota-share.js';
import { describeLedger } from './describe-ledger.js';
import { giveBack, lease, newLedger, recoveredAtMs, type QuotaLedger } from './quota-ledger.js';

export const leaseUpdate = defineUpdate<LeaseAnswer, [LeaseRequest]>(LEASE_UPDATE);
export const giveBackSignal = defineSignal<[{ readonly holder: string }]>(GIVE_BACK_SIGNAL);

export interface ShareQuotaInput {
  readonly connection: string;
  /** Set by Continue-As-New alone. */
  readonly ledger?: QuotaLedger;
}

/** By then every share has long ended. */
const ENDS_WHEN_IDLE_MS = 2 * 60_000;

/**
 * Divides a connection's quotas among the Workers that have calls to make: what no single process can know. It is started by
 * the first that asks, and ends when nobody has asked for two minutes, or for two windows where those are longer, and when
 * nothing is left of what the vendor said when it throttled: a new one begins with a full pool and at full pace, and by then
 * this one would have both, too.
 */
export async function shareQuota({ connection, ledger = newLedger() }: ShareQuotaInput): Promise<void> {
  let askedAtMs = Date.now();
  const show = () => setCurrentDetails(describeLedger(connection, ledger));

  setHandler(
    leaseUpdate,
    (request) => {
      askedAtMs = Date.now();
      const answer = lease(ledger, request, askedAtMs);
      show();
      return answer;
    },
    { validator: checkRequest, description: 'A Worker asks for its share of the quotas.' },
  );
  setHandler(
    giveBackSignal,
    ({ holder }) => {
      giveBack(ledger, holder, Date.now());
      show();
    },
    { description: 'A Worker that stops gives its shares back.' },
  );

  const crowded = () => workflowInfo().continueAsNewSuggested;
  // One timer for many requests: each that moved the end would add two events to the history.
  const endsAtMs = () =>
    Math.max(
      askedAtMs + Math.max(ENDS_WHEN_IDLE_MS, 2 * longestWindowMs(ledger)),
      ...Object.values(ledger.operations).map(recoveredAtMs),
    );
  for (let restMs = ENDS_WHEN_IDLE_MS; restMs > 0; restMs = endsAtMs() - Date.now()) {
    if (await condition(crowded, restMs, { summary: 'ends when nobody asks' })) break;
  }
  await condition(allHandlersFinished);
  if (crowded()) await continueAsNew<typeof shareQuota>({ connection, ledger });
}

function longestWindowMs({ operations }: QuotaLedger): number {
  return Math.max(0, ...Object.values(operations).map(({ quota }) => quota.perMs));
}

function checkRequest({ holder, operations }: LeaseRequest): void {
  const needs = Object.values(operations ?? {});
  const fits = needs.every(({ quota, demand }) => quota?.calls > 0 && quota.perMs > 0 && demand >= 0);
  if (typeof holder === 'string' && holder !== '' && needs.length > 0 && fits) return;
  const message =
    'A lease is asked for with a holder and, by operation, { quota: { calls, perMs }, demand }.';
  throw ApplicationFailure.nonRetryable(message, 'InvalidInput' satisfies FailureType);
}
