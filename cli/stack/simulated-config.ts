import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { stringify } from 'yaml';
import { ALL_PROVIDERS } from '../../providers/all.js';
import type { ProviderDefinition, SimulatedConnection, SimulatorAddress } from '../../providers/provider.js';

/** A provider with its connection to the simulator. */
export interface SimulatedPart {
  readonly provider: ProviderDefinition;
  readonly connection: SimulatedConnection;
}

/** The simulator has no refresh interval to respect, and a person watches. */
const POLL_EVERY = '400ms';

/** Every provider's connection to a running simulator. */
export function simulatedParts(simulator: SimulatorAddress): SimulatedPart[] {
  return ALL_PROVIDERS.map((provider) => ({ provider, connection: provider.simulatedConnection(simulator) }));
}

/** Writes a config with these connections; resolves to its path. */
export async function writeSimulatedConfig(folder: string, parts: readonly SimulatedPart[]): Promise<string> {
  const connections = Object.fromEntries(
    parts.map(({ provider, connection }) => [
      connection.name,
      { provider: provider.id, ...connection.settings, pollEvery: POLL_EVERY },
    ]),
  );
  const path = join(folder, 'quiesce.config.yaml');
  await mkdir(folder, { recursive: true });
  await writeFile(
    path,
    `# Written by quiesce for its simulator; it is written anew with every start.\n${stringify({ connections })}`,
  );
  return path;
}

/**
 * The environment of a Worker on a local dev server: the made-up credentials, and nothing of what the person's own
 * environment or Temporal's config file says about some other Temporal.
 */
export async function workerEnvironment(
  env: NodeJS.ProcessEnv,
  folder: string,
  { address, namespace, parts }: { address: string; namespace: string; parts: readonly SimulatedPart[] },
): Promise<NodeJS.ProcessEnv> {
  const noConfigFile = join(folder, 'temporal.toml');
  await writeFile(noConfigFile, '[profile.default]\n');
  const others = Object.entries(env).filter(([name]) => !name.startsWith('TEMPORAL_'));
  return {
    ...Object.fromEntries(others),
    ...Object.assign({}, ...parts.map(({ connection }) => connection.env)),
    TEMPORAL_ADDRESS: address,
    TEMPORAL_NAMESPACE: namespace,
    TEMPORAL_CONFIG_FILE: noConfigFile,
  };
}
