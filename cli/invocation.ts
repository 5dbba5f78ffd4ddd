import type { CliContext } from './context.js';

/** What another terminal needs to reach the same Temporal; credentials are left out on purpose. */
const CONNECTION_VARIABLES = [
  'TEMPORAL_ADDRESS',
  'TEMPORAL_NAMESPACE',
  'TEMPORAL_PROFILE',
  'TEMPORAL_CONFIG_FILE',
];

/** A `quiesce` command line to copy, as this one was started: through npx or not, with the same Temporal. */
export function commandLine({ env }: Pick<CliContext, 'env'>, args: readonly string[]): string {
  const variables = CONNECTION_VARIABLES.flatMap((name) =>
    env[name] ? [`${name}=${quote(env[name])}`] : [],
  );
  const command = env['npm_lifecycle_event'] === undefined ? ['quiesce'] : ['npx', 'quiesce'];
  return [...variables, ...command, ...args.map(quote)].join(' ');
}

/** For POSIX shells. */
export function quote(word: string): string {
  return /^[\w@%+=:,./-]+$/.test(word) ? word : `'${word.replaceAll("'", `'\\''`)}'`;
}
