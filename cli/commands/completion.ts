import { Argument, Command, type CommandUnknownOpts } from '@commander-js/extra-typings';
import { complete, type ValueSources } from '../complete.js';
import { COMPLETION_SCRIPTS, type Shell } from '../completion-scripts.js';
import type { CliContext } from '../context.js';
import { readConfigIfAny } from '../read-config.js';

const SHELLS = Object.keys(COMPLETION_SCRIPTS) as Shell[];

export function completionCommand(context: CliContext) {
  return new Command('completion')
    .summary('print a shell completion script')
    .description(
      'Prints a script that completes commands, options, their values and the names of connections.',
    )
    .addArgument(new Argument('<shell>', 'the shell').choices(SHELLS))
    .action((shell) => void context.terminal.out.write(COMPLETION_SCRIPTS[shell]));
}

/** What the scripts call with the words before the cursor, after `--`. */
export function completeCommand(context: CliContext, program: CommandUnknownOpts) {
  return new Command('__complete').argument('[words...]').action(async (words) => {
    const candidates = await complete(program, words, valueSources(context, words));
    const lines = candidates.map(({ value, description }) => `${value}\t${description}\n`);
    context.terminal.out.write(lines.join(''));
  });
}

function valueSources(context: CliContext, words: readonly string[]): ValueSources {
  const typedConfig = words[words.indexOf('--config') + 1];
  const path = words.includes('--config') && typedConfig !== '' ? typedConfig : undefined;
  return {
    // A config that is missing or broken is told by the command itself, not in the middle of a word.
    connection: async () =>
      readConfigIfAny(context, path).then(
        (config) => [...(config?.connections.keys() ?? [])],
        () => [],
      ),
    provider: async () => (await import('../../providers/all.js')).ALL_PROVIDERS.map(({ id }) => id),
  };
}
