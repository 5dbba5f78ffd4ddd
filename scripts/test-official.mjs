// `npm run test:official`: the vendors' own Python clients against the simulator, nothing changed but the endpoint; and
// Temporal's, against a Worker, and Prometheus', against the metrics of a Worker and of the HTTP service.
// `npm run test:official -- huawei` runs the test files whose name has "huawei" in it.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readdirSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { provideTemporal } from '../dist/devserver/provide-temporal.js';
import { startSimulator } from '../dist/simulator/start-simulator.js';
import { startStack } from '../dist/test/harness.js';
import { startMonitored } from '../dist/test/monitored.js';
import { providePython } from './provide-python.mjs';

const ROOT = dirname(import.meta.dirname);
const TESTS = join(ROOT, 'test', 'official');
const FOLDER = join(ROOT, '.quiesce', 'official');
const NEEDS_A_STACK = 'test_temporalio.py';
const NEEDS_METRICS = 'test_prometheus_client.py';
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
  // In this process: however this command ends, what it started ends with it.
  const simulator = await startSimulator();
  const stack = files.includes(NEEDS_A_STACK) ? await startWorkersStack() : undefined;
  const monitored = files.includes(NEEDS_METRICS) ? await startMonitored() : undefined;
  try {
    await run(python, files, simulator, stack, monitored);
  } finally {
    await monitored?.close();
    await stack?.close();
    await simulator.close();
  }
} catch (problem) {
  say(problem.message);
  process.exitCode = 1;
}

/** Ends as the tests end: by the same exit code, or by the signal that stopped them. */
async function run(python, files, { endpoint, credentials }, stack, monitored) {
  const tests = spawn(python, ['-W', 'ignore::DeprecationWarning', 'run.py', ...files], {
    cwd: TESTS,
    stdio: ['ignore', 'inherit', 'inherit'],
    // No setting of whoever runs this reaches the clients: no profile, proxy or endpoint.
    env: {
      PATH: process.env.PATH,
      ...(process.env.SystemRoot !== undefined && { SystemRoot: process.env.SystemRoot }),
      HOME: FOLDER,
      PYTHONDONTWRITEBYTECODE: '1',
      QUIESCE_SIMULATOR: JSON.stringify({ endpoint, credentials }),
      ...(monitored && { QUIESCE_METRICS: JSON.stringify(monitored.metricsUrls) }),
      ...(stack && { QUIESCE_STACK: JSON.stringify(aboutStack(stack)) }),
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

async function startWorkersStack() {
  // Provided here, where progress can be seen.
  process.env.TEMPORAL_CLI_PATH = (await provideTemporal({ log: say })).path;
  const stack = await startStack({ everyMs: 100 });
  await stack.startWorker();
  return stack;
}

function aboutStack({ address, endpoint, connections: [connection] }) {
  return { address, endpoint, connection: connection.name };
}

function say(line) {
  process.stderr.write(`test:official: ${line}\n`);
}
