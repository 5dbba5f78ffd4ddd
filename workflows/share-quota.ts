import {
  allHandlersFinished,
  condition,
  continueAsNew,
  defineQuery,
  defineSignal,
  defineUpdate,
  setCurrentDetails,
  setHandler,
  setWorkflowOptions,
  workflowInfo,
} from '@temporalio/workflow';
import type { CredentialAnswer, CredentialRequest } from '../contract/credential-turn.js';
import { CREDENTIAL_UPDATE, GIVE_BACK_SIGNAL, HEALTH_QUERY, LEASE_UPDATE } from '../contract/names.js';
import type { ConnectionHealth, LeaseAnswer, LeaseRequest } from '../contract/quota-share.js';
import {
  forgetHolder,
  lastTryAtMs,
  newCredentialLedger,
  refusedNow,
  takeTurn,
  type CredentialLedger,
} from './credential-ledger.js';
import { connectionHealth } from './connection-health.js';
import { checkCredentialRequest, checkLeaseRequest } from './check-share-requests.js';
import { alwaysUpgraded } from './always-upgraded.js';
import { describeCredential } from './describe-credential.js';
import { describeLedger } from './describe-ledger.js';
import { giveBack, lease, newLedger, type QuotaLedger } from './quota-ledger.js';
import { recoveredAtMs } from './quota-limits.js';

export const leaseUpdate = defineUpdate<LeaseAnswer, [LeaseRequest]>(LEASE_UPDATE);
export const credentialUpdate = defineUpdate<CredentialAnswer, [CredentialRequest]>(CREDENTIAL_UPDATE);
export const giveBackSignal = defineSignal<[{ readonly holder: string }]>(GIVE_BACK_SIGNAL);

export const healthQuery = defineQuery<ConnectionHealth>(HEALTH_QUERY);

export interface ShareQuotaInput {
  readonly connection: string;
  /** Set by Continue-As-New alone. */
  readonly ledger?: QuotaLedger;
  /** Set by Continue-As-New alone. */
  readonly credential?: CredentialLedger;
}

/** By then every share has long ended. */
const ENDS_WHEN_IDLE_MS = 2 * 60_000;

/**
 * What no single process can know of a connection: how its quotas are divided among the Workers that have calls to make, and
 * whether the vendor accepts its credential. It is started by the first that asks, and ends when nobody has asked for two
 * minutes, or for two windows where those are longer, and when nothing is left of what the vendor said: that it wants no call
 * yet, or fewer, or another credential. A new one begins with a full pool, at full pace, and lets one call try the credential.
 */
export async function shareQuota({
  connection,
  ledger = newLedger(),
  credential = newCredentialLedger(),
}: ShareQuotaInput): Promise<void> {
  let askedAtMs = Date.now();
  const show = () => setCurrentDetails(describe(connection, ledger, credential));

  setHandler(
    leaseUpdate,
    (request) => {
      askedAtMs = Date.now();
      const shares = lease(ledger, request, askedAtMs);
      const refused = refusedNow(credential, askedAtMs);
      show();
      return { shares, ...(refused !== undefined && { refused }) };
    },
    { validator: checkLeaseRequest, description: 'A Worker asks for its share of the quotas.' },
  );
  setHandler(
    credentialUpdate,
    (request) => {
      askedAtMs = Date.now();
      const answer = takeTurn(credential, request, askedAtMs);
      show();
      return answer;
    },
    {
      validator: checkCredentialRequest,
      description:
        'A Worker asks whether it may make a call, or tells what the vendor says of the credential.',
    },
  );
  setHandler(
    giveBackSignal,
    ({ holder }) => {
      giveBack(ledger, holder, Date.now());
      forgetHolder(credential, holder, Date.now());
      show();
    },
    { description: 'A Worker that stops gives its shares back.' },
  );

  setHandler(healthQuery, () => connectionHealth(ledger, credential), {
    description: 'What the vendor has said of the connection lately.',
  });

  const crowded = () => workflowInfo().continueAsNewSuggested;
  // One timer for many requests: each that moved the end would add two events to the history.
  const restNowMs = () => neededUntilMs(ledger, credential, askedAtMs) - Date.now();
  for (let restMs = ENDS_WHEN_IDLE_MS; restMs > 0; restMs = restNowMs()) {
    if (await condition(crowded, restMs, { summary: 'ends when nobody asks' })) break;
  }
  await condition(allHandlersFinished);
  if (crowded()) await continueAsNew<typeof shareQuota>({ connection, ledger, credential });
}

/** Workers of all builds ask the same one, and it runs for as long as any of them: it never stays with an old build. */
setWorkflowOptions(alwaysUpgraded, shareQuota);

/** Its current details in the Temporal UI. */
function describe(connection: string, ledger: QuotaLedger, credential: CredentialLedger): string {
  const hasQuotas = Object.keys(ledger.operations).length > 0;
  const parts = [describeCredential(connection, credential), hasQuotas && describeLedger(connection, ledger)];
  return parts.filter((part) => part !== false).join('\n\n');
}

/** Until when this one knows what a new one would not. */
function neededUntilMs(ledger: QuotaLedger, credential: CredentialLedger, askedAtMs: number): number {
  const operations = Object.values(ledger.operations);
  const longestWindowMs = Math.max(0, ...operations.map(({ quota }) => quota.perMs));
  return Math.max(
    askedAtMs + Math.max(ENDS_WHEN_IDLE_MS, 2 * longestWindowMs),
    ...operations.map(recoveredAtMs),
    lastTryAtMs(credential) + ENDS_WHEN_IDLE_MS,
  );
}
