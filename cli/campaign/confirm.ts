import { createInterface } from 'node:readline/promises';
import type { Readable } from 'node:stream';
import { CliError, usageError } from '../cli-error.js';
import type { CliContext } from '../context.js';
import { EXIT } from '../exit-codes.js';
import { commandLine } from '../invocation.js';
import type { OutputFormat } from '../options.js';
import { count } from '../text.js';

type Input = Readable & { readonly isTTY?: boolean };

/** Refuses to begin what nobody could confirm, before anything is read or done. */
export function checkConfirmable(
  { terminal }: CliContext,
  { from, output }: { readonly from?: string; readonly output: OutputFormat },
  input: Input = process.stdin,
): void {
  const cannot = [
    output === 'json' ? 'With --output json nothing can be confirmed' : undefined,
    from === '-' ? 'With --from - nothing can be confirmed' : undefined,
    input.isTTY === true && terminal.out.isTTY === true ? undefined : 'There is no terminal to confirm on',
  ].find((problem) => problem !== undefined);
  if (cannot === undefined) return;
  throw usageError(
    `${cannot}: give --yes, or make a plan with \`quiesce campaign plan\` and start that. Nothing was started.`,
  );
}

/**
 * Has the number of targets typed: who has not read it cannot.
 * @throws CliError when something else was typed; the plan stands.
 */
export async function confirmTargets(
  { id, targets }: { readonly id: string; readonly targets: number },
  context: CliContext,
  input: Input = process.stdin,
): Promise<void> {
  const { terminal } = context;
  const interrupt = new AbortController();
  const lines = createInterface({ input, crlfDelay: Infinity });
  lines.once('SIGINT', () => interrupt.abort()).once('close', () => interrupt.abort());
  terminal.out.write(`\nType the number of targets, ${targets}, to start: `);
  try {
    const typed = await lines.question('', { signal: interrupt.signal });
    if (Number(typed.replaceAll(/[\s,._]/g, '')) === targets && typed.trim() !== '') return;
  } catch (error) {
    if (!interrupt.signal.aborted) throw error;
    terminal.out.write('\n');
  } finally {
    lines.close();
  }
  const command = commandLine(context, ['campaign', 'start', id]);
  throw new CliError(
    `Not confirmed: none of the ${count(targets, 'target')} was asked. The plan stands for a day; start it with:\n  ${command}`,
    EXIT.other,
  );
}
