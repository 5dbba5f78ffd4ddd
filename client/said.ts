import type { Client } from '@temporalio/client';
import { decodeArrayFromPayloads } from '@temporalio/common/lib/internal-non-workflow/index.js';
import type proto from '@temporalio/proto';

type Payloads = proto.temporal.api.common.v1.IPayloads;

/** What a message says, as far as it is what its sender's type says: anybody who may call Temporal may have sent anything. */
export type Said<T> = Partial<T> & { readonly unreadable?: string };

/** A message's first argument, where it is an object; else why it is none. */
export async function said<T>(client: Client, payloads: Payloads | null | undefined): Promise<Said<T>> {
  try {
    const [first] = await decodeArrayFromPayloads(client.options.loadedDataConverter, payloads?.payloads);
    if (typeof first === 'object' && first !== null) return first;
    return { unreadable: 'It is no object.' } as Said<T>;
  } catch (thrown) {
    return { unreadable: whyNot(thrown) } as Said<T>;
  }
}

export function whyNot(thrown: unknown): string {
  return thrown instanceof Error ? thrown.message : String(thrown);
}
