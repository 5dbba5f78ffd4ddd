import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { open, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { readTarEntry } from '../../devserver/providing/read-tar-entry.js';
import { readZipEntry } from '../../devserver/providing/read-zip-entry.js';
import { tar, temporaryFolder, zip } from './fakes.js';

const content = randomBytes(5000);
const files = [
  { name: 'before', content: randomBytes(700) },
  { name: 'folder/wanted', content },
  { name: 'after/wanted', content: randomBytes(600) },
  { name: 'empty', content: Buffer.alloc(0) },
];

async function* inChunks(data: Buffer, size: number): AsyncGenerator<Buffer> {
  for (let at = 0; at < data.length; at += size) yield data.subarray(at, at + size);
}

async function collect(source: AsyncIterable<Buffer>): Promise<Buffer> {
  const parts: Buffer[] = [];
  for await (const part of source) parts.push(part);
  return Buffer.concat(parts);
}

describe('readTarEntry', () => {
  for (const size of [1, 7, 511, 512, 513, 4096, 1_000_000]) {
    it(`finds the first file of that name in chunks of ${size} bytes`, async () => {
      assert.deepEqual(await collect(readTarEntry(inChunks(tar(files), size), 'wanted')), content);
    });
  }

  it('reads an empty file', async () => {
    assert.equal((await collect(readTarEntry(inChunks(tar(files), 100), 'empty'))).length, 0);
  });

  it('refuses an archive without the file, one that is cut, and one that is none', async () => {
    await assert.rejects(collect(readTarEntry(inChunks(tar(files), 100), 'other')), /holds no other/);
    await assert.rejects(
      collect(readTarEntry(inChunks(tar(files).subarray(0, 3000), 100), 'wanted')),
      /bytes too soon/,
    );
    await assert.rejects(
      collect(readTarEntry(inChunks(Buffer.alloc(2000, 'no'), 100), 'wanted')),
      /not a tar file/,
    );
  });
});

describe('readZipEntry', () => {
  async function readWanted(archive: Buffer): Promise<Buffer> {
    const path = join(await temporaryFolder(), 'archive.zip');
    await writeFile(path, archive);
    const file = await open(path);
    try {
      return await collect(await readZipEntry(file, (name) => name === 'folder/wanted'));
    } finally {
      await file.close();
    }
  }

  it('reads a deflated and a stored entry', async () => {
    assert.deepEqual(await readWanted(zip(files)), content);
    assert.deepEqual(await readWanted(zip(files.map((file) => ({ ...file, stored: true })))), content);
  });

  it('finds the directory before a comment', async () => {
    const archive = zip(files);
    archive.writeUInt16LE(20, archive.length - 2);
    assert.deepEqual(await readWanted(Buffer.concat([archive, Buffer.alloc(20, 'c')])), content);
  });

  it('refuses what is cut, damaged, or none', async () => {
    const archive = zip(files);
    await assert.rejects(readWanted(archive.subarray(0, 4000)), /not a zip file, or its end is missing/);
    await assert.rejects(readWanted(archive.subarray(100)), /damaged|not hold/);
    await assert.rejects(readWanted(Buffer.alloc(0)), /not a zip file/);
    const overwritten = Buffer.from(archive);
    overwritten.fill(0xff, archive.indexOf('folder/wanted') - 30, archive.indexOf('folder/wanted'));
    await assert.rejects(readWanted(overwritten), /damaged/);
  });

  it('refuses an archive without the entry', async () => {
    await assert.rejects(readWanted(zip([{ name: 'other', content }])), /does not hold/);
  });
});
