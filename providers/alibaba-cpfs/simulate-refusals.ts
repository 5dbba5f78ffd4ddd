import { AlibabaRefusal } from '../vendors/alibaba/simulate-answer.js';

/**
 * Status and text of the errors of CancelDataFlowTask. Those of `InvalidStatus` and of `InvalidParameter` are not documented.
 * @see https://www.alibabacloud.com/help/en/cpfs/cpfsonecs/developer-reference/api-nas-2017-06-26-canceldataflowtask-cpfs
 */
const ERRORS = {
  IllegalCharacters: [400, 'The parameter contains illegal characters.'],
  InvalidParameter: [400, 'The specified parameter is not valid.'],
  IdempotentParameterMismatch: [
    400,
    'The request uses the same client token as a previous, but non-identical request.',
  ],
  'InvalidStatus.ResourceMismatch': [400, 'The status of the resource does not match the operation.'],
  'InvalidStatus.Unlisted': [400, 'The status of the resource does not match the operation.'],
  'OperationDenied.ConflictOperation': [
    403,
    'The operation is denied due to a conflict with an ongoing operation.',
  ],
  'OperationDenied.DependencyViolation': [403, 'The operation is denied due to dependancy violation.'],
  'OperationDenied.DataFlowNotSupported': [403, 'The operation is not supported.'],
  'InvalidFileSystem.NotFound': [404, 'The specified file system does not exist.'],
  'InvalidDataFlow.NotFound': [404, 'The specified data flow does not exist.'],
  'InvalidTaskId.NotFound': [404, 'The specified task ID does not exist.'],
  'InvalidSubTaskId.NotFound': [404, 'The specified subtask ID does not exist.'],
} as const satisfies Record<string, readonly [status: number, message: string]>;

export type CpfsErrorCode = keyof typeof ERRORS;

/** One of CPFS's errors; with a status of its own where the document's is open. */
export function refusal(code: CpfsErrorCode, status: number = ERRORS[code][0]): AlibabaRefusal {
  return new AlibabaRefusal(status, code, ERRORS[code][1]);
}
