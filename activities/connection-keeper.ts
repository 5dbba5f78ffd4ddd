import type { CredentialAnswer, CredentialRequest } from '../contract/credential-turn.js';
import type { LeaseAnswer, LeaseRequest } from '../contract/quota-share.js';

/** Where what all processes of a connection have to agree on is kept: its quotas' shares and its credential. All ask the same. */
export interface ConnectionKeeper {
  /** @throws whatever keeps it from answering; the caller asks again. */
  lease(connection: string, request: LeaseRequest): Promise<LeaseAnswer>;
  /**
   * @param requestId names the request: one that is sent again under the same is heard once, and answered the same.
   * @throws whatever keeps it from answering.
   */
  credential(connection: string, request: CredentialRequest, requestId: string): Promise<CredentialAnswer>;
  /** Forgets a holder that makes no more calls. */
  giveBack(connection: string, holder: string): Promise<void>;
}
