import { fileURLToPath } from 'node:url';
import type { DataConverter } from '@temporalio/common';
import { createEncryptionCodec, type EncryptionCodec } from './encryption-codec.js';
import { loadEncryptionKeys, parseEncryptionKeys, type EncryptionKeys } from './encryption-keys.js';

/** Of the module with the failure converter; Workflow code is bundled with it, too. */
export const FAILURE_CONVERTER_PATH = fileURLToPath(new URL('./failure-converter.cjs', import.meta.url));

/** How values become payloads. Without keys all is as ever, but that the codec says what is missing where it meets an encrypted payload. */
export function dataConverterOf(keys: EncryptionKeys): DataConverter {
  const payloadCodecs = [createEncryptionCodec(keys)];
  return keys.ofPayloads.size === 0
    ? { payloadCodecs }
    : { payloadCodecs, failureConverterPath: FAILURE_CONVERTER_PATH };
}

/** What names tasks where payloads are converted so; undefined where their ids may be read. */
export function maskOf({
  payloadCodecs = [],
}: Pick<DataConverter, 'payloadCodecs'>): EncryptionCodec['mask'] {
  return payloadCodecs.map(({ mask }: EncryptionCodec) => mask).find((mask) => mask !== undefined);
}

export interface DataConverterOptions {
  /** Encryption keys as their file holds them; left out, those of QUIESCE_ENCRYPTION_KEYS_FILE or QUIESCE_ENCRYPTION_KEYS, if any. */
  readonly encryptionKeys?: string;
}

/**
 * How Quiesce's Workers, clients and callers turn values into payloads: for the `dataConverter` of a Client or a Worker of your own.
 * @throws EncryptionError when the keys cannot be used.
 */
export async function loadDataConverter({
  encryptionKeys,
}: DataConverterOptions = {}): Promise<DataConverter> {
  return dataConverterOf(
    encryptionKeys === undefined
      ? await loadEncryptionKeys()
      : parseEncryptionKeys(encryptionKeys, '`encryptionKeys`'),
  );
}
