import { spawn, type ChildProcess } from 'node:child_process';
import { open, readFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { within } from '../../devserver/within.js';
import { CliError } from '../cli-error.js';

/** A Worker in a process of its own. */
export interface WorkerProcess {
  /** Resolves, to a sentence, when it has ended; never rejects. */
  readonly exited: Promise<string>;
  /** Lets it drain, then waits for its end. */
  stop(): Promise<void>;
  kill(): void;
}

const BIN = fileURLToPath(new URL('../../../bin/quiesce.js', import.meta.url));
const READY_WITHIN_MS = 30_000;
/** Longer than the Worker gives its Activities to end. */
const STOPPED_WITHIN_MS = 35_000;
const SHOWN_LOG_LINES = 10;

interface WorkerOptions {
  readonly configPath: string;
  readonly env: NodeJS.ProcessEnv;
  readonly logPath: string;
  readonly signal: AbortSignal;
}

/** Starts `quiesce worker` and waits until it polls. It ends when we do, even by SIGKILL: its channel to us closes then. */
export async function startWorkerProcess({
  configPath,
  env,
  logPath,
  signal,
}: WorkerOptions): Promise<WorkerProcess> {
  const log = await open(logPath, 'w');
  // In a process group of its own, so that a terminal's Ctrl-C reaches only us and the stop has an order.
  const child = spawn(process.execPath, [BIN, 'worker', '--config', configPath], {
    env,
    detached: true,
    stdio: ['ignore', log.fd, log.fd, 'ipc'],
  });
  await log.close();
  const exited = new Promise<string>((resolve) => {
    child.once('error', (error) => resolve(`The Worker could not be started: ${error.message}`));
    child.once('exit', (code, killedBy) => {
      void lastLines(logPath).then((lines) =>
        resolve(`The Worker ended (${killedBy ?? `exit code ${code}`}).${lines}`),
      );
    });
  });
  const worker = { exited, stop: () => stop(child, exited), kill: () => void child.kill('SIGKILL') };
  try {
    await ready(child, exited, signal);
    return worker;
  } catch (error) {
    await worker.stop();
    throw error;
  }
}

async function ready(child: ChildProcess, exited: Promise<string>, signal: AbortSignal): Promise<void> {
  await within(READY_WITHIN_MS, [signal], (limit) => saidReady(child, exited, limit)).catch(
    (error: unknown) => {
      signal.throwIfAborted();
      throw error instanceof CliError
        ? error
        : new CliError(`The Worker was not ready within ${READY_WITHIN_MS / 1_000} seconds.`);
    },
  );
}

function saidReady(child: ChildProcess, exited: Promise<string>, limit: AbortSignal): Promise<void> {
  return new Promise((resolve, reject) => {
    child.once('message', () => resolve());
    void exited.then((why) => reject(new CliError(why)));
    limit.addEventListener('abort', () => reject(limit.reason as Error), { once: true });
    if (limit.aborted) reject(limit.reason as Error);
  });
}

async function stop(child: ChildProcess, exited: Promise<string>): Promise<void> {
  if (child.exitCode === null && child.signalCode === null) child.kill('SIGTERM');
  const timer = setTimeout(() => child.kill('SIGKILL'), STOPPED_WITHIN_MS);
  await exited;
  clearTimeout(timer);
}

async function lastLines(path: string): Promise<string> {
  const text = await readFile(path, 'utf8').catch(() => '');
  const lines = text.trim().split('\n').slice(-SHOWN_LOG_LINES);
  return text.trim() === ''
    ? ''
    : ` Its last lines (${path}):\n${lines.map((line) => `  ${line}`).join('\n')}`;
}
