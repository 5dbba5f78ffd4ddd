import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { filesUnder, read } from '../deploy-files.js';

/** What runs in production, and what prepares a checkout. */
const FOLDERS =
  'activities api bin cli client config contract devserver encryption nexus providers publish scripts setup simulator telemetry worker workflows'.split(
    ' ',
  );
const SOURCES = FOLDERS.flatMap((folder) => ['.ts', '.js', '.mjs'].flatMap((end) => filesUnder(folder, end)));

/** Where processes are started. In each, a program and a list of arguments: nothing that is read by a shell. */
const STARTING = [
  'cli/stack/worker-process.ts',
  'devserver/dev-server-process.ts',
  'devserver/providing/run-command.ts',
  'devserver/watchdog.ts',
  'scripts/fuzzed-api.mjs',
  'scripts/go.mjs',
  'scripts/provide-postgres.mjs',
  'scripts/provide-previous.mjs',
  'scripts/provide-python.mjs',
  'scripts/run-quietly.mjs',
  'scripts/test-deploy.mjs',
  'scripts/test-fuzz.mjs',
  'scripts/test-official.mjs',
  'scripts/test.mjs',
];
/** On Windows, npm is a script for its shell; its arguments are written there, in the sources. */
const SHELLS = ['scripts/set-up-npm.mjs'];
/** Ends the dev server when its parent was killed, which nothing but another process can see. Its script is a constant. */
const SHELL_BY_NAME = ['devserver/watchdog.ts'];

function having(pattern: RegExp): string[] {
  return SOURCES.filter((path) => pattern.test(withoutComments(read(path)))).sort();
}

function withoutComments(text: string): string {
  return text.replaceAll(/\/\*[\s\S]*?\*\//g, '').replaceAll(/(^|\s)\/\/.*$/gm, '');
}

describe('the sources', () => {
  it('make no code of text', () => {
    assert.ok(SOURCES.length > 500, 'nothing was read');
    assert.deepEqual(having(/\beval\s*\(|\bnew Function\b|\bFunction\s*\(['"`]|['"](node:)?vm['"]/), []);
    assert.deepEqual(having(/set(Timeout|Interval|Immediate)\(\s*['"`]/), []);
    const rules = (JSON.parse(read('.oxlintrc.json')) as { rules: Record<string, unknown> }).rules;
    for (const rule of ['eslint/no-eval', 'eslint/no-new-func', 'typescript/no-implied-eval'])
      assert.equal(rules[rule], 'error', rule);
  });

  it('start processes where that is known, with lists of arguments, and no shell but where it is named', () => {
    assert.deepEqual(having(/child_process/), STARTING);
    assert.deepEqual(
      having(/\bexec(Sync)?\s*\(\s*['"`$]|\bimport \{[^}]*\bexec(Sync)?\b[^}]*\} from 'node:child_process'/),
      [],
    );
    assert.deepEqual(having(/\bshell\s*:/), SHELLS);
    assert.match(read('scripts/set-up-npm.mjs'), /shell: process\.platform === 'win32'/);
    assert.deepEqual(
      having(/['"`](\/(usr\/)?bin\/)?((ba|da|z|k|c|fi)?sh|cmd\.exe|powershell(\.exe)?|pwsh)['"`]/i),
      SHELL_BY_NAME,
    );
  });

  it('hand the one shell that is started by its name a script that nobody can add to', () => {
    const watchdog = withoutComments(read('devserver/watchdog.ts'));
    assert.match(watchdog, /^const SCRIPT = '[^'\\\n]*';$/m);
    // What follows the script are its `$0` and `$1`: a shell reads them as texts. The second is a number.
    assert.match(watchdog, /spawn\('\/bin\/sh', \['-c', SCRIPT, 'quiesce-watchdog', String\(pid\)\],/);
    assert.match(watchdog, /endWithUs\(pid: number\)/);
    assert.match(watchdog, /\bkill -TERM "\$1";/);
    assert.doesNotMatch(/SCRIPT = '([^']*)'/.exec(watchdog)?.[1] ?? '', /\beval\b|`|\$\(|(?<!")\$1|\$1(?!")/);
    assert.equal(watchdog.match(/\bspawn\(/g)?.length, 1);
  });

  it('compare no secret in a way whose time tells of it', () => {
    // Where something that others sent is checked. What a simulated cloud checks is made up, and printed where it starts.
    const checking = SOURCES.filter((path) =>
      /^(activities|api|client|encryption|nexus|worker)\//.test(path),
    );
    const secret = String.raw`\b\w*(?:secret|password|sha256|apiKey|signature|credential|bearer|token)\w*`;
    const compared = new RegExp(`${secret}\\)?\\s*[!=]==|[!=]==\\s*\\(?${secret}`, 'i');
    const withNothing = /[!=]==\s*(undefined|null|''|'string')(?!\w)/g;
    const found = checking.flatMap((path) =>
      withoutComments(read(path))
        .split('\n')
        .filter((line) => compared.test(line.replaceAll(withNothing, '')))
        .map((line) => `${path}: ${line.trim()}`),
    );
    assert.deepEqual(found, []);
    assert.match(read('api/key-callers.ts'), /timingSafeEqual\(Buffer\.from\(sha256, 'hex'\), presented\)/);
  });
});
