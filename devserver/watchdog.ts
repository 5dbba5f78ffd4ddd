import { spawn } from 'node:child_process';

/** Ends the server when its standard input closes without a word, which the kernel does when we die. */
const SCRIPT = 'read -r _ || { kill -TERM "$1"; sleep 10; kill -KILL "$1"; }';

/**
 * Sees to it that a process ends when ours does, even by SIGKILL, when no code of ours can run any more: a
 * shell that waits on a pipe from us. It costs about a megabyte and no polling.
 *
 * Windows has no such shell: there a server outlives a killed Quiesce.
 *
 * @returns a function that dismisses the watchdog, for when the process has ended
 */
export function endWithUs(pid: number): () => void {
  if (process.platform === 'win32') return () => undefined;
  const watchdog = spawn('/bin/sh', ['-c', SCRIPT, 'quiesce-watchdog', String(pid)], {
    detached: true,
    env: { PATH: process.env['PATH'] },
    stdio: ['pipe', 'ignore', 'ignore'],
  });
  // A system without /bin/sh, or a watchdog that was killed: then there simply is none.
  watchdog.on('error', () => undefined);
  watchdog.stdin.on('error', () => undefined);
  watchdog.unref();
  return () => watchdog.stdin.end('dismissed\n');
}
