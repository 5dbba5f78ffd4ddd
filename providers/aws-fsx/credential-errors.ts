import { ProviderError } from '../provider.js';
import { SecretUnreadableError } from '../secret-ref.js';
import { isPassingName, LONGEST_CODE, TRANSPORT_CODES } from './errors.js';

const NAME = new RegExp(`^[\\w.-]{1,${LONGEST_CODE}}$`);
/** The identity provider did not answer STS: https://docs.aws.amazon.com/STS/latest/APIReference/API_AssumeRoleWithWebIdentity.html */
const IDENTITY_PROVIDER_AWAY = /^IDPCommunicationError/;

/**
 * What the SDK threw where it was to give a credential: of its files, of STS, of the machine's metadata. FSx was not called.
 *
 * Trouble that passes is `unavailable`. All else is `unauthenticated`, also what STS calls AccessDenied, or what nobody knows:
 * without a credential no call of the connection can be made, which says nothing of any task, and a person mends it.
 * Its message is of the name alone. That of the SDK may repeat a command with its arguments, a file's text or a token.
 */
export function toCredentialError(thrown: unknown): ProviderError {
  if (thrown instanceof ProviderError) return thrown;
  // Our own, and without the secret.
  if (thrown instanceof SecretUnreadableError)
    return new ProviderError('unauthenticated', thrown.name, thrown.message);
  const name = nameOf(thrown);
  const kind = isPassing(thrown, name) ? 'unavailable' : 'unauthenticated';
  const message = `No credential could be had from AWS or from where the machine keeps one: ${name}. FSx was not called.`;
  return new ProviderError(kind, name, message);
}

function isPassing(thrown: unknown, name: string): boolean {
  if (isPassingName(name) || IDENTITY_PROVIDER_AWAY.test(name)) return true;
  const status = statusOf(thrown);
  return TRANSPORT_CODES.has(codeOf(thrown) ?? '') || status === 429 || status >= 500;
}

/** A file's or a connection's error has a code; a service's has a name of its own. */
function nameOf(thrown: unknown): string {
  const name = thrown instanceof Error ? thrown.name : 'Error';
  const told = name === 'Error' ? (codeOf(thrown) ?? name) : name;
  return NAME.test(told) ? told : 'Error';
}

function codeOf(thrown: unknown): string | undefined {
  const code = thrown instanceof Error && 'code' in thrown ? thrown.code : undefined;
  return typeof code === 'string' ? code : undefined;
}

/** What STS answered with, in the SDK's `$metadata`: a proxy's page has no name that is known. */
function statusOf(thrown: unknown): number {
  const metadata = thrown instanceof Error && '$metadata' in thrown ? thrown.$metadata : undefined;
  const hasStatus = typeof metadata === 'object' && metadata !== null && 'httpStatusCode' in metadata;
  const status = hasStatus ? metadata.httpStatusCode : undefined;
  return typeof status === 'number' ? status : 0;
}
