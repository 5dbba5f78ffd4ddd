import type { CancelAnswer } from '../../contract/observation.js';
import { ProviderError } from '../provider.js';
import type { AlibabaClient } from '../vendors/alibaba/client.js';
import type { Refusal } from './errors.js';

/** One call that asks for an end, or for what asking would be answered. */
export interface Question {
  readonly action: 'CancelDataFlowTask' | 'CancelDataFlowSubTask';
  readonly parameters: Readonly<Record<string, string>>;
  /** Which errors are answers. */
  readonly answerOf: (error: ProviderError) => Refusal | undefined;
}

/**
 * Asks with exactly one call.
 * @throws ProviderError of an error that is no answer.
 */
export async function ask(
  client: AlibabaClient,
  { action, parameters, answerOf }: Question,
  signal: AbortSignal,
): Promise<CancelAnswer> {
  try {
    const { requestId } = await client.call(action, parameters, signal);
    return { kind: 'accepted', ...(requestId !== undefined && { requestId }) };
  } catch (thrown) {
    const kind = thrown instanceof ProviderError ? answerOf(thrown) : undefined;
    if (!(thrown instanceof ProviderError) || kind === undefined) throw thrown;
    const { code, message, context } = thrown;
    return { kind, code, message, ...(context.requestId !== undefined && { requestId: context.requestId }) };
  }
}
