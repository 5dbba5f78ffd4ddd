import { access } from 'node:fs/promises';
import { join } from 'node:path';
import type { Config, Connection } from '../config/load-config.js';
import { usageError } from './cli-error.js';
import type { CliContext } from './context.js';
import { didYouMean } from '../config/nearest.js';

export async function readConfig(context: CliContext, path: string | undefined): Promise<Config> {
  const { loadConfig } = await import('../config/load-config.js');
  return loadConfig({ ...(path !== undefined && { path }), env: context.env, cwd: context.cwd });
}

/** The config, or nothing where nobody named one and none lies here: some commands can do without. */
export async function readConfigIfAny(
  context: CliContext,
  path: string | undefined,
): Promise<Config | undefined> {
  const named = path ?? context.env['QUIESCE_CONFIG'];
  if (named === undefined && !(await exists(join(context.cwd, 'quiesce.config.yaml')))) return undefined;
  return readConfig(context, path);
}

/** The connection of that name, or one sentence about what there is. */
export function connectionNamed(config: Config, name: string): Connection {
  const connection = config.connections.get(name);
  if (connection !== undefined) return connection;
  const names = [...config.connections.keys()];
  throw usageError(
    `There is no connection "${name}" in ${config.path}${didYouMean(name, names)}; it has ${names.join(', ') || 'none'}.`,
  );
}

function exists(path: string): Promise<boolean> {
  return access(path).then(
    () => true,
    () => false,
  );
}
