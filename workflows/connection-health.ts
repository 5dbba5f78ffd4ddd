import type { ConnectionHealth } from '../contract/quota-share.js';
import type { CredentialLedger } from './credential-ledger.js';
import type { QuotaLedger } from './quota-ledger.js';
import { paceOf } from './quota-limits.js';

/** What is known of a connection, as of when the Workers asked last: a Query has no other clock. */
export function connectionHealth(
  ledger: QuotaLedger,
  { refused, nowMs }: CredentialLedger,
): ConnectionHealth {
  const paces = Object.entries(ledger.operations).map(
    ([name, operation]) => [name, paceOf(operation, ledger.nowMs)] as const,
  );
  return {
    asOfMs: Math.max(ledger.nowMs, nowMs),
    ...(refused !== undefined && { refusal: refused.refusal }),
    slowedTo: Object.fromEntries(paces.filter(([, pace]) => pace < 1)),
  };
}
