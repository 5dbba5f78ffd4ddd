import { createEncryptionCodec } from '../encryption/encryption-codec.js';
import { EncryptionError } from '../encryption/encryption-error.js';
import { loadEncryptionKeys } from '../encryption/encryption-keys.js';
import { loadTemporalConfig } from '../setup/load-temporal-config.js';
import { createCodecServer } from './create-codec-server.js';
import { serve, type ServeOptions } from './serve.js';

export interface RunCodecOptions extends ServeOptions {
  /** Of the Temporal UI; without it, no web page is let in. */
  readonly uiOrigin?: string;
}

/**
 * Runs the codec server until it is told to stop. It calls nobody.
 * @throws ConfigError; EncryptionError; TemporalConfigError.
 */
export async function runCodec({ uiOrigin, ...options }: RunCodecOptions): Promise<void> {
  const keys = await loadEncryptionKeys();
  if (keys.size === 0)
    throw new EncryptionError(
      'There are no keys to decrypt with: set QUIESCE_ENCRYPTION_KEYS_FILE (docs/encryption.md).',
    );
  const { namespace } = loadTemporalConfig();
  await serve(options, (serving) =>
    createCodecServer({
      ...serving,
      codec: createEncryptionCodec(keys),
      namespace,
      ...(uiOrigin !== undefined && { uiOrigin }),
    }),
  );
}
