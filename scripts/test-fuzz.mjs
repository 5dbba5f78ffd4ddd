// `npm run test:fuzz`: the HTTP service fuzzed with schemathesis from its own /openapi.json, on a real Temporal, simulator and Worker.
// Arguments go on to schemathesis: `npm run test:fuzz -- --seed 7 --max-examples 500`. `FUZZ_SEED=7` is the same seed.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { startFuzzedApi } from './fuzzed-api.mjs';
import { providePython } from './provide-python.mjs';

const ROOT = dirname(import.meta.dirname);
const FUZZ = join(ROOT, 'test', 'fuzz');
const FOLDER = join(ROOT, '.quiesce', 'fuzz');
/** Every run asks the same unless it is told another; what is set and empty is not set. */
const SEED = givenSeed() ?? (process.env.FUZZ_SEED || '1');
/** Bounded by how many requests it makes, which take two or three minutes where nothing else runs; one that hangs ends here. */
const ENDED_WITHIN_MS = 8 * 60_000;

const interrupted = new AbortController();
for (const name of ['SIGINT', 'SIGTERM', 'SIGHUP'])
  process.once(name, () => interrupted.abort(new Error(`Ended by ${name}.`)));
const late = () => interrupted.abort(new Error(`Not done within ${ENDED_WITHIN_MS / 60_000} minutes.`));
setTimeout(late, ENDED_WITHIN_MS).unref();
const { signal } = interrupted;

say(`the seed is ${SEED}; FUZZ_SEED=${SEED} asks the same again`);
try {
  const python = await providePython({
    root: ROOT,
    folder: FOLDER,
    requirements: join(FUZZ, 'requirements.txt'),
    what: 'Schemathesis and what it needs',
    oldest: [3, 11],
    say,
  });
  const api = await startFuzzedApi({ root: ROOT, folder: join(FOLDER, 'stack'), say, signal });
  try {
    const config = writeConfig(api.names);
    say('with a key of all scopes');
    const found = [
      await schemathesis(python, config, api, `Bearer ${api.key}`, [
        '--phases',
        'examples,coverage,fuzzing,stateful',
      ]),
    ];
    say('without a key');
    found.push(await schemathesis(python, config, api, '', ['--phases', 'examples,coverage']));
    const problems = [...found.flat(), ...(await afterwards(api))];
    for (const problem of problems) say(problem);
    if (problems.length > 0) process.exitCode = 1;
  } finally {
    await api.stop();
  }
} catch (problem) {
  say(problem.message);
  process.exitCode = 1;
}

/** What goes on to schemathesis with the other arguments, after ours: there the last one counts. */
function givenSeed() {
  const args = process.argv.slice(2);
  const place = args.findLastIndex((arg) => arg === '--seed' || arg.startsWith('--seed='));
  return place < 0 ? undefined : (args[place].split('=', 2)[1] ?? args[place + 1]);
}

/** The settings of test/fuzz, with the names of what there is. */
function writeConfig(names) {
  const path = join(FOLDER, 'schemathesis.toml');
  const dictionaries = Object.entries(names).map(
    ([name, values]) => `${name} = { values = ${JSON.stringify(values)} }`,
  );
  writeFileSync(
    path,
    [readFileSync(join(FUZZ, 'schemathesis.toml'), 'utf8'), '[dictionaries]', ...dictionaries, ''].join('\n'),
  );
  return path;
}

/** What it says of its end, if that is not a good one. */
async function schemathesis(python, config, { url, names }, authorization, args) {
  const given = [
    '--config-file',
    config,
    'run',
    `${url}/openapi.json`,
    '--seed',
    SEED,
    ...args,
    ...process.argv.slice(2),
  ];
  const fuzzer = spawn(python, ['-m', 'schemathesis.cli', ...given], {
    cwd: FUZZ,
    signal,
    stdio: ['ignore', 'inherit', 'inherit'],
    // No setting of whoever runs this reaches it.
    env: {
      PATH: process.env.PATH,
      HOME: FOLDER,
      PYTHONDONTWRITEBYTECODE: '1',
      PYTHONPATH: FUZZ,
      QUIESCE_FUZZ_AUTHORIZATION: authorization,
      QUIESCE_FUZZ_TASK: names.tasks[0],
      QUIESCE_FUZZ_CONNECTION: names.connections[0],
    },
  });
  const [code] = await once(fuzzer, 'close');
  return code === 0 ? [] : [`schemathesis ended with ${code}`];
}

/** What its checks do not see: whether the service still runs, what it logged, and whether requests got anywhere. */
async function afterwards({ ask, isAlive, errors }) {
  if (!isAlive()) return ['The API has ended.'];
  const [{ paths }, metrics] = await Promise.all([ask('GET', '/openapi.json'), ask('GET', '/metrics')]);
  const reached = new Set(
    [
      ...metrics.matchAll(/^quiesce_api_requests_total\{method="(\w+)",route="([^"]+)",status="2\d\d"\}/gm),
    ].map(([, method, route]) => `${method} ${route.replace(/:(id)\b/, '{$1}')}`),
  );
  const operations = Object.entries(paths).flatMap(([path, item]) =>
    Object.keys(item).map((method) => `${method.toUpperCase()} ${path}`),
  );
  return [
    ...operations
      .filter((operation) => !reached.has(operation))
      .map(
        (operation) =>
          `Nothing that was tried got an answer 2xx of ${operation}: the names it is fuzzed with lead nowhere.`,
      ),
    ...errors().map((line) => `The API logged an error: ${line}`),
  ];
}

function say(line) {
  process.stderr.write(`test:fuzz: ${line}\n`);
}
