import { spawn, type ChildProcessByStdio, type SpawnOptions } from 'node:child_process';
import { once } from 'node:events';
import { closeSync, mkdirSync, openSync } from 'node:fs';
import { dirname } from 'node:path';
import { createInterface } from 'node:readline';
import type { Readable } from 'node:stream';
import { fileURLToPath } from 'node:url';
import { PROCESS_LOG, type Child } from './start-child.js';

/** As npm installs it: its first line says how Node is started. */
const BIN = fileURLToPath(new URL('../../../bin/quiesce.js', import.meta.url));

/** A command of ours that goes on until it is stopped. */
export interface RunningCommand extends Pick<Child, 'pid' | 'stop'> {
  /** The first it says. */
  readonly line: string;
}

/** Starts `quiesce …` as its users do, and waits until it says something on stdout. */
export async function startCommand(args: readonly string[], env: NodeJS.ProcessEnv): Promise<RunningCommand> {
  mkdirSync(dirname(PROCESS_LOG), { recursive: true });
  const log = openSync(PROCESS_LOG, 'a');
  const options: SpawnOptions = { env, stdio: ['ignore', 'pipe', log] };
  // Its types know no file for stderr.
  const child = spawn(BIN, args, options) as ChildProcessByStdio<null, Readable, null>;
  closeSync(log);
  const exited = once(child, 'exit');
  const ended = exited.then(() => {
    throw new Error(`quiesce ${args[0]} ended; see ${PROCESS_LOG}.`);
  });
  const [line] = (await Promise.race([once(createInterface(child.stdout), 'line'), ended])) as [string];
  ended.catch(() => {});
  return {
    pid: child.pid as number,
    line,
    async stop() {
      child.kill('SIGTERM');
      await exited;
    },
  };
}
