import { cachedDigests, cachedPath, cacheTrouble } from './binary-cache.js';
import { WayClosedError, type FoundBinary, type WayContext } from './way.js';

/**
 * What an earlier run provided. A broken file is reported and left in place: the next ways replace it by
 * an atomic rename, so that another run that has just repaired it is not robbed of it.
 */
export async function cacheWay(context: WayContext): Promise<FoundBinary> {
  const { binary, build, cacheFolder } = context;
  const troubles: string[] = [];
  const versions = [binary.version, ...(binary.goBuild === undefined ? [] : [binary.goBuild.version])];
  for (const version of versions) {
    const pinned = version === binary.version ? build?.binarySha256 : undefined;
    for (const sha256 of await cachedDigests(context, version)) {
      if (pinned !== undefined && sha256 !== pinned) continue;
      const path = cachedPath(context, version, sha256);
      const trouble = await cacheTrouble(path, sha256);
      if (trouble === undefined) return { path, version };
      troubles.push(`${path} is broken: ${trouble}`);
    }
  }
  throw new WayClosedError(
    troubles.length === 0 ? `nothing is cached in ${cacheFolder}` : troubles.join('; '),
    'It fills itself as soon as one of the other ways works.',
    { expected: troubles.length === 0 },
  );
}
