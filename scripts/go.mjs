// Runs Go for the tools that tests are built from.
import { spawnSync } from 'node:child_process';

/** Builds a package of the module in a folder into a program. */
export function buildWithGo(source, target, cwd) {
  go(['build', '-mod=readonly', '-trimpath', '-ldflags', '-s -w', '-o', target, source], cwd);
}

/**
 * What `go` answers in a module's folder.
 * @throws when there is no Go, or it ends with an error.
 */
export function go(args, cwd) {
  // As Temporal's CLI is built, so that each uses what was compiled for the other.
  const env = { ...process.env, GOWORK: 'off', GOFLAGS: '', CGO_ENABLED: '0' };
  const { status, stdout, stderr, error } = spawnSync('go', args, { cwd, encoding: 'utf8', env });
  if (error?.code === 'ENOENT') throw new Error('There is no go: install Go (https://go.dev/dl).');
  if (error !== undefined) throw error;
  if (status !== 0) throw new Error(`go ${args.join(' ')} ended with ${status}:\n${stderr}`);
  return stdout;
}
