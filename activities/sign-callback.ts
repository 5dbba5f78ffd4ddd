import { Webhook } from 'standardwebhooks';
import type { CallbackHost } from '../config/callback-settings.js';
import { readSecret, SecretUnreadableError } from '../providers/secret-ref.js';
import { CallbackError } from './callback-error.js';

const PREFIX = 'whsec_';
const BASE64 = /^(?:[A-Za-z0-9+/]{4})+(?:[A-Za-z0-9+/]{2}==|[A-Za-z0-9+/]{3}=)?$/;
/** Of a secret, by the specification. */
const LEAST_BYTES = 24;
const MOST_BYTES = 64;

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
  const secrets = text.split(/\s+/).filter(Boolean);
  if (secrets.length === 0 || !secrets.every(isSecret))
    throw new CallbackError(
      'unsigned',
      `What ${secretSetting} names is not ${PREFIX} and ${LEAST_BYTES} to ${MOST_BYTES} bytes in base64, or several of these with blanks between.`,
    );
  const now = new Date();
  return {
    'webhook-id': webhookId,
    'webhook-timestamp': `${Math.floor(now.getTime() / 1_000)}`,
    'webhook-signature': secrets.map((each) => new Webhook(each).sign(webhookId, now, body)).join(' '),
  };
}

function isSecret(text: string): boolean {
  const key = text.slice(PREFIX.length);
  const bytes = Buffer.from(key, 'base64').length;
  return text.startsWith(PREFIX) && BASE64.test(key) && bytes >= LEAST_BYTES && bytes <= MOST_BYTES;
}
