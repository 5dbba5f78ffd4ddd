// `npm test`: types, lint, format, then every test. `npm test -- cancel` runs the test files whose path has "cancel" in it.
import { spawnSync } from 'node:child_process';
import { readdirSync } from 'node:fs';
import { join } from 'node:path';

const root = join(import.meta.dirname, '..');
const wanted = process.argv[2];

step('types', 'tsc', []);
step('types of the page', 'tsc', ['-p', 'api/page']);
if (wanted === undefined) {
  step('lint', 'oxlint', ['--type-aware']);
  step('format', 'oxfmt', ['--check']);
}

// Provided once, here, where progress can be seen, and handed to every test file by its path.
const { provideTemporal } = await import('../dist/devserver/provide-temporal.js');
const { provideTestServer } = await import('../dist/devserver/provide-test-server.js');
const log = (line) => console.log(`  ${line}`);
console.log('> Temporal servers');
const env = {
  ...process.env,
  TEMPORAL_CLI_PATH: (await provideTemporal({ log })).path,
  TEMPORAL_TEST_SERVER_PATH: (await provideTestServer({ log })).path,
};

const files = readdirSync(join(root, 'dist/test'), { recursive: true, encoding: 'utf8' })
  .filter((file) => file.endsWith('.test.js') && (wanted === undefined || file.includes(wanted)))
  // Those are `npm run test:postgres`: it needs PostgreSQL, and builds a Temporal server.
  .filter((file) => !file.startsWith('postgres'))
  .sort()
  .map((file) => join(root, 'dist/test', file));
if (files.length === 0) fail(`No test file has "${wanted}" in its path.`);
console.log(`> ${files.length} test files`);
run(
  process.execPath,
  ['--enable-source-maps', '--test', '--test-reporter=spec', '--test-concurrency=2', ...files],
  env,
);

function step(name, bin, args) {
  console.log(`> ${name}`);
  run(process.execPath, [binScript(bin), ...args], process.env);
}

function run(command, args, environment) {
  const { status, error } = spawnSync(command, args, { cwd: root, stdio: 'inherit', env: environment });
  if (error) fail(error.message);
  if (status !== 0) process.exit(status ?? 1);
}

function binScript(bin) {
  return join(root, 'node_modules', bin === 'tsc' ? 'typescript' : bin, 'bin', bin);
}

function fail(message) {
  console.error(message);
  process.exit(1);
}
