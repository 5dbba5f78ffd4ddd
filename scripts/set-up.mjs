/**
 * Makes a checkout ready to run: dependencies as package-lock.json says, and a build of the present sources.
 * It runs before node_modules exists, so it uses Node's built-ins alone. Quiet when there is nothing to do.
 */
import { createHash } from 'node:crypto';
import { existsSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join, relative } from 'node:path';
import { fileURLToPath } from 'node:url';
import { withLock } from './set-up-lock.mjs';
import { npm } from './set-up-npm.mjs';

const ROOT = dirname(dirname(fileURLToPath(import.meta.url)));
const OLDEST_NODE = [20, 19];
/** Not in dist: that is what a package holds. */
const BUILD_STAMP = join(ROOT, 'node_modules', '.quiesce-built-from');
const BUILT_FILES = ['cli/main.js', 'workflow-bundle.js'];
const NOT_SOURCES = new Set(['node_modules', 'dist', 'docs', 'tools', 'scripts', 'bin', 'schema']);

const say = (line) => process.stderr.write(`set-up: ${line}\n`);

try {
  checkNode();
  if (!isInstalled() || !isBuilt()) {
    await withLock(join(ROOT, '.quiesce', 'set-up.lock'), say, async (lock) => {
      // Asked again: another set-up may have done it while this one waited for the lock.
      if (!isInstalled()) await install(lock);
      if (!isBuilt()) await build(lock);
    });
  }
} catch (problem) {
  say(problem.message);
  process.exitCode = 1;
}

function checkNode() {
  const [major, minor] = process.versions.node.split('.').map(Number);
  const [oldestMajor, oldestMinor] = OLDEST_NODE;
  if (major > oldestMajor || (major === oldestMajor && minor >= oldestMinor)) return;
  throw new Error(
    `Quiesce needs Node ${OLDEST_NODE.join('.')} or newer; this is Node ${process.versions.node}.`,
  );
}

/** Whether node_modules holds what the lock file says, by npm's own record, which it writes last of all. */
function isInstalled() {
  const wanted = packagesOf('package-lock.json');
  const present = packagesOf(join('node_modules', '.package-lock.json'));
  if (wanted === undefined)
    throw new Error('package-lock.json is missing: restore it with `git checkout package-lock.json`.');
  return Object.entries(wanted).every(([path, { version, integrity, optional }]) => {
    if (path === '') return true;
    const found = present?.[path];
    // An optional package that is not here is one for another platform.
    if (found === undefined) return optional === true && present !== undefined;
    const same = found.version === version && (integrity === undefined || found.integrity === integrity);
    return same && existsSync(join(ROOT, path));
  });
}

function packagesOf(lockFile) {
  try {
    return JSON.parse(readFileSync(join(ROOT, lockFile), 'utf8')).packages;
  } catch {
    return undefined;
  }
}

async function install(lock) {
  say('installing the dependencies of package-lock.json (npm ci) …');
  // The build and the tests need the development dependencies, also where NODE_ENV=production would omit them.
  const advice =
    'Quiesce needs the npm registry once: check the network or proxy (`npm ping`), then run the same command again.';
  const args = ['ci', '--include=dev', '--no-audit', '--no-fund'];
  await npm(args, { ...lock, root: ROOT, name: 'npm ci', advice, say });
}

function isBuilt() {
  if (!BUILT_FILES.every((file) => existsSync(join(ROOT, 'dist', file)))) return false;
  try {
    return readFileSync(BUILD_STAMP, 'utf8') === sourceHash();
  } catch {
    return false;
  }
}

async function build(lock) {
  say('building (npm run build) …');
  const hash = sourceHash();
  rmSync(BUILD_STAMP, { force: true });
  removeOrphans();
  const advice = 'The lines above say what does not compile.';
  await npm(['run', 'build'], { ...lock, root: ROOT, name: 'npm run build', advice, say });
  writeFileSync(BUILD_STAMP, hash);
}

/** By content, not by time: a checkout or a clone touches every file's time. */
function sourceHash() {
  const hash = createHash('sha256');
  for (const file of [...sourceFiles(), 'tsconfig.json', 'package.json', 'package-lock.json']) {
    hash
      .update(`${file}\0`)
      .update(readFileSync(join(ROOT, file)))
      .update('\0');
  }
  return hash.digest('hex');
}

function sourceFiles() {
  const folders = readdirSync(ROOT, { withFileTypes: true }).filter(
    ({ name }) => !name.startsWith('.') && !NOT_SOURCES.has(name),
  );
  return folders
    .flatMap((entry) => (entry.isDirectory() ? filesUnder(join(ROOT, entry.name), /\.ts$/) : []))
    .sort();
}

function filesUnder(folder, pattern) {
  return readdirSync(folder, { withFileTypes: true, recursive: true })
    .filter((entry) => entry.isFile() && pattern.test(entry.name))
    .map((entry) => relative(ROOT, join(entry.parentPath, entry.name)));
}

/** What was compiled from a source that is gone would still be imported, and its tests would still run. */
function removeOrphans() {
  const dist = join(ROOT, 'dist');
  if (!existsSync(dist)) return;
  for (const declarations of filesUnder(dist, /\.d\.ts$/)) {
    const stem = declarations.slice(0, -'.d.ts'.length);
    if (existsSync(join(ROOT, `${relative('dist', stem)}.ts`))) continue;
    for (const ending of ['.d.ts', '.js', '.js.map']) rmSync(join(ROOT, `${stem}${ending}`), { force: true });
  }
}
