import type { ConnectionKeeper } from '../../activities/connection-keeper.js';
import type { CredentialAnswer, CredentialRequest } from '../../contract/credential-turn.js';
import type { LeaseRequest } from '../../contract/quota-share.js';
import {
  forgetHolder,
  newCredentialLedger,
  refusedNow,
  takeTurn,
} from '../../workflows/credential-ledger.js';
import { giveBack, lease, newLedger } from '../../workflows/quota-ledger.js';

/** The ledgers of one connection themselves, without Temporal between. */
export function ledgerKeeper() {
  const ledger = newLedger();
  const credential = newCredentialLedger();
  const requests: LeaseRequest[] = [];
  const asked: CredentialRequest[] = [];
  const answers = new Map<string, CredentialAnswer>();
  const mustBeUp = () => {
    if (keeper.down) throw new Error('Temporal is away');
  };
  const keeper = {
    down: false,
    /** Hears, and its answer is lost. */
    mute: false,
    lease: async (_connection: string, request: LeaseRequest) => {
      requests.push(request);
      mustBeUp();
      const refused = refusedNow(credential, Date.now());
      return { shares: lease(ledger, request, Date.now()), ...(refused !== undefined && { refused }) };
    },
    credential: async (_connection: string, request: CredentialRequest, requestId: string) => {
      asked.push(request);
      mustBeUp();
      const answer = answers.get(requestId) ?? takeTurn(credential, request, Date.now());
      answers.set(requestId, answer);
      if (keeper.mute) throw new Error('Temporal is mute');
      return answer;
    },
    giveBack: async (_connection: string, holder: string) => {
      mustBeUp();
      giveBack(ledger, holder, Date.now());
      forgetHolder(credential, holder, Date.now());
    },
  } satisfies ConnectionKeeper & Record<string, unknown>;
  return { keeper, ledger, credential, requests, asked };
}
