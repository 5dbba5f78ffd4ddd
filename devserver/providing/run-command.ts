import { spawn, type ChildProcess } from 'node:child_process';
import { createInterface } from 'node:readline';
import { redactUrls } from './redact-urls.js';

/** How to run a command. */
export type RunOptions = {
  readonly timeoutMs: number;
  readonly env: NodeJS.ProcessEnv;
  readonly cwd?: string;
  readonly signal?: AbortSignal | undefined;
  readonly onLine?: (line: string) => void;
};

/** A command that could not be started, failed, or took too long; `output` holds its last lines. */
export class CommandError extends Error {
  override readonly name = 'CommandError';
  readonly kind: 'not-started' | 'failed' | 'timed-out';
  readonly output: string;

  constructor(kind: CommandError['kind'], message: string, output: string) {
    super(message);
    this.kind = kind;
    this.output = output;
  }
}

const KEPT_LINES = 20;

/**
 * Runs a command without a shell and answers its output (standard output and error, the last lines of it).
 *
 * The child stays in our process group, so that a terminal's Ctrl-C ends it with us even when nobody
 * passed a signal; on abort or timeout it gets SIGTERM, then SIGKILL.
 */
export async function runCommand(
  command: string,
  args: readonly string[],
  options: RunOptions,
): Promise<string> {
  options.signal?.throwIfAborted();
  const child = spawn(command, args, {
    env: options.env,
    ...(options.cwd === undefined ? {} : { cwd: options.cwd }),
    stdio: ['ignore', 'pipe', 'pipe'],
    windowsHide: true,
  });
  const lines: string[] = [];
  for (const stream of [child.stdout, child.stderr]) {
    createInterface({ input: stream }).on('line', (line) => {
      const safe = redactUrls(line);
      lines.push(safe);
      if (lines.length > KEPT_LINES) lines.shift();
      options.onLine?.(safe);
    });
  }
  let timedOut = false;
  const timer = setTimeout(() => {
    timedOut = true;
    end(child);
  }, options.timeoutMs);
  const onAbort = (): void => end(child);
  options.signal?.addEventListener('abort', onAbort, { once: true });
  try {
    const outcome = await ending(child);
    options.signal?.throwIfAborted();
    const output = lines.join('\n');
    if (timedOut) throw new CommandError('timed-out', `no end after ${options.timeoutMs / 1000} s`, output);
    if (outcome instanceof Error) throw new CommandError('not-started', outcome.message, output);
    if (outcome !== 0) throw new CommandError('failed', `ended with ${outcome}`, output);
    return output;
  } finally {
    clearTimeout(timer);
    options.signal?.removeEventListener('abort', onAbort);
  }
}

/** Resolves when the child is gone and its output read, with its exit code or signal, or why it never started. */
function ending(child: ChildProcess): Promise<number | string | Error> {
  return new Promise((resolve) => {
    child.once('error', resolve);
    child.once('close', (code, signal) => resolve(code ?? signal ?? 'no exit code'));
    // A grandchild may hold the pipes open for ever: once the child itself is gone they get a second.
    child.once('exit', () => {
      setTimeout(() => {
        child.stdout?.destroy();
        child.stderr?.destroy();
      }, 1000).unref();
    });
  });
}

function end(child: ChildProcess): void {
  if (process.platform === 'win32' && child.pid !== undefined) {
    // Windows has no signals, and ending a process there leaves its children: taskkill takes the tree.
    spawn('taskkill', ['/pid', String(child.pid), '/T', '/F'], { stdio: 'ignore', windowsHide: true });
    return;
  }
  child.kill('SIGTERM');
  setTimeout(() => child.kill('SIGKILL'), 2000).unref();
}
