import { Webhook } from 'standardwebhooks';
import type { CallbackHost } from '../config/callback-settings.js';
import { CALLBACK_SECRETS_FORM, callbackSecrets } from '../contract/callback.js';
import { readSecret, SecretUnreadableError } from '../providers/secret-ref.js';
import { CallbackError } from './callback-error.js';

/**
 * The specification's headers, with the time of this try. The secrets are read anew each time, so that they can be changed without a
 * restart; while there are several, there is a signature by each.
 * @throws CallbackError `unsigned`, which names the setting and not what it leads to.
 */
export async function signCallback(
  { secret, secretSetting }: Pick<CallbackHost, 'secret' | 'secretSetting'>,
  webhookId: string,
  body: string,
): Promise<Readonly<Record<string, string>>> {
  const text = await readSecret(secret, secretSetting).catch((thrown: unknown) => {
    throw thrown instanceof SecretUnreadableError ? new CallbackError('unsigned', thrown.message) : thrown;
  });
  const secrets = callbackSecrets(text);
  if (secrets === undefined)
    throw new CallbackError('unsigned', `What ${secretSetting} names is not ${CALLBACK_SECRETS_FORM}.`);
  const now = new Date();
  return {
    'webhook-id': webhookId,
    'webhook-timestamp': `${Math.floor(now.getTime() / 1_000)}`,
    'webhook-signature': secrets.map((each) => new Webhook(each).sign(webhookId, now, body)).join(' '),
  };
}
