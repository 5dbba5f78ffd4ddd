// `npm run test:official`: the vendors' own Python clients against the simulator, nothing changed but the endpoint.
// `npm run test:official -- huawei` runs the test files whose name has "huawei" in it.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readdirSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { createInterface } from 'node:readline';
import { providePython } from './provide-python.mjs';

const ROOT = dirname(import.meta.dirname);
const TESTS = join(ROOT, 'test', 'official');
const FOLDER = join(ROOT, '.quiesce', 'official');
const wanted = process.argv[2] ?? '';

const say = (line) => process.stderr.write(`test:official: ${line}\n`);
const children = new Set();
let told;

try {
  const files = readdirSync(TESTS).filter((name) => /^test_.*\.py$/.test(name) && name.includes(wanted));
  if (files.length === 0) throw new Error(`No file of test/official has "${wanted}" in its name.`);
  const python = await providePython({
    root: ROOT,
    folder: FOLDER,
    requirements: join(TESTS, 'requirements.txt'),
    say,
  });
  for (const name of ['SIGINT', 'SIGTERM', 'SIGHUP']) process.on(name, stop);
  process.exitCode = await runTests(python, files, await startSimulator());
} catch (problem) {
  if (told === undefined) say(problem.message);
  process.exitCode = 1;
} finally {
  await Promise.all([...children].map(end));
  process.removeAllListeners(told);
  if (told !== undefined) process.kill(process.pid, told);
}

function stop(name) {
  told = name;
  for (const child of children) child.kill('SIGTERM');
}

function start(command, args, options) {
  const child = spawn(command, args, { cwd: ROOT, ...options });
  children.add(child);
  child.once('close', () => children.delete(child));
  return child;
}

async function end(child) {
  child.kill('SIGTERM');
  await once(child, 'close');
}

/** The line it prints: its endpoint and the credentials it accepts. */
async function startSimulator() {
  const simulator = start(process.execPath, ['bin/quiesce.js', 'simulator', '--port', '0'], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const ended = once(simulator, 'close').then(([code]) => {
    throw new Error(`The simulator ended (exit code ${code}) before it was ready.`);
  });
  const [line] = await Promise.race([once(createInterface(simulator.stdout), 'line'), ended]);
  ended.catch(() => {});
  return line;
}

/** Resolves to the exit code. No setting of whoever runs this reaches the clients: no profile, proxy or endpoint. */
async function runTests(python, files, simulator) {
  const tests = start(python, ['-m', 'unittest', '-v', ...files], {
    cwd: TESTS,
    stdio: ['ignore', 'inherit', 'inherit'],
    env: {
      PATH: process.env.PATH,
      ...(process.env.SystemRoot !== undefined && { SystemRoot: process.env.SystemRoot }),
      HOME: FOLDER,
      PYTHONDONTWRITEBYTECODE: '1',
      QUIESCE_SIMULATOR: simulator,
    },
  });
  const [code] = await once(tests, 'close');
  return code ?? 1;
}
