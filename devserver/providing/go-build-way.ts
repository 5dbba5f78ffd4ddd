import { open } from 'node:fs/promises';
import { join } from 'node:path';
import { executableName, type GoBuild } from './binary.js';
import { inWorkFolder } from './binary-cache.js';
import { keepBinary } from './keep-binary.js';
import { reportWaiting } from './progress.js';
import { CommandError, runCommand } from './run-command.js';
import { sha256OfFile } from './sha256.js';
import { WayClosedError, type FoundBinary, type WayContext } from './way.js';

const INSTALL_GO = 'Install Go (https://go.dev/dl) and see that its module proxy can be reached.';

/** Builds the executable from source with the user's Go: minutes instead of seconds, so it comes last. */
export async function goBuildWay(context: WayContext): Promise<FoundBinary> {
  const { binary, platform } = context;
  const { goBuild } = binary;
  if (goBuild === undefined) {
    throw new WayClosedError(`the ${binary.title} is not written in Go`, 'Use one of the other ways.', {
      expected: true,
    });
  }
  const { folder } = goBuild;
  if (folder === undefined) {
    throw new WayClosedError(
      'this installation of Quiesce came without tools/temporal',
      'Use one of the other ways.',
    );
  }
  return inWorkFolder(context, async (workFolder) => {
    const file = join(workFolder, executableName(binary, platform));
    await build(context, { ...goBuild, folder }, file);
    await flush(file);
    // The module's checksums are pinned by go.sum; the executable's depends on the compiler, so it is recorded.
    return keepBinary(context, { file, version: goBuild.version, sha256: await sha256OfFile(file) });
  });
}

async function build(
  context: WayContext,
  goBuild: GoBuild & { folder: string },
  file: string,
): Promise<void> {
  const { binary, log, signal, timeouts } = context;
  let packages = 0;
  log(`building the ${binary.title} ${goBuild.version} with Go: 3 to 10 minutes, once`);
  const stop = reportWaiting(
    log,
    (seconds) => `building with Go: ${packages} packages compiled, ${seconds} s`,
  );
  try {
    await runCommand(
      'go',
      ['build', '-v', '-trimpath', '-ldflags', goBuild.ldflags, '-o', file, goBuild.packagePath],
      {
        cwd: goBuild.folder,
        // A workspace or flags meant for the user's own modules would change or break this build.
        env: { ...context.env, GOWORK: 'off', GOFLAGS: '', CGO_ENABLED: '0' },
        signal,
        timeoutMs: timeouts.goBuildMs,
        onLine: (line) => {
          if (!line.startsWith('go: ')) packages++;
        },
      },
    );
  } catch (error) {
    if (!(error instanceof CommandError)) throw error;
    if (error.kind === 'not-started')
      throw new WayClosedError('there is no usable `go` on PATH', INSTALL_GO, { cause: error });
    throw new WayClosedError(`go build: ${error.message} (${error.output.split('\n').at(-1)})`, INSTALL_GO, {
      cause: error,
    });
  } finally {
    stop();
  }
}

async function flush(path: string): Promise<void> {
  const file = await open(path, 'r+');
  try {
    await file.sync();
  } finally {
    await file.close();
  }
}
