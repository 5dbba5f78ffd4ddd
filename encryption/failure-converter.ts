import { DefaultFailureConverter } from '@temporalio/common';

/** Messages and stack traces of failures become payloads, which the codec encrypts. The SDK finds this by its path, in the sandbox of Workflows, too. */
export const failureConverter = new DefaultFailureConverter({ encodeCommonAttributes: true });
