import { moveIntoCache } from './binary-cache.js';
import { probe } from './probe.js';
import { WayClosedError, type FoundBinary, type WayContext } from './way.js';

/**
 * Takes a fresh executable into the cache once it has shown that it runs here: a build for another C
 * library or a cache on a `noexec` disk must not be found only when the server is to start.
 */
export async function keepBinary(
  context: WayContext,
  fresh: { readonly file: string; readonly version: string; readonly sha256: string },
): Promise<FoundBinary> {
  const answer = await probe(fresh.file, context);
  if ('trouble' in answer) {
    throw new WayClosedError(
      `it came with the right checksum, but ${answer.trouble}`,
      'Check that the cache folder allows executables; on Alpine Linux the test server needs the gcompat package.',
    );
  }
  const path = await moveIntoCache(context, fresh.file, fresh.version, fresh.sha256);
  return { path, version: fresh.version };
}

/** Throws unless a digest is the pinned one. */
export function checkDigest(what: string, actual: string, pinned: string): void {
  if (actual === pinned) return;
  throw new WayClosedError(
    `the checksum of ${what} is ${actual}, not the pinned ${pinned}`,
    'It was changed on its way, by a broken mirror or worse: look into where it came from. Nothing of it was kept.',
  );
}
