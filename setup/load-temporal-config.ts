import { existsSync } from 'node:fs';
import { loadClientConnectConfig, type ClientConnectConfig } from '@temporalio/envconfig';

const DEFAULT_ADDRESS = 'localhost:7233';

/** Temporal's own configuration cannot be used. */
export class TemporalConfigError extends Error {
  override readonly name = 'TemporalConfigError';
}

export interface TemporalConfig {
  readonly address: string;
  readonly namespace: string;
  /** Address, TLS, API key and metadata, as `Connection` and `NativeConnection` take them. */
  readonly connectionOptions: NonNullable<ClientConnectConfig['connectionOptions']>;
}

/**
 * Where Temporal is, from TEMPORAL_… variables, then Temporal's config file, then localhost:7233 and namespace `default`.
 * @throws TemporalConfigError when the file or a profile in it cannot be used; envconfig itself fails on some with a TypeError.
 */
export function loadTemporalConfig(): TemporalConfig {
  checkConfigFile(process.env['TEMPORAL_CONFIG_FILE']);
  try {
    const { connectionOptions: configured, namespace = 'default' } = loadClientConnectConfig();
    // Where nothing says an address, envconfig says that it is undefined.
    const address = configured?.address ?? DEFAULT_ADDRESS;
    return { address, namespace, connectionOptions: { ...configured, address } };
  } catch (thrown) {
    const why = thrown instanceof Error ? thrown.message.split('\n', 1)[0] : String(thrown);
    throw new TemporalConfigError(
      `Temporal's own configuration cannot be used (${why}): check TEMPORAL_CONFIG_FILE, TEMPORAL_PROFILE and the profile in that file.`,
      { cause: thrown },
    );
  }
}

/** envconfig takes a file that is not there for an empty one, though TLS or an API key was to come from it. */
function checkConfigFile(path: string | undefined): void {
  if (path === undefined || path === '' || existsSync(path)) return;
  throw new TemporalConfigError(
    `The file that TEMPORAL_CONFIG_FILE names, ${path}, does not exist: write it, or unset the variable.`,
  );
}
