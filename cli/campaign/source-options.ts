import { Option, type CommandUnknownOpts } from '@commander-js/extra-typings';
import type { Selector } from '../../contract/campaign.js';
import { usageError } from '../cli-error.js';
import type { CliContext } from '../context.js';
import { durationOption } from '../options.js';
import { connectionNamed, readConfig } from '../read-config.js';

/** What was typed of which tasks to look for. */
export interface TypedSelector {
  readonly connection?: readonly string[];
  readonly fileSystem?: string;
  readonly state?: string[];
  readonly type?: string[];
  readonly olderThan?: number;
  readonly all?: boolean;
}

/** To be read as {@link TypedSelector}. */
export function addSelector(command: CommandUnknownOpts): void {
  command
    .addOption(
      new Option(
        '--connection <name>',
        "a connection's name in quiesce.config.yaml; more than once for several",
      ).argParser<readonly string[]>((name, before) => [...new Set([...(before ?? []), name])]),
    )
    .option('--file-system <id>', 'of this file system, share or domain, by the vendor’s id')
    .option('--state <word...>', 'in one of these states, in the vendor’s own words')
    .option('--type <word...>', 'of one of these types, in the vendor’s own words')
    .addOption(durationOption('--older-than <duration>', 'made longer ago than that, such as 1d'))
    .option('--all', 'every task of the connection that may be canceled');
}

export const TARGET_FORMATS = ['csv', 'ndjson', 'json'] as const;
export type TargetFormat = (typeof TARGET_FORMATS)[number];

/** What was typed of where the targets come from. */
export interface TypedSource extends TypedSelector {
  readonly from?: string;
  readonly format?: TargetFormat;
}

/** To be read as {@link TypedSource}. */
export function addSource(command: CommandUnknownOpts): void {
  command
    .option('--from <file>', 'the targets, one a line or row; - reads standard input')
    .addOption(
      new Option('--format <format>', "of --from (default: by the file's name)").choices(TARGET_FORMATS),
    );
  addSelector(command);
}

/**
 * The tasks to look for, of each connection alike, once the config has said whose it is.
 * @throws CliError when nothing is said of them: what was left out by mistake must not cancel everything.
 */
export async function toSelectors(
  context: CliContext,
  typed: TypedSelector & { readonly connection: readonly string[] },
  configPath: string | undefined,
): Promise<Selector[]> {
  const { connection: names, fileSystem, state, type, olderThan, all = false } = typed;
  const isNarrowed = [fileSystem, state, type, olderThan].some((each) => each !== undefined);
  if (!isNarrowed && !all)
    throw usageError(
      `That would be every task of ${names.join(' and ')}: say which (--file-system, --state, --type, --older-than), or --all. Nothing was started.`,
    );
  const config = await readConfig(context, configPath);
  return names.map((connection) => ({
    connection,
    provider: connectionNamed(config, connection).provider.id,
    ...(fileSystem !== undefined && { fileSystem }),
    ...(state !== undefined && { states: state }),
    ...(type !== undefined && { types: type }),
    ...(olderThan !== undefined && { olderThanMs: olderThan }),
  }));
}
