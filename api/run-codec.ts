import { createEncryptionCodec } from '../encryption/encryption-codec.js';
import { EncryptionError } from '../encryption/encryption-error.js';
import { loadEncryptionKeys } from '../encryption/encryption-keys.js';
import { loadTemporalConfig } from '../setup/load-temporal-config.js';
import { createCodecServer } from './create-codec-server.js';
import { serve, type ServeOptions } from './serve.js';

/**
 * Runs the codec server until it is told to stop. It calls nobody. The pages that may call it are the Temporal UI's.
 * @throws ConfigError; EncryptionError; TemporalConfigError.
 */
export async function runCodec(options: ServeOptions): Promise<void> {
  const keys = await loadEncryptionKeys();
  if (keys.ofPayloads.size === 0)
    throw new EncryptionError(
      'There are no keys to decrypt with: set QUIESCE_ENCRYPTION_KEYS_FILE (docs/encryption.md).',
    );
  const { namespace } = loadTemporalConfig();
  await serve(options, (serving) =>
    createCodecServer({
      ...serving,
      codec: createEncryptionCodec(keys),
      namespace,
      ...(options.page !== undefined && { uiOrigin: options.page }),
    }),
  );
}
