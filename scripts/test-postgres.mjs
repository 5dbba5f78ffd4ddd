// `npm run test:postgres`: what docker-compose.yml deploys, as processes of this machine. PostgreSQL is this machine's, Temporal's server
// and its schema tool are built with Go; a campaign of five thousand tasks is played while parts of it die.
import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, readdirSync, rmSync, symlinkSync } from 'node:fs';
import { dirname, join, relative } from 'node:path';
import { provideTemporal } from '../dist/devserver/provide-temporal.js';

const ROOT = dirname(import.meta.dirname);
const FOLDER = join(ROOT, '.quiesce', 'postgres');
const PROGRAMS = join(FOLDER, 'bin');
const LOGS = join(FOLDER, 'logs');
const SOURCES = join(ROOT, 'tools', 'server');
const MODULE = 'go.temporal.io/server';
const BUILT = { 'temporal-server': `${MODULE}/cmd/server`, 'temporal-sql-tool': `${MODULE}/cmd/tools/sql` };
/** Where Debian and Ubuntu have the programs of each release. */
const DEBIAN = '/usr/lib/postgresql';

try {
  const postgresql = { programs: findPostgresql(), user: findUser() };
  mkdirSync(PROGRAMS, { recursive: true });
  rmSync(LOGS, { recursive: true, force: true });
  mkdirSync(LOGS);
  link('quiesce', join(ROOT, 'bin', 'quiesce.js'));
  link('temporal', (await provideTemporal({ log: say })).path);
  for (const [name, source] of Object.entries(BUILT)) build(name, source);
  const entrypoint = join(
    go(['list', '-m', '-f', '{{.Dir}}', MODULE]).trim(),
    'docker/scripts/sh/entrypoint.sh',
  );
  process.env.QUIESCE_POSTGRES = JSON.stringify({ postgresql, programs: PROGRAMS, entrypoint, logs: LOGS });
  say(`the logs will be in ${relative(ROOT, LOGS)}`);
  await import('../dist/test/postgres/deployment.test.js');
} catch (problem) {
  say(problem.message);
  process.exitCode = 1;
}

/** The newest of Debian's, or that of the PATH. */
function findPostgresql() {
  const [newest] = existsSync(DEBIAN) ? readdirSync(DEBIAN).sort((a, b) => Number(b) - Number(a)) : [];
  const folder =
    newest === undefined
      ? spawnSync('pg_config', ['--bindir'], { encoding: 'utf8' }).stdout?.trim()
      : join(DEBIAN, newest, 'bin');
  if (folder && existsSync(join(folder, 'initdb'))) return folder;
  throw new Error(
    'There is no PostgreSQL server: install it (on Debian and Ubuntu `apt-get install postgresql`).',
  );
}

/** PostgreSQL refuses to run as root; its package has made a user for it. */
function findUser() {
  if (process.getuid?.() !== 0) return undefined;
  for (const name of ['postgres', 'nobody']) {
    const [uid, gid] = ['-u', '-g'].map((which) => spawnSync('id', [which, name], { encoding: 'utf8' }));
    if (uid.status === 0) return { uid: Number(uid.stdout), gid: Number(gid.stdout) };
  }
  throw new Error(
    'PostgreSQL refuses to run as root, and there is no user postgres: run this as another user.',
  );
}

function build(name, source) {
  say(`building ${name} with Go; the first time, this takes minutes …`);
  go(['build', '-mod=readonly', '-trimpath', '-ldflags', '-s -w', '-o', join(PROGRAMS, name), source]);
}

function go(args) {
  // As Temporal's CLI is built, so that each uses what was compiled for the other.
  const env = { ...process.env, GOWORK: 'off', GOFLAGS: '', CGO_ENABLED: '0' };
  const { status, stdout, stderr, error } = spawnSync('go', args, { cwd: SOURCES, encoding: 'utf8', env });
  if (error?.code === 'ENOENT') throw new Error('There is no go: install Go (https://go.dev/dl).');
  if (error !== undefined) throw error;
  if (status !== 0) throw new Error(`go ${args.join(' ')} ended with ${status}:\n${stderr}`);
  return stdout;
}

function link(name, target) {
  rmSync(join(PROGRAMS, name), { force: true });
  symlinkSync(target, join(PROGRAMS, name));
}

function say(line) {
  process.stderr.write(`test:postgres: ${line}\n`);
}
