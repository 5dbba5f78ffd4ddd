import type { CommanderError, CommandUnknownOpts } from '@commander-js/extra-typings';
import { printable } from '../client/target-file-error.js';
import { CliError, usageError } from './cli-error.js';
import { EXIT } from './exit-codes.js';

/** What was typed is in it, line breaks and all. */
const MESSAGE = /^(?:error: )?([^]*?)(?:\n(\(Did you mean [^\n]*))?$/;
/** Of a sentence with a word in it that fills the screen, its beginning and its end tell all. */
const SHOWN = 300;

/** What commander found wrong, as one sentence that names it and what is allowed. */
export function usageProblem(error: CommanderError, command: CommandUnknownOpts): CliError {
  // Help and the version were asked for and are printed already.
  if (error.exitCode === EXIT.ok) return new CliError('', EXIT.ok);
  if (error.code === 'commander.help') return usageError('');
  const [, problem = '', suggestion = ''] = MESSAGE.exec(error.message) ?? [];
  const told = shortened(printable(problem));
  const sentence = `${told.charAt(0).toUpperCase()}${told.slice(1).replace(/\.$/, '')}`;
  const guess = suggestion.replace(/^\(Did/, ' (did');
  return usageError(`${sentence}${guess}; ${allowed(error.code, command)}`);
}

function shortened(sentence: string): string {
  if (sentence.length <= 2 * SHOWN) return sentence;
  return `${sentence.slice(0, SHOWN)} … ${sentence.slice(-SHOWN)}`;
}

function allowed(code: string, command: CommandUnknownOpts): string {
  const help = command.createHelp();
  if (code === 'commander.unknownOption') {
    const options = [...help.visibleOptions(command), ...help.visibleGlobalOptions(command)];
    return `${nameOf(command)} has ${options.map((option) => option.long).join(', ')}.`;
  }
  if (code === 'commander.unknownCommand') {
    const commands = help.visibleCommands(command).map((subcommand) => subcommand.name());
    return `${nameOf(command)} has ${commands.join(', ')}.`;
  }
  return `see \`${nameOf(command)} --help\`.`;
}

function nameOf(command: CommandUnknownOpts): string {
  return command.parent === null ? command.name() : `${nameOf(command.parent)} ${command.name()}`;
}
