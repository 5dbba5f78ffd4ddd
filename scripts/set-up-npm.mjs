import { spawn } from 'node:child_process';
import { basename } from 'node:path';

const LINES_OF_A_FAILURE = 25;

/** Runs an npm command without its noise; only when it fails, its last lines are shown. */
export async function npm(args, { root, name, advice, say, signal, register }) {
  const started = Date.now();
  const { code, output } = await run(args, { root, signal, register });
  if (signal.aborted) throw new Error(`${name} was interrupted.`);
  if (code === 0) return say(`${name} took ${((Date.now() - started) / 1000).toFixed(1)} s.`);
  process.stderr.write(`${output.trimEnd().split('\n').slice(-LINES_OF_A_FAILURE).join('\n')}\n`);
  throw new Error(`${name} failed. ${advice}`);
}

function run(args, { root, signal, register }) {
  // The npm that runs this script, when it is npm: the one on PATH may be another.
  const own = process.env.npm_execpath;
  const [command, before] =
    own && basename(own).startsWith('npm-cli') ? [process.execPath, [own]] : ['npm', []];
  const child = spawn(command, [...before, ...args], {
    cwd: root,
    signal,
    stdio: ['ignore', 'pipe', 'pipe'],
    shell: process.platform === 'win32' && command === 'npm',
  });
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
