import { createHash } from 'node:crypto';
import type { Client } from '@temporalio/client';
import { claimKey, type KeyedRequest } from './idempotency.js';

/** Sixty-four bits: no two records have the same. */
const ID_CHARACTERS = 16;

/**
 * The id of the campaign that a request begins: where its caller has named it, the same for every repeat, so that it begins one
 * campaign, whichever of them gets how far; else left to the client.
 * @throws ProblemError `idempotency-key-reused`.
 */
export async function campaignIdOf(
  client: Client,
  { key, ...request }: Omit<KeyedRequest, 'key'> & { readonly key: string | undefined },
): Promise<{ readonly id?: string }> {
  if (key === undefined) return {};
  const { requestId } = await claimKey(client, { ...request, key });
  const digest = createHash('sha256').update(requestId).digest('hex');
  return { id: `key-${digest.slice(0, ID_CHARACTERS)}` };
}
