import type { z } from 'zod';
import type { Effect, VendorError, WireAnswer } from '../../simulator/simulated-provider.js';
import type { FsxSwitches } from './simulate-switches.js';

const CONTENT_TYPE = 'application/x-amz-json-1.1';

/** What an operation answers, before it is on the wire. */
export interface FsxOutput {
  readonly output: Readonly<Record<string, unknown>>;
  readonly effect?: Effect;
}

/** An error that an operation answers with. */
export class FsxRefusal extends Error implements VendorError {
  override readonly name = 'FsxRefusal';

  constructor(
    readonly code: string,
    message: string,
    /** The members some errors have beside their message, for example `Parameter`. */
    readonly fields: Readonly<Record<string, string>> = {},
    readonly status = 400,
  ) {
    super(message);
  }
}

export function answerWith(requestId: string, output: FsxOutput['output'], effect?: Effect): WireAnswer {
  return {
    status: 200,
    headers: { 'content-type': CONTENT_TYPE, 'x-amzn-requestid': requestId },
    body: JSON.stringify(output),
    ...(effect !== undefined && { effect }),
  };
}

/**
 * An error in AWS JSON 1.1. FSx's own errors have their text in `Message`.
 * @see https://smithy.io/2.0/aws/protocols/aws-json-1_1-protocol.html#operation-error-serialization
 */
export function refuseWith(
  requestId: string,
  error: VendorError,
  fields: FsxRefusal['fields'] = {},
): WireAnswer {
  const { status, code, message, retryAfterMs } = error;
  return {
    status,
    headers: {
      'content-type': CONTENT_TYPE,
      'x-amzn-requestid': requestId,
      ...(retryAfterMs !== undefined && { 'retry-after': String(Math.ceil(retryAfterMs / 1_000)) }),
      ...(retryAfterMs !== undefined && { 'x-amz-retry-after': String(Math.ceil(retryAfterMs)) }),
    },
    body: JSON.stringify({ __type: code, Message: message, ...fields }),
    errorCode: code,
  };
}

/** The input of an operation as its model describes it; members the model does not have are ignored, as AWS does. */
export function readInput<Schema extends z.ZodType>(
  schema: Schema,
  input: unknown,
  switches: FsxSwitches,
): z.output<Schema> {
  const result = schema.safeParse(input);
  if (result.success) return result.data;
  const { issues } = result.error;
  const sentences = issues.map((issue) => `Value at '${issue.path.join('.')}' failed: ${issue.message}`);
  const count = `${issues.length} validation error${issues.length === 1 ? '' : 's'} detected`;
  throw new FsxRefusal(switches.invalidInput, `${count}: ${sentences.join('; ')}`);
}
