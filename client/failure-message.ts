import type { Client } from '@temporalio/client';
import { decodeOptionalFailureToOptionalError } from '@temporalio/common/lib/internal-non-workflow/index.js';

type Failure = Parameters<typeof decodeOptionalFailureToOptionalError>[1];

/** What the server keeps of a failure, as a sentence: where payloads are encrypted, so is its message. */
export async function failureMessage(client: Client, failure: Failure): Promise<string> {
  const error = await decodeOptionalFailureToOptionalError(client.options.loadedDataConverter, failure);
  return error?.message ?? '';
}
