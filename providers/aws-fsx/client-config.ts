import type { FSxClientConfig } from '@aws-sdk/client-fsx';
import { readSecret } from '../secret-ref.js';
import type { FsxSettings } from './index.js';

const CONNECT_TIMEOUT_MS = 5_000;
const REQUEST_TIMEOUT_MS = 10_000;
/** The SDK renews what ends within five minutes. */
const REREAD_SECRETS_MS = 15 * 60_000;

/** A connection's settings as the SDK takes them. */
export function clientConfig({ region, endpoint, credentials }: FsxSettings): FSxClientConfig {
  return {
    region,
    // One attempt: Temporal retries, and a repeated cancel must be preceded by a look.
    maxAttempts: 1,
    requestHandler: {
      connectionTimeout: CONNECT_TIMEOUT_MS,
      requestTimeout: REQUEST_TIMEOUT_MS,
      // Without it the SDK only logs a warning when requestTimeout passes, and waits for ever.
      throwOnRequestTimeout: true,
      // A body that stops in the middle: requestTimeout ends with the headers.
      socketTimeout: REQUEST_TIMEOUT_MS,
    },
    ...(endpoint !== undefined && { endpoint }),
    ...credentialsConfig(credentials),
  };
}

function credentialsConfig(credentials: FsxSettings['credentials']): Partial<FSxClientConfig> {
  if (credentials === undefined) return {}; // The SDK's default chain, with its own renewal.
  if ('profile' in credentials) return { profile: credentials.profile };
  const { accessKeyId, secretAccessKey, sessionToken } = credentials;
  return {
    credentials: async () => ({
      accessKeyId: await readSecret(accessKeyId, 'credentials.accessKeyId'),
      secretAccessKey: await readSecret(secretAccessKey, 'credentials.secretAccessKey'),
      ...(sessionToken !== undefined && {
        sessionToken: await readSecret(sessionToken, 'credentials.sessionToken'),
      }),
      // The SDK asks again when this comes near, and so picks up a rotated file.
      expiration: new Date(Date.now() + REREAD_SECRETS_MS),
    }),
  };
}
