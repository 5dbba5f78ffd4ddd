import type { LeaseAnswer, LeaseRequest } from '../contract/quota-share.js';

/** Where the shares of a connection's quotas come from: all processes must ask the same. */
export interface QuotaLender {
  /** @throws whatever keeps it from answering; the caller asks again. */
  lease(connection: string, request: LeaseRequest): Promise<LeaseAnswer>;
  giveBack(connection: string, holder: string): Promise<void>;
}
