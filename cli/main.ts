import { createTerminal } from './terminal.js';
import type { CliContext } from './context.js';
import { EXIT } from './exit-codes.js';
import { buildProgram } from './program.js';
import { reportError } from './report-error.js';

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
  stdout.on('error', endOnBrokenPipe);
  stderr.on('error', endOnBrokenPipe);
  const terminal = createTerminal(stdout, stderr, env);
  const exitCode = await run(argv.slice(2), { terminal, env, cwd: process.cwd(), exitCode: EXIT.ok });
  // Ended on purpose and not by an empty event loop: an open connection of a library must not keep the command.
  stdout.write('', () => process.exit(exitCode));
}

/** `quiesce list | head` is no error of anybody's. */
function endOnBrokenPipe(error: NodeJS.ErrnoException): void {
  if (error.code === 'EPIPE') process.exit(EXIT.brokenPipe);
  throw error;
}
