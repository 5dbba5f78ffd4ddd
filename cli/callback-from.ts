import { allowHost } from '../contract/allowed-host.js';
import { usageError } from './cli-error.js';
import type { CliContext } from './context.js';
import { globalOptions } from './options.js';
import { readConfigIfAny } from './read-config.js';

interface Callback {
  readonly callbackUrl?: string;
}

/**
 * What was typed as `--callback-url`, for the client. A host that the config does not allow is refused: the Workers would try for three
 * days, and tell nobody. Without a config, only they can say.
 * @throws CliError that does not repeat the address.
 */
export async function callbackFrom(
  context: CliContext,
  command: { optsWithGlobals(): unknown },
  { callbackUrl }: Callback,
): Promise<Callback> {
  if (callbackUrl === undefined) return {};
  const config = await readConfigIfAny(context, globalOptions(command).config);
  if (config === undefined) return { callbackUrl };
  const allowed = allowHost(config.callbacks?.hosts ?? [], new URL(callbackUrl));
  if ('host' in allowed) return { callbackUrl };
  throw usageError(
    `${allowed.refusal} Allow it in ${config.path}, as docs/callbacks.md says. Nothing was started.`,
  );
}
