import type { CommandUnknownOpts, Option } from '@commander-js/extra-typings';

export interface Candidate {
  readonly value: string;
  readonly description: string;
}

/** Values that only a look outside the program can tell, by the name of the argument or option that takes them. */
export type ValueSources = Readonly<Record<string, () => Promise<readonly string[]>>>;

/** What may stand in place of the last word; empty where only the user or the file system can know. */
export async function complete(
  program: CommandUnknownOpts,
  typed: readonly string[],
  sources: ValueSources,
): Promise<Candidate[]> {
  const words = joinAssignments(typed);
  const current = words.at(-1) ?? '';
  const { command, positionals, pending } = walk(program, words.slice(0, -1));

  if (pending !== undefined) return matching(current, await valuesOf(pending, sources));
  const [flag, value] = splitAssignment(current);
  if (value !== undefined) {
    const option = optionsOf(command).find(isNamed(flag));
    const values = option === undefined ? [] : matching(value, await valuesOf(option, sources));
    // Bash breaks words at "=" and replaces what follows it; the other shells replace the whole word.
    return typed.at(-1) === current
      ? values.map((found) => ({ ...found, value: `${flag}=${found.value}` }))
      : values;
  }
  if (current.startsWith('-')) return matching(current, flagsOf(command));
  return matching(current, await positionalsOf(command, positionals, sources));
}

/** The command the words lead to, how many arguments it has been given, and the option that waits for its value. */
function walk(program: CommandUnknownOpts, words: readonly string[]) {
  let command = program;
  let positionals = 0;
  let pending: Option | undefined;
  for (const word of words) {
    if (pending !== undefined) {
      pending = undefined;
    } else if (word.startsWith('-')) {
      const option = optionsOf(command).find(isNamed(word));
      if (option !== undefined && (option.required || option.optional)) pending = option;
    } else {
      const subcommand = command.commands.find((candidate) => candidate.name() === word);
      if (subcommand === undefined) positionals++;
      else command = subcommand;
    }
  }
  return { command, positionals, pending };
}

/** Bash hands `--output=json` over as three words. */
function joinAssignments(words: readonly string[]): string[] {
  const joined: string[] = [];
  for (const word of words) {
    const last = joined.at(-1);
    if (last !== undefined && last.startsWith('--') && (word === '=' || last.endsWith('=')))
      joined[joined.length - 1] = last + word;
    else joined.push(word);
  }
  return joined;
}

function splitAssignment(word: string): [flag: string, value: string | undefined] {
  const at = word.startsWith('--') ? word.indexOf('=') : -1;
  return at < 0 ? [word, undefined] : [word.slice(0, at), word.slice(at + 1)];
}

function isNamed(flag: string) {
  return ({ long, short }: Option) => flag === long || flag === short;
}

/** A command's own options and the program's. */
function optionsOf(command: CommandUnknownOpts): Option[] {
  const help = command.createHelp();
  return [...help.visibleOptions(command), ...help.visibleGlobalOptions(command)];
}

function flagsOf(command: CommandUnknownOpts): Candidate[] {
  return optionsOf(command).flatMap(({ long, description }) => (long ? [{ value: long, description }] : []));
}

async function valuesOf(option: Option, sources: ValueSources): Promise<Candidate[]> {
  return toCandidates(option.argChoices ?? (await sources[option.attributeName()]?.()) ?? []);
}

async function positionalsOf(
  command: CommandUnknownOpts,
  given: number,
  sources: ValueSources,
): Promise<Candidate[]> {
  if (command.commands.length > 0 && given === 0) {
    const subcommands = command.createHelp().visibleCommands(command);
    return subcommands.map((subcommand) => ({
      value: subcommand.name(),
      description: subcommand.summary() || subcommand.description(),
    }));
  }
  const argument = command.registeredArguments[given];
  return toCandidates(argument?.argChoices ?? (await sources[argument?.name() ?? '']?.()) ?? []);
}

function toCandidates(values: readonly string[]): Candidate[] {
  return values.map((value) => ({ value, description: '' }));
}

function matching(start: string, candidates: readonly Candidate[]): Candidate[] {
  return candidates.filter(({ value }) => value.startsWith(start));
}
