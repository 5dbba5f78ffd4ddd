import { EXIT } from './exit-codes.js';

/** An end that the command line itself has decided on: told as its message alone, without a stack. */
export class CliError extends Error {
  override readonly name = 'CliError';

  constructor(
    message: string,
    readonly exitCode: number = EXIT.other,
  ) {
    super(message);
  }
}

/** What was typed cannot be meant. */
export function usageError(message: string): CliError {
  return new CliError(message, EXIT.usage);
}
