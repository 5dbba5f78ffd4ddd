import { createHash } from 'node:crypto';
import { join } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { createGunzip } from 'node:zlib';
import { executableName } from './binary.js';
import { inWorkFolder } from './binary-cache.js';
import { openDownload } from './http-download.js';
import { checkDigest, keepBinary } from './keep-binary.js';
import { reportBytes } from './progress.js';
import { readTarEntry } from './read-tar-entry.js';
import { within } from '../within.js';
import { redactUrls } from './redact-urls.js';
import { saveExecutable } from './sha256.js';
import { WayClosedError, type FoundBinary, type WayContext } from './way.js';

/** Names a host that mirrors GitHub's release downloads, for networks that cannot reach GitHub itself. */
export const MIRROR_VARIABLE = 'QUIESCE_TEMPORAL_MIRROR';
const OFFICIAL_HOST = 'https://github.com';

/** The official release archive, unpacked while it comes in. */
export async function downloadWay(context: WayContext): Promise<FoundBinary> {
  const { binary, build, env, platform } = context;
  const advice = `Set ${MIRROR_VARIABLE} to a server that holds /${binary.releasePath}/… as ${OFFICIAL_HOST} does.`;
  if (build?.archive === undefined) {
    throw new WayClosedError(
      `no checksum of an archive for ${platform} is known`,
      'Use one of the other ways.',
    );
  }
  try {
    const base = (env[MIRROR_VARIABLE] || OFFICIAL_HOST).replace(/\/+$/, '');
    const url = new URL(`${base}/${binary.releasePath}/${build.archive.name}`);
    return await inWorkFolder(context, async (folder) => {
      const file = join(folder, executableName(binary, platform));
      const digests = await fetchExecutable(context, url, file);
      if (build.archive?.sha256 !== undefined)
        checkDigest(redactUrls(url.href), digests.archive, build.archive.sha256);
      if (build.binarySha256 !== undefined)
        checkDigest(redactUrls(url.href), digests.executable, build.binarySha256);
      return keepBinary(context, { file, version: binary.version, sha256: digests.executable });
    });
  } catch (error) {
    if (error instanceof WayClosedError) throw error;
    throw new WayClosedError(redactUrls((error as Error).message), advice, { cause: error });
  }
}

function fetchExecutable(
  context: WayContext,
  url: URL,
  file: string,
): Promise<{ archive: string; executable: string }> {
  const { timeouts, signal } = context;
  return within(timeouts.downloadMs, signal === undefined ? [] : [signal], (limit) =>
    unpack(context, { url, file, signal: limit }),
  );
}

async function unpack(
  { binary, log, platform, timeouts }: WayContext,
  { url, file, signal }: { readonly url: URL; readonly file: string; readonly signal: AbortSignal },
): Promise<{ archive: string; executable: string }> {
  log(`downloading the ${binary.title} ${binary.version} from ${url.host}`);
  const response = await openDownload(url, timeouts, signal);
  const progress = reportBytes(
    log,
    `downloading the ${binary.title}`,
    Number(response.headers['content-length']) || undefined,
  );
  const hash = createHash('sha256');
  const executable = await pipeline(
    response,
    async function* (chunks: AsyncIterable<Buffer>) {
      for await (const chunk of chunks) {
        hash.update(chunk);
        progress(chunk.length);
        yield chunk;
      }
    },
    createGunzip({ chunkSize: 1 << 20 }),
    (tar) => saveExecutable(readTarEntry(tar, executableName(binary, platform)), file),
    { signal },
  );
  return { archive: hash.digest('hex'), executable };
}
