import { spawn } from 'node:child_process';

const LINES_OF_A_FAILURE = 25;

/**
 * Runs one long command of a set-up without its noise; only when it fails, its last lines are shown and it throws
 * `advice`. `signal` and `register` are those of `withLock`.
 */
export async function runQuietly(command, args, { name, advice, say, ...options }) {
  const started = Date.now();
  const { code, output } = await run(command, args, options);
  if (options.signal.aborted) throw new Error(`${name} was interrupted.`);
  if (code === 0) return say(`${name} took ${((Date.now() - started) / 1000).toFixed(1)} s.`);
  process.stderr.write(`${output.trimEnd().split('\n').slice(-LINES_OF_A_FAILURE).join('\n')}\n`);
  throw new Error(`${name} failed. ${advice}`);
}

function run(command, args, { root, signal, register, shell = false }) {
  const child = spawn(command, args, { cwd: root, signal, stdio: ['ignore', 'pipe', 'pipe'], shell });
  if (child.pid !== undefined) register(child.pid);
  let output = '';
  for (const stream of [child.stdout, child.stderr]) {
    stream.setEncoding('utf8').on('data', (text) => (output += text));
  }
  return new Promise((resolve) => {
    child.once('error', (error) => {
      // An aborted child is waited for: it may still be writing.
      if (child.pid === undefined) resolve({ code: 1, output: `${output}${error.message}\n` });
    });
    child.once('close', (code) => resolve({ code: code ?? 1, output }));
  });
}
