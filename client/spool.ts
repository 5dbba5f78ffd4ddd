import { createWriteStream } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pipeline } from 'node:stream/promises';

/** What could be read only once, as a file of its own. */
export interface Spool {
  readonly path: string;
  remove(): Promise<void>;
}

/** Copies a stream, no faster than the disk takes it, into a new folder that only its owner may read. */
export async function spool(
  stream: NodeJS.ReadableStream | AsyncIterable<Uint8Array | string>,
): Promise<Spool> {
  const folder = await mkdtemp(join(tmpdir(), 'quiesce-targets-'));
  const path = join(folder, 'targets');
  const remove = () => rm(folder, { recursive: true, force: true });
  try {
    await pipeline(stream, createWriteStream(path, { flags: 'wx', mode: 0o600 }));
    return { path, remove };
  } catch (error) {
    await remove();
    throw error;
  }
}
