import assert from 'node:assert/strict';
import { closeSync, mkdtempSync, openSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { PassThrough } from 'node:stream';
import { describe, it } from 'node:test';
import { lastingLog } from '../../cli/lasting-log.js';

describe('a lasting log', () => {
  it('goes on where its stream has failed, and loses what cannot be written', () => {
    const folder = mkdtempSync(join(tmpdir(), 'quiesce-log-'));
    const path = join(folder, 'log');
    const fd = openSync(path, 'w');
    const stream = Object.assign(new PassThrough(), { fd, isTTY: false, columns: 80 });
    const log = lastingLog(stream as unknown as NodeJS.WriteStream & { fd: number });
    log.write('before\n');
    stream.emit('error', Object.assign(new Error('ENOSPC: no space left on device'), { code: 'ENOSPC' }));
    log.write('after\n');
    closeSync(fd);
    log.write('lost\n');
    assert.equal(String(stream.read()), 'before\n');
    assert.equal(readFileSync(path, 'utf8'), 'after\n');
    rmSync(folder, { recursive: true });
  });
});
