import { spawn, type ChildProcess } from 'node:child_process';
import { createInterface } from 'node:readline';
import { minimalEnvironment } from './providing/minimal-environment.js';
import { endWithUs } from './watchdog.js';

/** How the server's process ended. */
export type DevServerExit = { readonly code: number | null; readonly signal: NodeJS.Signals | null };

/** A running server process. */
export type DevServerProcess = {
  readonly pid: number;
  /** Never rejects. */
  readonly exited: Promise<DevServerExit>;
  /** Its last lines of output; of a panic the first. */
  lastLines(): string;
  /** SIGTERM, after the grace time SIGKILL; resolves when the process is gone. */
  stop(graceMs: number): Promise<void>;
};

const KEPT_LINES = 40;
/** How Go begins a panic; what follows is the stack, over a hundred lines of it when the server is being built. */
const PANIC = /^(panic|fatal error): /;
/**
 * Go collects its garbage when the heap has grown to twice what is in use; at five times, a start and a campaign cost the server a
 * sixth less CPU time. https://go.dev/doc/gc-guide#GOGC
 */
const GARBAGE = { GOGC: '400' };

/** Spawns the server in a process group of its own, so that a terminal's Ctrl-C reaches only us. */
export async function spawnDevServer(
  path: string,
  args: string[],
  log: (line: string) => void,
): Promise<DevServerProcess> {
  const child = spawn(path, args, {
    detached: true,
    env: { ...GARBAGE, ...minimalEnvironment(process.env) },
    stdio: ['ignore', 'pipe', 'pipe'],
    windowsHide: true,
  });
  const last = lastLines();
  for (const stream of [child.stdout, child.stderr]) {
    createInterface({ input: stream }).on('line', (line) => {
      if (line.trim() === '') return;
      last.add(line);
      log(line);
    });
  }
  const exited = new Promise<DevServerExit>((resolve) => {
    // Not 'exit': the last words, such as which port was taken, may still be on their way then.
    child.once('close', (code, signal) => resolve({ code, signal }));
  });
  const pid = await started(child);
  const dismissWatchdog = endWithUs(pid);
  void exited.then(dismissWatchdog);
  return { pid, exited, lastLines: last.text, stop: (graceMs) => stop(child, exited, graceMs) };
}

/** The last lines; where the server panics, those before it and its first ones: they say why, the last only where. */
function lastLines() {
  const lines: string[] = [];
  let room = Number.POSITIVE_INFINITY;
  return {
    add(line: string): void {
      if (room === Number.POSITIVE_INFINITY && PANIC.test(line)) room = KEPT_LINES / 2;
      if (room-- <= 0) return;
      lines.push(line);
      if (lines.length > KEPT_LINES) lines.shift();
    },
    text: () => lines.join('\n'),
  };
}

function started(child: ChildProcess): Promise<number> {
  return new Promise((resolve, reject) => {
    child.once('error', reject);
    child.once('spawn', () => resolve(child.pid as number));
  });
}

async function stop(child: ChildProcess, exited: Promise<DevServerExit>, graceMs: number): Promise<void> {
  if (child.exitCode === null && child.signalCode === null) child.kill('SIGTERM');
  const timer = setTimeout(() => child.kill('SIGKILL'), graceMs);
  await exited;
  clearTimeout(timer);
}
