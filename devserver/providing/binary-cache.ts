import { access, chmod, constants, mkdir, mkdtemp, readdir, rename, rm, stat } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { executableName } from './binary.js';
import { sha256OfFile } from './sha256.js';
import type { WayContext } from './way.js';

const WORK_PREFIX = '.work-';
const ABANDONED_AFTER_MS = 24 * 60 * 60 * 1000;

/**
 * Where an executable lies: `<cache>/temporal/<version>/<sha256>/temporal`. Its digest is part of its
 * path, so a cached file can be checked by itself: no second file can disagree with it.
 */
export function cachedPath(context: WayContext, version: string, sha256: string): string {
  const { binary, cacheFolder, platform } = context;
  return join(cacheFolder, binary.executable, version, sha256, executableName(binary, platform));
}

/** The digests under which the cache holds something for this version. */
export async function cachedDigests(context: WayContext, version: string): Promise<string[]> {
  const names = await readdir(join(context.cacheFolder, context.binary.executable, version)).catch(() => []);
  return names.filter((name) => /^[0-9a-f]{64}$/.test(name));
}

/**
 * What is wrong with a cached file, or undefined when it is whole and executable.
 *
 * Its whole content is hashed at each start: 0.17 s for the CLI's 156 MB, measured on 2 cores. A stamp of
 * size and time would cost nothing, but would call a file with a flipped byte good.
 */
export async function cacheTrouble(path: string, sha256: string): Promise<string | undefined> {
  const found = await stat(path).catch(() => undefined);
  if (found === undefined) return 'it is not there';
  if ((await sha256OfFile(path)) !== sha256) return `its checksum is wrong (${found.size} bytes)`;
  const executable = await access(path, constants.X_OK).then(
    () => true,
    () => false,
  );
  if (executable) return undefined;
  return chmod(path, 0o755).then(
    () => undefined,
    () => 'it is not executable',
  );
}

/** Runs `work` with a fresh folder on the cache's file system, and removes the folder afterwards. */
export async function inWorkFolder<T>(context: WayContext, work: (folder: string) => Promise<T>): Promise<T> {
  const root = join(context.cacheFolder, context.binary.executable);
  await mkdir(root, { recursive: true });
  await removeAbandoned(root);
  const folder = await mkdtemp(join(root, WORK_PREFIX));
  try {
    return await work(folder);
  } finally {
    await rm(folder, { recursive: true, force: true, maxRetries: 3 });
  }
}

/**
 * Moves a checked executable to its place in the cache and answers that place.
 *
 * Two runs at once both do the work and rename their own complete file over the same name: an atomic step,
 * whichever comes last, and both files are equal, for their digest is their path. A lock would save one
 * download, once in a machine's life, and would have to be broken whenever its holder was killed.
 */
export async function moveIntoCache(
  context: WayContext,
  file: string,
  version: string,
  sha256: string,
): Promise<string> {
  const target = cachedPath(context, version, sha256);
  await mkdir(dirname(target), { recursive: true });
  try {
    await rename(file, target);
  } catch (error) {
    // Windows cannot replace an executable that is running: then it is the other run's, if it is whole.
    if ((await cacheTrouble(target, sha256)) !== undefined) throw error;
  }
  return target;
}

/** Removes what killed runs left behind: each may be 150 MB. */
async function removeAbandoned(root: string): Promise<void> {
  for (const name of await readdir(root)) {
    if (!name.startsWith(WORK_PREFIX)) continue;
    const path = join(root, name);
    const found = await stat(path).catch(() => undefined);
    if (found === undefined || Date.now() - found.mtimeMs < ABANDONED_AFTER_MS) continue;
    await rm(path, { recursive: true, force: true });
  }
}
