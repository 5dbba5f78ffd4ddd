import type { CallbackHost } from '../../config/callback-settings.js';
import type { Connection } from '../../config/load-config.js';
import { CALLBACK_SECRETS_FORM, callbackSecrets } from '../../contract/callback.js';
import type { ProviderErrorKind } from '../../contract/failures.js';
import { readSecret } from '../../providers/secret-ref.js';
import { checkConnection, describeConnection } from '../describe-connection.js';
import { find, FoundProblem, type Finding } from './finding.js';

const ADVICE = {
  unauthenticated:
    'Mend the credential where the config refers to it, for this process and for the Workers; a clock that is wrong has the same effect.',
  denied: "Grant the permissions that the provider's page lists (providers/<provider>/README.md).",
  throttled: 'Try again in a minute: others call with the same account.',
  unavailable:
    "Check the connection's region and endpoint, HTTPS_PROXY and NO_PROXY, and the network from here.",
  invalid: "Check the connection's region, endpoint and other settings.",
  unrecognized: "Look the code up in the vendor's documents; no table of Quiesce has it.",
} as const satisfies Record<ProviderErrorKind, string>;

/** Calls one connection once, read-only, as a Worker would. */
export function checkCredential(connection: Connection): Promise<Finding> {
  return find(`connection ${connection.name}`, async () => {
    const { provider, where } = describeConnection(connection);
    const check = await checkConnection(connection);
    if (check.ok) return `${provider} ${where} accepts the credential, in ${check.tookMs} ms.`;
    throw new FoundProblem(`${provider} ${where}: ${check.problem}`, ADVICE[check.kind ?? 'unavailable']);
  });
}

/** Whether what callbacks to a host are signed with can be. */
export function checkCallbackHost({ hostname, secret, secretSetting }: CallbackHost): Promise<Finding> {
  return find(`callbacks to ${hostname}`, async () => {
    const secrets = callbackSecrets(await readSecret(secret, secretSetting));
    if (secrets !== undefined) return 'There is a secret to sign with.';
    throw new FoundProblem(
      `What ${secretSetting} names cannot be signed with.`,
      `Put a secret there: ${CALLBACK_SECRETS_FORM}.`,
    );
  });
}
