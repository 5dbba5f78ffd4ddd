import { randomBytes } from 'node:crypto';
import { chown, mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Launch, LoggedProcess, Processes } from '../processes.js';

export interface PostgresqlOptions {
  /** Where its programs are. */
  readonly programs: string;
  /** It refuses to run as root. */
  readonly user?: Launch['user'];
  /** It makes a folder of its own in it. */
  readonly folder: string;
  readonly port: number;
}

export interface Postgresql {
  readonly passwordFile: string;
  /** Where its files are. */
  readonly data: string;
  /** Writes what all its databases hold into a file, in plain bytes: in its own files, long values are compressed. */
  dump(): Promise<string>;
  /** As `docker compose restart` does. */
  restart(): Promise<void>;
  /** As `docker kill` does: all its processes at once, none of which can tidy up. */
  kill(): Promise<void>;
  /** Starts it again, and waits until it can be asked. */
  start(): Promise<void>;
  /** Its exit code. */
  stop(): Promise<number | NodeJS.Signals>;
}

const HOST = '127.0.0.1';
/** As docker-compose.yml names it, to whom the image gives all rights. */
const NAME = 'temporal';
/** As docker-compose.yml says: connections are cut, and what was committed is on the disk. */
const STOP_SIGNAL = 'SIGINT';
/** Memory that it shared may be in use for a moment after it was killed, which it takes for another server. */
const MOST_TRIES = 50;
const TRIED_EVERY_MS = 200;

/** A new PostgreSQL with default settings, and a password as the image has it. */
export async function startPostgresql(
  processes: Processes,
  { programs, user, folder, port }: PostgresqlOptions,
): Promise<Postgresql> {
  const home = join(folder, 'postgresql');
  const passwordFile = join(home, 'password');
  const data = join(home, 'data');
  await mkdir(home, { mode: 0o700 });
  await writeFile(passwordFile, randomBytes(16).toString('hex'), { mode: 0o600 });
  if (user !== undefined) for (const path of [home, passwordFile]) await chown(path, user.uid, user.gid);
  const env = { PATH: process.env['PATH'], LC_ALL: 'C' };
  const launch = (name: string, program: string, ...args: string[]): Launch => ({
    name,
    command: [join(programs, program), ...args],
    env,
    user,
    // It has to be where its user may be, which is not everywhere root may.
    cwd: home,
    hurry: 'SIGQUIT',
  });
  const initdb = [
    '--username',
    NAME,
    '--pwfile',
    passwordFile,
    '--auth',
    'scram-sha-256',
    '--encoding',
    'UTF8',
  ];
  await processes.run(launch('initdb', 'initdb', '--pgdata', data, ...initdb));

  const start = async (): Promise<LoggedProcess> => {
    const where = ['-p', String(port), '-k', home, '-c', `listen_addresses=${HOST}`];
    const server = processes.start(launch('postgresql', 'postgres', '-D', data, ...where));
    const ready = launch(
      'pg_isready',
      'pg_isready',
      '--host',
      HOST,
      '--port',
      String(port),
      '--username',
      NAME,
    );
    await server.until(async () => (await processes.start(ready).ended) === 0);
    return server;
  };
  const startAgain = async (triesLeft = MOST_TRIES): Promise<LoggedProcess> => {
    try {
      return await start();
    } catch (thrown) {
      if (triesLeft === 0) throw thrown;
      await sleep(TRIED_EVERY_MS);
      return startAgain(triesLeft - 1);
    }
  };
  let server = await start();
  const stop = () => server.end(STOP_SIGNAL);
  return {
    passwordFile,
    data,
    stop,
    async dump() {
      const path = join(home, 'dump.sql');
      const from = ['--host', HOST, '--port', String(port), '--username', NAME];
      const { env: before, ...asLaunched } = launch(
        'pg_dumpall',
        'pg_dumpall',
        ...from,
        '--data-only',
        '--file',
        path,
      );
      const password = await readFile(passwordFile, 'utf8');
      // Bytes that are text stay so, where they would all be hexadecimal.
      await processes.run({
        ...asLaunched,
        env: { ...before, PGPASSWORD: password, PGOPTIONS: '-c bytea_output=escape' },
      });
      return path;
    },
    async restart() {
      await stop();
      server = await start();
    },
    async kill() {
      const all = [server.pid, ...(await childrenOf(server.pid))];
      for (const pid of all) killIfThere(pid);
      await server.ended;
    },
    async start() {
      server = await startAgain();
    },
  };
}

/** Each of its processes is in a group of its own. Linux only. */
async function childrenOf(pid: number | undefined): Promise<number[]> {
  const children = await readFile(`/proc/${pid}/task/${pid}/children`, 'utf8').catch(() => '');
  return children.split(' ').flatMap((each) => (each === '' ? [] : [Number(each)]));
}

function killIfThere(pid: number | undefined): void {
  try {
    if (pid !== undefined) process.kill(pid, 'SIGKILL');
  } catch {
    // It has ended meanwhile, as they do when the first of them ends.
  }
}
