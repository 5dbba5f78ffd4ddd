import type { ProviderErrorKind } from '../../contract/failures.js';
import type { CancelAnswer } from '../../contract/observation.js';

/**
 * Domain's own error codes, beside the gateway's.
 * @see https://github.com/AlibabaCloudDocs/domain (the tables of QueryTaskList and of common errors)
 */
export const ERROR_KINDS = {
  ParameterIllegal: 'invalid',
  UnsupportedOperation: 'invalid',
  // Status 400, though it is the vendor's own trouble: "Network I/O exception".
  NetworkIOError: 'unavailable',
} as const satisfies Record<string, ProviderErrorKind>;

/**
 * Definite answers to CancelTask that arrive as errors. No code is documented for a task that has ended, is being cancelled,
 * does not exist or is of a kind that cannot be cancelled; what such a task is answered is `unrecognized`, not guessed.
 */
export const CANCEL_ANSWERS = {
  // "The specified action is not supported."
  UnsupportedOperation: 'refused',
} as const satisfies Record<string, CancelAnswer['kind']>;
