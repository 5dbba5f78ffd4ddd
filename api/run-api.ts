import { Quiesce } from '../client/index.js';
import { removeAbandonedSpools } from '../client/spool.js';
import type { Config } from '../config/load-config.js';
import { createServer } from './create-server.js';
import { serve, type ServeOptions } from './serve.js';

export interface RunApiOptions extends Omit<ServeOptions, 'settings'> {
  readonly config: Config;
}

/**
 * Runs the HTTP service until it is told to stop.
 * @throws ConfigError; TemporalUnreachableError; TemporalConfigError; EncryptionError.
 */
export async function runApi({ config, ...options }: RunApiOptions): Promise<void> {
  await removeAbandonedSpools();
  let quiesce: Quiesce | undefined;
  try {
    await serve({ ...options, settings: config.api }, async ({ settings: _, ...serving }) => {
      quiesce = await Quiesce.connect();
      return createServer({ ...serving, quiesce, config });
    });
  } finally {
    await quiesce?.close();
  }
}
