import { hostname, userInfo } from 'node:os';
import { InvalidArgumentError, Option } from '@commander-js/extra-typings';
import { CALLBACK_URL_FORM, isCallbackUrl } from '../contract/callback.js';
import { LONGEST_DEADLINE_AFTER_MS } from '../contract/cancellation.js';
import { DURATION_FORM, parseDurationMs } from '../contract/duration.js';
import { isVouched, VOUCHED_NAMES } from '../contract/vouched-names.js';
import { usageError } from './cli-error.js';

export type OutputFormat = 'text' | 'json';

export function outputOption() {
  return new Option('-o, --output <format>', 'how to print what is found')
    .choices(['text', 'json'] as const)
    .default('text' as const);
}

/** `--flag <duration>`, as milliseconds. */
export function durationOption<Flags extends string>(flags: Flags, description: string) {
  return new Option(flags, description).argParser(parseDurationOption);
}

/** `--flag <who>`: a name that somebody types. @throws for one that only the HTTP service gives. */
export function nameOption<Flags extends string>(flags: Flags, description: string) {
  return new Option(flags, `${description} (default: you, as user@host)`).argParser(parseName);
}

function parseName(text: string): string {
  if (!isVouched(text)) return text;
  throw new InvalidArgumentError(`${VOUCHED_NAMES}.`);
}

export function callbackUrlOption() {
  return new Option(
    '--callback-url <url>',
    'tell this address the end; the Workers must allow its host. It is kept in the history as it is',
  ).argParser(parseCallbackUrl);
}

/** Not InvalidArgumentError, which repeats what was typed: it may hold a token. */
function parseCallbackUrl(text: string): string {
  if (isCallbackUrl(text) && URL.canParse(text)) return text;
  throw usageError(`--callback-url must be ${CALLBACK_URL_FORM}.`);
}

function parseDurationOption(text: string): number {
  const durationMs = parseDurationMs(text);
  if (durationMs === undefined || durationMs <= 0)
    throw new InvalidArgumentError(`It must be ${DURATION_FORM}.`);
  if (durationMs > LONGEST_DEADLINE_AFTER_MS) throw new InvalidArgumentError('It must be a year at most.');
  return durationMs;
}

/** A whole number in a range, for `argParser`. */
export function wholeNumber(smallest: number, largest: number) {
  return (text: string): number => {
    const value = Number(text);
    if (/^\d+$/.test(text) && value >= smallest && value <= largest) return value;
    throw new InvalidArgumentError(`It must be a whole number from ${smallest} to ${largest}.`);
  };
}

export const portNumber = wholeNumber(0, 65_535);

/** The options of the program itself, which every command sees. */
export function globalOptions(command: { optsWithGlobals(): unknown }): { config?: string; uiUrl?: string } {
  return command.optsWithGlobals() as { config?: string; uiUrl?: string };
}

/** `user@host`: who typed this, as the operating system knows it. @throws CliError for one that only the HTTP service gives. */
export function whoIsAsking(env: NodeJS.ProcessEnv): string {
  const name = userName(env);
  if (isVouched(name)) throw usageError(`${VOUCHED_NAMES}; here USER is such a name: set another.`);
  return `${name}@${hostname()}`;
}

function userName(env: NodeJS.ProcessEnv): string {
  try {
    return userInfo().username;
  } catch {
    // A container may run under a user id without a name.
    return env['USER'] ?? `uid-${process.getuid?.() ?? 'unknown'}`;
  }
}
