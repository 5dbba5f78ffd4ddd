import { allowHost } from '../contract/allowed-host.js';
import { usageError } from './cli-error.js';
import type { CliContext } from './context.js';
import { readConfigIfAny } from './read-config.js';

/**
 * Refuses a host that the config does not allow: the Workers would try for three days, and tell nobody. Without a config, only they
 * can say.
 * @throws CliError that does not repeat the address.
 */
export async function checkCallbackOption(
  context: CliContext,
  callbackUrl: string | undefined,
  configPath: string | undefined,
): Promise<void> {
  if (callbackUrl === undefined) return;
  const config = await readConfigIfAny(context, configPath);
  if (config === undefined) return;
  const allowed = allowHost(config.callbacks?.hosts ?? [], new URL(callbackUrl));
  if ('refusal' in allowed)
    throw usageError(
      `${allowed.refusal} Allow it in ${config.path}, as docs/callbacks.md says. Nothing was started.`,
    );
}
