// What Temporal on PostgreSQL is run with: PostgreSQL is this machine's, Temporal's server and its schema tool are built with Go.
import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, readdirSync, rmSync, symlinkSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { provideTemporal } from '../dist/devserver/provide-temporal.js';
import { buildWithGo, go } from './go.mjs';

const ROOT = dirname(import.meta.dirname);
const PROGRAMS = join(ROOT, '.quiesce', 'postgres', 'bin');
const SOURCES = join(ROOT, 'tools', 'server');
const MODULE = 'go.temporal.io/server';
const BUILT = { 'temporal-server': `${MODULE}/cmd/server`, 'temporal-sql-tool': `${MODULE}/cmd/tools/sql` };
/** Where Debian and Ubuntu have the programs of each release. */
const DEBIAN = '/usr/lib/postgresql';

/**
 * Finds and builds all of it; the type is `PostgresTools` of `test/postgres/temporal-on-postgresql.ts`.
 * @throws when there is no PostgreSQL, no user it may run as, or no Go.
 */
export async function providePostgres(say) {
  const postgresql = { programs: findPostgresql(), user: findUser() };
  mkdirSync(PROGRAMS, { recursive: true });
  link('quiesce', join(ROOT, 'bin', 'quiesce.js'));
  link('temporal', (await provideTemporal({ log: say })).path);
  for (const [name, source] of Object.entries(BUILT)) {
    say(`building ${name} with Go; the first time, this takes minutes …`);
    buildWithGo(source, join(PROGRAMS, name), SOURCES);
  }
  const module = go(['list', '-m', '-f', '{{.Dir}}', MODULE], SOURCES).trim();
  const entrypoint = join(module, 'docker/scripts/sh/entrypoint.sh');
  return { postgresql, programs: PROGRAMS, entrypoint };
}

/** Whether an earlier run has built what takes minutes. */
export function isPostgresBuilt() {
  return Object.keys(BUILT).every((name) => existsSync(join(PROGRAMS, name)));
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

function link(name, target) {
  rmSync(join(PROGRAMS, name), { force: true });
  symlinkSync(target, join(PROGRAMS, name));
}
