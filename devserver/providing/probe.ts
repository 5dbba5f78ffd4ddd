import { access, constants } from 'node:fs/promises';
import type { Probe } from './binary.js';
import { minimalEnvironment } from './minimal-environment.js';
import { CommandError, runCommand } from './run-command.js';
import { isAtLeast, UNVERSIONED } from './version.js';
import type { WayContext } from './way.js';

/** What an executable said of itself; `unknown` when it does not tell its version. */
export type ProbeAnswer = { readonly version: string } | { readonly trouble: string };

/**
 * Runs an executable to learn whether it is what its name says, and new enough.
 *
 * @param acceptUnversioned - also takes a developer's build, which knows no version
 */
export async function probe(
  path: string,
  context: WayContext,
  acceptUnversioned = false,
): Promise<ProbeAnswer> {
  const { args, pattern, minimumVersion } = context.binary.probe;
  const output = await answer(path, args, context);
  if (typeof output !== 'string') return output;
  const match = pattern.exec(output);
  if (match === null) return { trouble: `${path} does not answer as the ${context.binary.title} does` };
  return judge(match[1], { path, minimumVersion, acceptUnversioned });
}

async function answer(
  path: string,
  args: Probe['args'],
  context: WayContext,
): Promise<string | { trouble: string }> {
  try {
    await access(path, constants.X_OK);
    const { env, signal, timeouts } = context;
    return await runCommand(path, args, {
      env: minimalEnvironment(env),
      signal,
      timeoutMs: timeouts.probeMs,
    });
  } catch (error) {
    context.signal?.throwIfAborted();
    // The test server knows no --version: it answers with its usage and an exit code of 1.
    if (error instanceof CommandError && error.kind === 'failed' && error.output !== '') return error.output;
    return { trouble: `${path} cannot be run: ${describe(error)}` };
  }
}

function describe(error: unknown): string {
  const { code, message } = error as NodeJS.ErrnoException;
  if (code === 'ENOENT') return 'there is no such file';
  if (code === 'EACCES') return 'it is not executable';
  return message;
}

function judge(
  version: string | undefined,
  wanted: { path: string; minimumVersion: string | undefined; acceptUnversioned: boolean },
): ProbeAnswer {
  if (version === undefined) return { version: 'unknown' };
  if (version === UNVERSIONED && wanted.acceptUnversioned) return { version };
  if (wanted.minimumVersion !== undefined && !isAtLeast(version, wanted.minimumVersion)) {
    return { trouble: `${wanted.path} is version ${version}, older than ${wanted.minimumVersion}` };
  }
  return { version };
}
