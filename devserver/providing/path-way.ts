import { stat } from 'node:fs/promises';
import { delimiter, isAbsolute, join } from 'node:path';
import { executableName } from './binary.js';
import { probe } from './probe.js';
import { WayClosedError, type FoundBinary, type WayContext } from './way.js';

/** The first executable on PATH that is what we look for and new enough. */
export async function pathWay(context: WayContext): Promise<FoundBinary> {
  const { binary, env, platform } = context;
  const name = executableName(binary, platform);
  const troubles: string[] = [];
  // Relative entries are left out: what they mean depends on where the user happens to stand.
  const folders = (env['PATH'] ?? env['Path'] ?? '').split(delimiter).filter((folder) => isAbsolute(folder));
  for (const folder of new Set(folders)) {
    const path = join(folder, name);
    const found = await stat(path).catch(() => undefined);
    if (found?.isFile() !== true) continue;
    const answer = await probe(path, context);
    if ('version' in answer) return { path, version: answer.version };
    troubles.push(answer.trouble);
  }
  throw new WayClosedError(
    troubles.length === 0 ? `there is no ${name} on PATH` : troubles.join('; '),
    `Install the ${binary.title}${binary.probe.minimumVersion ? ` ${binary.probe.minimumVersion} or newer` : ''} where PATH finds it.`,
    { expected: troubles.length === 0 },
  );
}
