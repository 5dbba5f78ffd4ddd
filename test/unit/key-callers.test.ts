import assert from 'node:assert/strict';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { fastify } from 'fastify';
import { KeyCallers } from '../../api/key-callers.js';
import { changeKeysFile, newApiKey } from '../../api/keys-file.js';

const { log } = fastify();

describe('callers by key', () => {
  let folder: string;
  before(async () => {
    folder = await mkdtemp(join(tmpdir(), 'quiesce-keys-'));
  });
  after(() => rm(folder, { recursive: true, force: true }));

  it('are known from the first request on, however many come at once', async () => {
    const path = join(folder, 'keys.json');
    const { key, sha256 } = newApiKey();
    await changeKeysFile(path, () => [
      { name: 'ops', sha256, scopes: ['read'], createdAt: new Date().toISOString() },
    ]);
    const callers = new KeyCallers(path);
    const found = await Promise.all(Array.from({ length: 20 }, () => callers.callerOf(key, log)));
    assert.deepEqual(
      found.map((caller) => caller?.name),
      Array.from({ length: 20 }, () => 'key:ops'),
    );
  });
});
