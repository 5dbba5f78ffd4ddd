import { spawn } from 'node:child_process';
import { basename } from 'node:path';

const LINES_OF_A_FAILURE = 25;

/** Runs an npm command without its noise; only when it fails, its last lines are shown. */
export async function npm(root, args, { name, advice, say }) {
  const started = Date.now();
  const { code, output } = await run(root, args);
  if (code === 0) return say(`${name} took ${((Date.now() - started) / 1000).toFixed(1)} s.`);
  process.stderr.write(`${output.trimEnd().split('\n').slice(-LINES_OF_A_FAILURE).join('\n')}\n`);
  throw new Error(`${name} failed. ${advice}`);
}

function run(root, args) {
  // The npm that runs this script, when it is npm: the one on PATH may be another.
  const own = process.env.npm_execpath;
  const [command, before] =
    own && basename(own).startsWith('npm-cli') ? [process.execPath, [own]] : ['npm', []];
  const child = spawn(command, [...before, ...args], {
    cwd: root,
    stdio: ['ignore', 'pipe', 'pipe'],
    shell: process.platform === 'win32' && command === 'npm',
  });
  let output = '';
  for (const stream of [child.stdout, child.stderr]) {
    stream.setEncoding('utf8').on('data', (text) => (output += text));
  }
  return new Promise((resolve) => {
    child.once('error', (error) => resolve({ code: 1, output: `${output}${error.message}\n` }));
    child.once('close', (code) => resolve({ code: code ?? 1, output }));
  });
}
