import assert from 'node:assert/strict';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { Processes } from '../processes.js';
import { Part } from './part.js';

describe('a part of the chaos', () => {
  let folder: string;
  let processes: Processes;

  before(async () => {
    folder = await mkdtemp(join(tmpdir(), 'quiesce-part-'));
    processes = new Processes(folder);
  });
  after(async () => {
    await processes.endAll();
    await rm(folder, { recursive: true });
  });

  it('is started again when it ends, and given up when it was never ready', async () => {
    const command = [process.execPath, '-e', 'process.exit(3)'] as const;
    const part = new Part(
      'old',
      processes,
      () => ({ name: 'old', command, env: {} }),
      () => Promise.resolve(false),
    );
    await assert.rejects(
      part.up(),
      /^Error: old ended with 3, 10 times, and was never ready; see its log\.$/,
    );
    part.letGo();
  });

  it('falls when it is told to end, and does not end well', async () => {
    const ends = async (code: number) => {
      const script = `process.on('SIGTERM', () => process.exit(${code})); setInterval(() => {}, 1_000); console.log('up')`;
      const name = `ends-with-${code}`;
      const command = [process.execPath, '-e', script] as const;
      const isUp = async () => (await readFile(join(folder, `${name}.log`), 'utf8')).includes('up');
      const part = new Part(name, processes, () => ({ name, command, env: {} }), isUp);
      await part.up();
      await part.down('SIGTERM');
      return part.falls;
    };
    assert.deepEqual(await ends(0), []);
    assert.deepEqual(await ends(3), ['ends-with-3 was told to end, and did so with 3']);
  });
});
