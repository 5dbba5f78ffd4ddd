import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { closeSync, mkdirSync, openSync } from 'node:fs';
import { dirname } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { ChildMessage, GoMessage } from './as-child.js';

/** A process that the bench measures. */
export interface Child {
  readonly pid: number;
  readonly isAlive: () => boolean;
  /**
   * Lets it do its work, and resolves with what it came to; not again before that.
   * @param targets a file with the ids of one task a line, for one that cancels.
   */
  go(targets?: string): Promise<{ readonly wallMs: number; readonly result: unknown }>;
  /** SIGKILL. */
  kill(): Promise<void>;
  /** SIGTERM for one that listens to it; ours end when their channel closes. */
  stop(): Promise<void>;
}

export interface ChildOptions {
  readonly args: readonly string[];
  readonly env?: NodeJS.ProcessEnv;
}

/** What all of them print; stdout is the bench's own. */
export const PROCESS_LOG = '.quiesce/bench/processes.log';
const STOPPED_WITHIN_MS = 30_000;

/**
 * Starts a Node process and waits until it is ready.
 * @param script a file beside the compiled bench, or any other that says `ready` to its parent.
 */
export async function startChild(script: URL, { args, env }: ChildOptions): Promise<Child> {
  mkdirSync(dirname(PROCESS_LOG), { recursive: true });
  const log = openSync(PROCESS_LOG, 'a');
  // With what Node was told for us, such as --cpu-prof.
  const child = spawn(process.execPath, [...process.execArgv, fileURLToPath(script), ...args], {
    env: env ?? process.env,
    stdio: ['ignore', log, log, 'ipc'],
  });
  closeSync(log);
  const exited = once(child, 'exit');
  const isAlive = () => child.exitCode === null && child.signalCode === null;
  await next(child, (message) => message === 'ready');
  return {
    pid: child.pid as number,
    isAlive,
    async go(targets) {
      const answered = next(child, (message) => typeof message === 'object' && message.kind === 'done');
      child.send({ targets } satisfies GoMessage);
      const { wallMs, result } = (await answered) as Extract<ChildMessage, { kind: 'done' }>;
      return { wallMs, result };
    },
    async kill() {
      child.kill('SIGKILL');
      await exited;
    },
    async stop() {
      if (!isAlive()) return;
      child.disconnect();
      const timer = setTimeout(() => child.kill('SIGKILL'), STOPPED_WITHIN_MS);
      await exited;
      clearTimeout(timer);
    },
  };
}

/** The first message that fits. @throws what the child says went wrong, or that it ended. */
function next(child: ChildProcess, fits: (message: ChildMessage) => boolean): Promise<ChildMessage> {
  return new Promise((resolve, reject) => {
    const onMessage = (message: ChildMessage) => {
      if (fits(message)) settle(() => resolve(message));
      else if (typeof message === 'object' && message.kind === 'failed')
        settle(() => reject(new Error(message.error)));
    };
    const onExit = (code: number | null, signal: NodeJS.Signals | null) =>
      settle(() =>
        reject(
          new Error(`${child.spawnargs[1] ?? 'A process'} ended (${signal ?? code}); see ${PROCESS_LOG}.`),
        ),
      );
    const settle = (then: () => void) => {
      child.off('message', onMessage).off('exit', onExit);
      then();
    };
    child.on('message', onMessage).on('exit', onExit);
  });
}
