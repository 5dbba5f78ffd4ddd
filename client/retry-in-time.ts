import {
  defaultGrpcRetryOptions,
  makeGrpcRetryInterceptor,
  type ConnectionOptions,
} from '@temporalio/client';

/**
 * The SDK's own retries, ended by the call's deadline: as the SDK has it, a call that waits for its next try outlives its deadline
 * by up to six seconds, and fails where nobody can catch it when the connection is closed meanwhile.
 */
export const retryInTime: NonNullable<ConnectionOptions['interceptors']>[number] = (options, nextCall) => {
  const usual = defaultGrpcRetryOptions();
  // A try at the deadline is answered at once, and is the last.
  const leftMs = () => Math.max(0, Number(options.deadline ?? Infinity) - Date.now());
  const retryOptions = {
    ...usual,
    delayFunction: (...failed: Parameters<typeof usual.delayFunction>) =>
      Math.min(usual.delayFunction(...failed), leftMs()),
  };
  return makeGrpcRetryInterceptor(retryOptions)(options, nextCall);
};
