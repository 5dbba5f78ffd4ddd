import {
  defaultGrpcRetryOptions,
  makeGrpcRetryInterceptor,
  type ConnectionOptions,
} from '@temporalio/client';

type Interceptors = NonNullable<ConnectionOptions['interceptors']>;
type Interceptor = Interceptors[number];
type Call = ReturnType<Parameters<Interceptor>[1]>;

const CANCELLED = 1;

/**
 * The SDK's own retries, for a connection that may be closed while one is due: it waits for its turn on a timer that nothing clears,
 * finds the channel shut down, and what the channel throws then ends the process. Such a try ends as a cancelled call.
 */
export function retriesUntilClosed(): Interceptors {
  return [makeGrpcRetryInterceptor(defaultGrpcRetryOptions()), cancelledOnceClosed];
}

const cancelledOnceClosed: Interceptor = (options, nextCall) => {
  try {
    return nextCall(options) as ReturnType<Interceptor>;
  } catch (thrown) {
    return cancelledCall(String(thrown)) as ReturnType<Interceptor>;
  }
};

function cancelledCall(details: string): Call {
  return {
    start(metadata, listener) {
      // The SDK's retries, like all calls of one answer, expect it before the status.
      listener?.onReceiveMessage?.(null);
      listener?.onReceiveStatus?.({ code: CANCELLED, details, metadata: metadata.clone() });
    },
    sendMessage() {},
    sendMessageWithContext() {},
    startRead() {},
    halfClose() {},
    cancelWithStatus() {},
    getPeer: () => '',
    getAuthContext: () => null,
  };
}
