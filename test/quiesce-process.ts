import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';

const QUIESCE = join(import.meta.dirname, '../../bin/quiesce.js');

/** `quiesce …` in a process of its own. */
export interface QuiesceProcess {
  /** What it wrote so far. */
  readonly out: () => string;
  /** Its log. */
  readonly err: () => string;
  /** Waits until it has written that on stdout; what it wrote is the match. */
  until(pattern: RegExp): Promise<RegExpExecArray>;
  /** SIGTERM, and its exit code. */
  stop(): Promise<number | null>;
}

export function startQuiesce(args: readonly string[], env: NodeJS.ProcessEnv): QuiesceProcess {
  const child = spawn(process.execPath, [QUIESCE, ...args], { env, stdio: ['ignore', 'pipe', 'pipe'] });
  let out = '';
  let err = '';
  child.stdout.setEncoding('utf8').on('data', (text: string) => (out += text));
  child.stderr.setEncoding('utf8').on('data', (text: string) => (err += text));
  const exited = once(child, 'close');
  return {
    out: () => out,
    err: () => err,
    async until(pattern) {
      for (;;) {
        const found = pattern.exec(out);
        if (found !== null) return found;
        if (child.exitCode !== null) throw new Error(`quiesce ${args.join(' ')} has ended: ${out}${err}`);
        await Promise.race([once(child.stdout, 'data'), exited]);
      }
    },
    async stop() {
      child.kill('SIGTERM');
      await exited;
      return child.exitCode;
    },
  };
}
