import type { FSxClientConfig } from '@aws-sdk/client-fsx';
import { fromIni } from '@aws-sdk/credential-provider-ini';
import { readSecret, SecretUnreadableError } from '../secret-ref.js';
import type { FsxSettings } from './index.js';

/** The SDK renews what ends within five minutes. */
const REREAD_SECRETS_MS = 15 * 60_000;

/** A connection's settings as the SDK takes them: where FSx is, and who calls. */
export function clientConfig({ region, endpoint, credentials }: FsxSettings): FSxClientConfig {
  return {
    region,
    ...(endpoint !== undefined && { endpoint }),
    ...(credentials !== undefined && { credentials: credentialSource(credentials, region) }),
  };
}

/** Left out, it is the SDK's default chain, with its own renewal. */
function credentialSource(
  credentials: NonNullable<FsxSettings['credentials']>,
  region: string,
): NonNullable<FSxClientConfig['credentials']> {
  if ('profile' in credentials) {
    // The client's own `profile` only orders its chain: were the profile misspelt, the machine's role would be used.
    const read = fromIni({ profile: credentials.profile, clientConfig: { region }, ignoreCache: true });
    return async () => ({ expiration: rereadAt(), ...(await read().catch(asUnreadable)) });
  }
  const { accessKeyId, secretAccessKey, sessionToken } = credentials;
  return async () => ({
    accessKeyId: await readSecret(accessKeyId, 'credentials.accessKeyId'),
    secretAccessKey: await readSecret(secretAccessKey, 'credentials.secretAccessKey'),
    ...(sessionToken !== undefined && {
      sessionToken: await readSecret(sessionToken, 'credentials.sessionToken'),
    }),
    expiration: rereadAt(),
  });
}

/** Its own message repeats the profile's name, and whoever mistook it for the place of a key finds the key in a log. */
function asUnreadable(thrown: unknown): never {
  const name = thrown instanceof Error ? thrown.name : 'Error';
  if (name !== 'CredentialsProviderError') throw thrown;
  throw new SecretUnreadableError(
    'The profile that credentials.profile names is not in the AWS config and credentials files, or gives no credential.',
  );
}

/** The SDK asks again when this comes near, and so picks up a rotated file. */
function rereadAt(): Date {
  return new Date(Date.now() + REREAD_SECRETS_MS);
}
