import { createHash } from 'node:crypto';
import { createWriteStream } from 'node:fs';
import { mkdtemp, readdir, rm, stat } from 'node:fs/promises';
import { hostname, tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { pipeline } from 'node:stream/promises';

/** What could be read only once, as a file of its own. */
export interface Spool {
  readonly path: string;
  remove(): Promise<void>;
}

/**
 * Of this host: containers may share a folder, and there the same number is another process. Then whose it is, and a dash before what
 * makes it unique.
 */
const HOST_PREFIX = `quiesce-targets-${createHash('sha256').update(hostname()).digest('hex').slice(0, 12)}-`;
const OWN_PREFIX = `${HOST_PREFIX}${process.pid}-`;

let cleaned: Promise<void> | undefined;

/** Copies a stream, no faster than the disk takes it, into a new folder that only its owner may read. */
export async function spool(
  stream: NodeJS.ReadableStream | AsyncIterable<Uint8Array | string>,
): Promise<Spool> {
  await removeAbandonedSpools();
  const folder = await mkdtemp(join(tmpdir(), OWN_PREFIX));
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

/** Removes, once in a process and before its first, what processes of this host that were killed have left. Never throws. */
export function removeAbandonedSpools(): Promise<void> {
  cleaned ??= removeThoseOfTheDead().catch(() => {});
  return cleaned;
}

async function removeThoseOfTheDead(): Promise<void> {
  const folder = tmpdir();
  const paths = (await readdir(folder))
    .filter((name) => name.startsWith(HOST_PREFIX))
    .map((name) => join(folder, name));
  // What belongs to another user stays, and is that one's to remove.
  await Promise.allSettled(paths.map(removeIfAbandoned));
}

async function removeIfAbandoned(path: string): Promise<void> {
  const owner = Number(/^\d+(?=-)/.exec(basename(path).slice(HOST_PREFIX.length))?.[0]);
  if (!Number.isSafeInteger(owner) || owner <= 0) return;
  const isAbandoned = owner === process.pid ? await isOlderThanWe(path) : !isAlive(owner);
  if (isAbandoned) await rm(path, { recursive: true, force: true });
}

/** One of our number is of a process before us, as in a container that was started again, or of another thread of ours. */
async function isOlderThanWe(path: string): Promise<boolean> {
  const { mtimeMs } = await stat(path);
  return mtimeMs < Date.now() - process.uptime() * 1_000;
}

function isAlive(pid: number): boolean {
  try {
    return process.kill(pid, 0);
  } catch (thrown) {
    // Another user's process may not be asked, and lives.
    return (thrown as NodeJS.ErrnoException).code !== 'ESRCH';
  }
}
