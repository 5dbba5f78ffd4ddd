// `npm run test:official`: the vendors' own Python clients against the simulator, nothing changed but the endpoint.
// `npm run test:official -- huawei` runs the test files whose name has "huawei" in it.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readdirSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { startSimulator } from '../dist/simulator/start-simulator.js';
import { providePython } from './provide-python.mjs';

const ROOT = dirname(import.meta.dirname);
const TESTS = join(ROOT, 'test', 'official');
const FOLDER = join(ROOT, '.quiesce', 'official');
const SIGNALS = ['SIGINT', 'SIGTERM', 'SIGHUP'];
const wanted = process.argv[2] ?? '';

try {
  const files = readdirSync(TESTS).filter((name) => /^test_.*\.py$/.test(name) && name.includes(wanted));
  if (files.length === 0) throw new Error(`No file of test/official has "${wanted}" in its name.`);
  const requirements = join(TESTS, 'requirements.txt');
  const python = await providePython({
    root: ROOT,
    folder: FOLDER,
    requirements,
    what: 'The official clients',
    // What the newest boto3 asks for.
    oldest: [3, 10],
    say,
  });
  // In this process: however this command ends, its simulator ends with it.
  const simulator = await startSimulator();
  try {
    await run(python, files, simulator);
  } finally {
    await simulator.close();
  }
} catch (problem) {
  say(problem.message);
  process.exitCode = 1;
}

/** Ends as the tests end: by the same exit code, or by the signal that stopped them. */
async function run(python, files, { endpoint, credentials }) {
  const tests = spawn(python, ['-W', 'ignore::DeprecationWarning', '-m', 'unittest', '-v', ...files], {
    cwd: TESTS,
    stdio: ['ignore', 'inherit', 'inherit'],
    // No setting of whoever runs this reaches the clients: no profile, proxy or endpoint.
    env: {
      PATH: process.env.PATH,
      ...(process.env.SystemRoot !== undefined && { SystemRoot: process.env.SystemRoot }),
      HOME: FOLDER,
      PYTHONDONTWRITEBYTECODE: '1',
      QUIESCE_SIMULATOR: JSON.stringify({ endpoint, credentials }),
    },
  });
  let told;
  const stop = (signal) => {
    told = signal;
    tests.kill('SIGTERM');
  };
  for (const signal of SIGNALS) process.on(signal, stop);
  const [code] = await once(tests, 'close');
  for (const signal of SIGNALS) process.off(signal, stop);
  if (told !== undefined) process.kill(process.pid, told);
  process.exitCode = code ?? 1;
}

function say(line) {
  process.stderr.write(`test:official: ${line}\n`);
}
