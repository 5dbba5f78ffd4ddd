import { FSxClient, type FSxClientConfig } from '@aws-sdk/client-fsx';
import type { RunningSimulator } from '../../simulator/start-simulator.js';

process.env['AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED'] = 'true';

/** The stock client; nothing is set that a user of the real FSx would not set, but endpoint and patience. */
export function fsxClient(simulator: RunningSimulator, config: FSxClientConfig = {}): FSxClient {
  return new FSxClient({
    endpoint: simulator.endpoint,
    region: 'eu-west-1',
    credentials: { ...simulator.credentials.aws },
    maxAttempts: 1,
    ...config,
  });
}
