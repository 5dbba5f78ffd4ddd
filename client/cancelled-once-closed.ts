import type { ConnectionOptions } from '@temporalio/client';

type Interceptor = NonNullable<ConnectionOptions['interceptors']>[number];
type Call = ReturnType<Parameters<Interceptor>[1]>;

const CANCELLED = 1;

/**
 * Goes behind the SDK's retries: one that is due waits on a timer that nothing clears, and when the connection has been closed
 * meanwhile, finds the channel shut down; what that throws would end the process. Such a try ends as a cancelled call.
 */
export const cancelledOnceClosed: Interceptor = (options, nextCall) => {
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
