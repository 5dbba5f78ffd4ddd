import { loadClientConnectConfig, type ClientConnectConfig } from '@temporalio/envconfig';

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
  try {
    const { connectionOptions: configured, namespace = 'default' } = loadClientConnectConfig();
    const connectionOptions = { address: 'localhost:7233', ...configured };
    return { address: connectionOptions.address, namespace, connectionOptions };
  } catch (thrown) {
    const why = thrown instanceof Error ? thrown.message.split('\n', 1)[0] : String(thrown);
    throw new TemporalConfigError(
      `Temporal's own configuration cannot be used (${why}): check TEMPORAL_CONFIG_FILE, TEMPORAL_PROFILE and the profile in that file.`,
      { cause: thrown },
    );
  }
}
