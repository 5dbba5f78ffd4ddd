// The build that the old Workers of `npm run test:chaos` are of: that of an earlier revision.
import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join, relative, resolve } from 'node:path';

const ROOT = dirname(import.meta.dirname);
const RELEASES = 'v*';
/** What a Worker is started by, and what it loads. */
const BUILT_FILES = ['bin/quiesce.js', 'dist/cli/main.js', 'dist/workflow-bundle.js'];
const STAMP = '.built';

/**
 * The folder of a build, which is made where there is none yet.
 * @param wanted a revision, or a folder with a build; undefined: the newest release before the present revision.
 * @returns undefined when nothing is wanted and nothing has been released.
 */
export function providePrevious(wanted, say) {
  if (wanted === '') throw new Error('--previous takes a revision, or a folder with a build.');
  const which = wanted ?? newestRelease();
  if (which === undefined) {
    say(`no tag ${RELEASES} comes before this revision here: deploys are from the present version to itself`);
    return undefined;
  }
  if (isBuild(resolve(which))) return resolve(which);
  const found = spawnSync('git', ['rev-parse', '--verify', '--quiet', `${which}^{commit}`], { cwd: ROOT });
  const revision = found.stdout?.toString().trim();
  if (!revision)
    throw new Error(`--previous "${which}" is no revision of this repository, and no folder with a build.`);
  const folder = join(ROOT, '.quiesce', 'previous', revision.slice(0, 12));
  if (!existsSync(join(folder, STAMP))) {
    say(`building ${which} in ${relative(ROOT, folder)} …`);
    build(revision, folder);
  }
  return folder;
}

/** A release that is being made has its own tag already. */
function newestRelease() {
  const which = ['--merged', 'HEAD', '--no-contains', 'HEAD', '--sort=-version:refname'];
  const args = ['-c', 'versionsort.suffix=-', 'tag', '--list', RELEASES, ...which];
  const [newest] = spawnSync('git', args, { cwd: ROOT, encoding: 'utf8' }).stdout?.split('\n') ?? [];
  return newest || undefined;
}

function isBuild(folder) {
  return BUILT_FILES.every((file) => existsSync(join(folder, file)));
}

function build(revision, folder) {
  rmSync(folder, { recursive: true, force: true });
  mkdirSync(folder, { recursive: true });
  const sources = `${folder}.tar`;
  run('git', ['archive', '--format=tar', `--output=${sources}`, revision], ROOT);
  run('tar', ['-xf', sources, '-C', folder], ROOT);
  rmSync(sources);
  const [theirs, ours] = [folder, ROOT].map((each) => readFileSync(join(each, 'package-lock.json'), 'utf8'));
  // Links to files and not to the folder: the compiler tells what lies elsewhere apart from what is a dependency.
  if (theirs === ours)
    run('cp', ['-al', `${join(ROOT, 'node_modules')}/.`, join(folder, 'node_modules')], ROOT);
  else run('npm', ['ci', '--include=dev', '--no-audit', '--no-fund'], folder);
  run('npm', ['run', 'build'], folder);
  writeFileSync(join(folder, STAMP), `${revision}\n`);
}

function run(program, args, cwd) {
  const { status, stdout, stderr, error } = spawnSync(program, args, { cwd, encoding: 'utf8' });
  if (error !== undefined) throw error;
  if (status !== 0) throw new Error(`${program} ${args.join(' ')} ended with ${status}:\n${stdout}${stderr}`);
}
