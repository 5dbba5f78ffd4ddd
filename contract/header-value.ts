import { defaultPayloadConverter, type Payload } from '@temporalio/common';

/** What a Temporal header says. Anybody may have made it: undefined where it cannot be read. */
export function headerValue(payload: Payload | undefined): unknown {
  try {
    return payload === undefined ? undefined : defaultPayloadConverter.fromPayload(payload);
  } catch {
    return undefined;
  }
}
