import { resolve } from 'node:path';
import type { TargetSource } from '../../client/index.js';
import type { TargetFileError } from '../../client/read-targets.js';
import { printable } from '../../client/target-file-error.js';
import type { Config } from '../../config/load-config.js';
import { usageError } from '../cli-error.js';
import type { CliContext } from '../context.js';
import { connectionNamed, readConfigIfAny } from '../read-config.js';
import { count } from '../text.js';
import { toSelectors, type TypedSelector, type TypedSource } from './source-options.js';

/** Targets that can be given to the client once, and let go of. */
export interface OpenSource {
  readonly source: TargetSource;
  /** Of a file: how many of its rows name a task that an earlier one has named. */
  readonly duplicates?: number;
  readonly close: () => Promise<void>;
}

/**
 * Where the targets come from, as the client takes it. A file is read from end to end first: one bad line, and nothing starts.
 * @throws CliError for what cannot be meant; TargetFileError with every bad line.
 */
export async function openSource(
  context: CliContext,
  typed: TypedSource,
  config: string | undefined,
): Promise<OpenSource> {
  checkSource(typed);
  const { from, connection } = typed;
  if (from !== undefined) return openFile(context, { ...typed, from }, config);
  if (connection === undefined) throw whichTasks();
  const selectors = await toSelectors(context, { ...typed, connection }, config);
  return { source: { selectors }, close: () => Promise.resolve() };
}

/** Without a config, a file must name each task by its whole URI. */
async function openFile(
  context: CliContext,
  { from, format, connection: [connection] = [] }: TypedSource & { readonly from: string },
  configPath: string | undefined,
): Promise<OpenSource> {
  const config = await readConfigIfAny(context, configPath);
  if (config !== undefined && connection !== undefined) connectionNamed(config, connection);
  const { openTargets, TargetFileError } = await import('../../client/read-targets.js');
  const path = from === '-' ? from : resolve(context.cwd, from);
  const opening = openTargets(path, {
    ...(format !== undefined && { format }),
    ...(connection !== undefined && { connection }),
    ...(config !== undefined && { providerOf: await providersOf(config) }),
  });
  const file = await opening.catch((error: unknown) => {
    throw error instanceof TargetFileError ? usageError(everyProblem(from, error)) : error;
  });
  const { duplicates } = file;
  return { source: { targets: file.read() }, duplicates, close: () => file.close() };
}

/** A connection that is not in the config is a bad line like others: no Worker could ask for it. */
async function providersOf(config: Config): Promise<(connection: string) => string> {
  const { InvalidTaskError } = await import('../../client/errors.js');
  return (name) => {
    const connection = config.connections.get(name);
    if (connection !== undefined) return connection.provider.id;
    throw new InvalidTaskError(
      `There is no connection ${name}; the config has ${[...config.connections.keys()].join(', ')}.`,
    );
  };
}

/** Its own message tells a few; whoever has to mend the file needs all. */
function everyProblem(from: string, { problems, more }: Pick<TargetFileError, 'problems' | 'more'>): string {
  const lines = problems.map(({ line, message }) => (line === 0 ? `  ${message}` : `  ${line}: ${message}`));
  const rest = more === 0 ? [] : [`  … and ${count(more, 'more problem')}`];
  const name = from === '-' ? 'Standard input' : from;
  const what = count(problems.length + more, 'problem');
  return [`${printable(name)} cannot be used, ${what}. Nothing was started.`, ...lines, ...rest].join('\n');
}

const SELECTING = {
  fileSystem: '--file-system',
  state: '--state',
  type: '--type',
  olderThan: '--older-than',
  all: '--all',
} as const satisfies Partial<Record<keyof TypedSelector, string>>;

/** Either a file or a selector: neither, both and what belongs to the other are mistakes. */
function checkSource(typed: TypedSource): void {
  const selecting = Object.entries(SELECTING).find(
    ([name]) => typed[name as keyof TypedSelector] !== undefined,
  );
  if (typed.from !== undefined && selecting !== undefined)
    throw usageError(`Give either --from or ${selecting[1]}, not both. Nothing was started.`);
  if (typed.from !== undefined && (typed.connection?.length ?? 0) > 1)
    throw usageError(
      '--connection is of the rows of --from that name none: give it once, or name the connections in the rows. Nothing was started.',
    );
  if (typed.from === undefined && typed.format !== undefined)
    throw usageError('--format says what --from holds: give both, or neither. Nothing was started.');
  if (typed.from === undefined && typed.connection === undefined) throw whichTasks();
}

function whichTasks() {
  return usageError(
    'Which tasks? Give a file with --from, or a connection with --connection and what to look for; see `quiesce campaign plan --help`.',
  );
}
