import assert from 'node:assert/strict';
import { mkdtemp, rm } from 'node:fs/promises';
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
});
