import { fstatSync } from 'node:fs';
import { createTerminal } from './terminal.js';
import type { CliContext } from './context.js';
import { EXIT } from './exit-codes.js';
import { lastingLog } from './lasting-log.js';
import { buildProgram } from './program.js';
import { reportError } from './report-error.js';
import { wholeFile } from './whole-file.js';

/** Runs one command line, without the program's name, and resolves to its exit code. */
export async function run(argv: readonly string[], context: CliContext): Promise<number> {
  try {
    const wantsHelp = argv.some((word) => word === '--help' || word === '-h' || word === 'help');
    const providers = wantsHelp ? (await import('../providers/all.js')).ALL_PROVIDERS : [];
    await buildProgram(context, providers).parseAsync([...argv], { from: 'user' });
    return context.exitCode;
  } catch (error) {
    return reportError(error, context);
  }
}

/** Runs the command line of this process and ends it. */
export async function runFromProcess(): Promise<void> {
  const { stdout, stderr, env, argv } = process;
  const out = fstatSync(stdout.fd).isFile() ? wholeFile(stdout.fd) : stdout;
  // Kept here: a standard stream of Node forgets its error at once, and is as if nothing had been.
  let lost: Error | undefined;
  // Of what else may happen, such as a full disk, a command's user is told at its end; a service has work to do whether it is read or not.
  out.on('error', (error) => {
    endOnBrokenPipe(error);
    lost ??= error;
  });
  stderr.on('error', endOnBrokenPipe);
  const terminal = createTerminal(out, lastingLog(stderr), env);
  const exitCode = await run(argv.slice(2), { terminal, env, cwd: process.cwd(), exitCode: EXIT.ok });
  // Ended on purpose and not by an empty event loop: an open connection of a library must not keep the command.
  out.write('', (error) => {
    if (error) endOnBrokenPipe(error);
    lost ??= error ?? undefined;
    if (lost !== undefined) terminal.err.write(`Not all could be printed: ${lost.message}.\n`);
    process.exit(lost !== undefined && exitCode === EXIT.ok ? EXIT.other : exitCode);
  });
}

/** `quiesce list | head` is no error of anybody's. */
function endOnBrokenPipe(error: NodeJS.ErrnoException): void {
  if (error.code === 'EPIPE') process.exit(EXIT.brokenPipe);
}
