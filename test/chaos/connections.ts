import { SIMULATED_CREDENTIALS } from '../../providers/vendors/simulated-credentials.js';
import { quotasOf, type Vendor } from './vendors.js';

export interface ConnectionsOptions {
  /** Where the simulated clouds are. */
  readonly endpoint: string;
  /** Such as `1s`. */
  readonly pollEvery: string;
}

/** A config's connections to the simulated clouds, and the variables that they name. */
export function connectionsOf(vendors: readonly Vendor[], { endpoint, pollEvery }: ConnectionsOptions) {
  const connections: Record<string, unknown> = {};
  let secrets: Record<string, string> = {};
  for (const vendor of vendors) {
    const { definition } = vendor;
    const { name, settings, env } = definition.simulatedConnection({
      endpoint,
      credentials: SIMULATED_CREDENTIALS,
    });
    const quotas = Object.entries(quotasOf(vendor)).map(([operation, { calls, perMs }]) => [
      operation,
      { calls, per: `${perMs}ms` },
    ]);
    connections[name] = {
      provider: definition.id,
      ...settings,
      pollEvery,
      quotas: Object.fromEntries(quotas),
    };
    secrets = { ...secrets, ...env };
  }
  return { connections, secrets };
}

/** Ids of keys are told to everybody; what belongs to them, to nobody. */
export function secretsOf(vendors: readonly Vendor[]): string[] {
  const { secrets } = connectionsOf(vendors, { endpoint: 'http://unused', pollEvery: '1s' });
  return Object.entries(secrets).flatMap(([name, value]) => (/SECRET|_SK$/.test(name) ? [value] : []));
}
