import assert from 'node:assert/strict';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { read, ROOT } from '../deploy-files.js';
import { checkNamed, linksOf } from '../named-tests.js';

const PAGE = read('docs/security.md');
/** Of each table of threats: how, what stands against it, which tests. */
const THREATS = PAGE.split('\n')
  .filter((line) => /^\| .* \| .* \| .*\.test\.ts\).*\|$/.test(line))
  .map((line) => line.slice(2, -2).split(' | '));

describe('docs/security.md', () => {
  it('names a test for every defence, by its file and title', () => {
    assert.ok(THREATS.length > 40, `${THREATS.length} threats`);
    for (const [how = '', , tests = ''] of THREATS) {
      const named = linksOf(tests);
      assert.ok(named.length > 0, how);
      for (const link of named) {
        assert.match(link.path, /^test\/.+\.test\.ts$/, how);
        assert.ok(!link.words.startsWith('`'), `${how}: a title is wanted`);
        checkNamed(link);
      }
    }
  });

  it('leaves no threat without a test, and says what is left of each kind', () => {
    const rows = PAGE.split('\n').filter((line) => /^\| (?!how )[^|]+\|[^|]+\|[^|]*\|$/.test(line));
    assert.deepEqual(
      rows.filter((row) => !row.includes('.test.ts)')),
      [],
    );
    const kinds = PAGE.split(/^## /m).filter((section) =>
      section.includes('| how | what stands against it | test |'),
    );
    assert.equal(kinds.length, 7);
    for (const section of kinds) assert.match(section, /^\*\*Left[.,]/m, section.split('\n', 1)[0]);
  });

  it('leads to files that are there', () => {
    for (const text of [PAGE, read('SECURITY.md').replaceAll('](docs/', '](../docs/')])
      for (const { path } of linksOf(text)) assert.ok(existsSync(join(ROOT, path)), path);
  });
});
