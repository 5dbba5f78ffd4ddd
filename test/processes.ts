import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { closeSync, openSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { endWithUs } from '../devserver/watchdog.js';

export interface Launch {
  /** Of its log. */
  readonly name: string;
  readonly command: readonly [string, ...string[]];
  readonly env: NodeJS.ProcessEnv;
  /** Where it must not be who we are. */
  readonly user?: { readonly uid: number; readonly gid: number } | undefined;
  readonly cwd?: string;
  /** What ends it at once; SIGKILL unless it would leave something behind. */
  readonly hurry?: NodeJS.Signals;
  /** Where it writes, in place of a log. */
  readonly output?: string;
}

export interface LoggedProcess {
  /** Undefined when it could not be started. */
  readonly pid: number | undefined;
  /** Its exit code, or the signal that ended it. */
  readonly ended: Promise<number | NodeJS.Signals>;
  /** Sends it a signal. */
  send(signal: NodeJS.Signals): void;
  /** Sends it a signal, and waits for its end. */
  end(signal: NodeJS.Signals): Promise<number | NodeJS.Signals>;
  /** Tries until it is so. @throws when the process ends before. */
  until(isSo: () => Promise<boolean>): Promise<void>;
}

const TRIED_EVERY_MS = 100;

/** Processes with a log each. They end when we do, even by SIGKILL. */
export class Processes {
  readonly #logs: string;
  readonly #running = new Map<LoggedProcess, NodeJS.Signals>();
  #hasEnded = false;

  constructor(logs: string) {
    this.#logs = logs;
  }

  start({ name, command, env, user, cwd, hurry = 'SIGKILL', output }: Launch): LoggedProcess {
    // A test that was interrupted may still be at it.
    if (this.#hasEnded) throw new Error(`${name} is not started: all has been ended.`);
    const [program, ...args] = command;
    const path = output ?? join(this.#logs, `${name}.log`);
    const log = openSync(path, 'a');
    // In a group of its own: a terminal's Ctrl-C is for us, who end them in order.
    const child = spawn(program, args, {
      env,
      cwd,
      ...user,
      detached: true,
      stdio: ['ignore', log, log],
    });
    closeSync(log);
    const dismiss = child.pid === undefined ? () => undefined : endWithUs(child.pid);
    const exited = once(child, 'exit') as Promise<[number | null, NodeJS.Signals | null]>;
    const ended = exited.then(([code, signal]) => code ?? (signal as NodeJS.Signals));
    let isOver = false;
    const over = () => {
      isOver = true;
      this.#running.delete(started);
      dismiss();
    };
    ended.then(over, over);
    const started: LoggedProcess = {
      pid: child.pid,
      ended,
      send: (signal) => void child.kill(signal),
      async end(signal) {
        child.kill(signal);
        return ended;
      },
      async until(isSo) {
        while (!(await isSo())) {
          if (isOver) throw new Error(`${name} ended with ${await ended}; see ${path}.`);
          await sleep(TRIED_EVERY_MS);
        }
      },
    };
    this.#running.set(started, hurry);
    return started;
  }

  /** Runs it to its end. @throws unless that is 0. */
  async run(launch: Launch): Promise<void> {
    const code = await this.start(launch).ended;
    if (code !== 0)
      throw new Error(
        `${launch.command.join(' ')} ended with ${code}; see ${this.#logs}/${launch.name}.log.`,
      );
  }

  /** Ends what still runs at once, the last first; nothing can be started from then on. */
  async endAll(): Promise<void> {
    this.#hasEnded = true;
    for (const [each, hurry] of [...this.#running].reverse()) await each.end(hurry);
  }
}
