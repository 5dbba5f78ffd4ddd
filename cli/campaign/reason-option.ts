import type { CommandUnknownOpts } from '@commander-js/extra-typings';
import { usageError } from '../cli-error.js';
import { nameOption } from '../options.js';

/** What was typed of who asks and why. */
export interface TypedReason {
  readonly reason?: string;
  readonly requestedBy?: string;
}

/** To be read as {@link TypedReason}. */
export function addReason(command: CommandUnknownOpts, leftOut = 'required'): void {
  command
    .option('--reason <text>', `why; kept with everything that is asked (${leftOut})`)
    .addOption(nameOption('--requested-by <who>', 'who asks; kept likewise'));
}

/** Not a mandatory option of commander's: that is told before what else is wrong, and for a plan that has its reason. */
export function checkedReason({ reason = '' }: TypedReason): string {
  if (reason.trim() !== '') return reason;
  throw usageError(
    'Say why with --reason "…": it is kept with everything the campaign asks. Nothing was started.',
  );
}
