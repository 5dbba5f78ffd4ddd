import type { Terminal } from './terminal.js';

/** What a command has to work with instead of the process, so that tests can give it something else. */
export interface CliContext {
  readonly terminal: Terminal;
  readonly env: NodeJS.ProcessEnv;
  readonly cwd: string;
  /** What the process ends with; a command that says nothing has ended well. */
  exitCode: number;
}
