import assert from 'node:assert/strict';
import { execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdir, mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { promisify } from 'node:util';

const SPOOL = new URL('../../client/spool.js', import.meta.url).href;
const folder = await mkdtemp(join(tmpdir(), 'quiesce-spool-'));
const env = { ...process.env, TMPDIR: folder };
const args = (code: string) => ['--input-type=module', '-e', `import * as it from '${SPOOL}'; ${code}`];
after(() => rm(folder, { recursive: true, force: true }));

/** A process that takes in a list whose end never comes. */
async function receiving() {
  const child = spawn(process.execPath, args('await it.spool(process.stdin);'), { env });
  after(() => child.kill('SIGKILL'));
  child.stdin.write('task\n');
  const exited = once(child, 'exit');
  const isThere = async () => (await readdir(folder)).some((name) => name.includes(`-${child.pid}-`));
  for (let tries = 0; !(await isThere()); tries++) {
    assert.ok(tries < 600);
    await sleep(50);
  }
  return {
    async kill() {
      child.kill('SIGKILL');
      await exited;
    },
  };
}

test('what a killed process has left is removed by the next, and nothing else', async () => {
  const one = await receiving();
  const [left = ''] = await readdir(folder);
  await one.kill();
  const other = await receiving();
  const theirs = (await readdir(folder)).filter((name) => name !== left);
  assert.equal(theirs.length, 1, 'the next has removed it');
  assert.equal((await readdir(folder)).includes(left), false);

  // Of another host, and of somebody else's making.
  const strange = [
    left.replace(/[0-9a-f]{12}/, '0123456789ab'),
    'quiesce-targets-AbCdEf',
    'quiesce-targets-',
  ];
  for (const name of strange) await mkdir(join(folder, name));
  await promisify(execFile)(process.execPath, args('await it.removeAbandonedSpools();'), { env });
  assert.deepEqual(new Set(await readdir(folder)), new Set([...strange, ...theirs]));
  await other.kill();
  await promisify(execFile)(process.execPath, args('await it.removeAbandonedSpools();'), { env });
  assert.deepEqual(new Set(await readdir(folder)), new Set(strange));
});

test('of the own number, what is older than the process is removed, and not what another thread has', async () => {
  const thread = `import('${SPOOL}').then((it) => it.removeAbandonedSpools())`;
  const code = `
    import { once } from 'node:events';
    import { existsSync, mkdirSync, utimesSync } from 'node:fs';
    import { dirname } from 'node:path';
    import { Worker } from 'node:worker_threads';
    const { path } = await it.spool((async function* () { yield 'task'; })());
    const before = dirname(path).replace(/.{6}$/, 'before');
    mkdirSync(before);
    utimesSync(before, 1, 1);
    await once(new Worker(${JSON.stringify(thread)}, { eval: true }), 'exit');
    console.log(existsSync(path), existsSync(before));`;
  const { stdout } = await promisify(execFile)(process.execPath, args(code), { env });
  assert.equal(stdout, 'true false\n');
});
