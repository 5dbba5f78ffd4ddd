import { resolve } from 'node:path';
import { BinaryNotProvidedError } from './binary-not-provided-error.js';
import { probe } from './probe.js';
import { WayClosedError, type FoundBinary, type WayContext } from './way.js';

/**
 * The executable that the user named in a variable. A variable that is set but names nothing usable ends
 * the search: whoever set it wants that one, and another in its place would only hide the mistake.
 */
export async function environmentWay(context: WayContext): Promise<FoundBinary> {
  const { binary, env, platform } = context;
  const name = binary.environmentVariable;
  const value = env[name];
  const wanted = `a ${binary.title}${binary.probe.minimumVersion ? ` ${binary.probe.minimumVersion} or newer` : ''}`;
  if (value === undefined || value === '') {
    throw new WayClosedError(`${name} is not set`, `Set ${name} to the path of ${wanted}.`, {
      expected: true,
    });
  }
  const path = resolve(value);
  const answer = await probe(path, context, true);
  if ('version' in answer) return { path, version: answer.version };
  throw new BinaryNotProvidedError(binary, platform, [
    {
      way: 'environment',
      reason: `${name} is set, but ${answer.trouble}`,
      advice: `Set ${name} to the path of ${wanted}, or unset it to let Quiesce provide one.`,
    },
  ]);
}
