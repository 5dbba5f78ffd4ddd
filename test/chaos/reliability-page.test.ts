import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { read } from '../deploy-files.js';
import { checkNamed, linksOf } from '../named-tests.js';
import { FAULT_NAMES } from './faults.js';
import { INVARIANTS } from './invariants.js';
import { LINKS } from './rig.js';

const PAGE = 'docs/reliability.md';
const LEAST_PROMISES = 10;

describe(PAGE, () => {
  const page = read(PAGE);

  const [, promises = ''] = page.split('## Promises');
  const rows = promises.split('\n###')[0]?.match(/^\|(?! ?promise|---).+$/gm) ?? [];
  const invariantsOf = (row: string) => Array.from(row.matchAll(/\*([^*]+)\*/g), ([, name = '']) => name);

  it('names tests or invariants that are there, for every promise', () => {
    assert.ok(rows.length >= LEAST_PROMISES);
    for (const row of rows) {
      const links = linksOf(row);
      const invariants = invariantsOf(row);
      assert.ok(links.length + invariants.length > 0, row);
      // Whoever speaks of them says which.
      assert.equal(row.includes('the invariant'), invariants.length > 0, row);
      for (const link of links) checkNamed(link);
      for (const name of invariants) assert.ok(name in INVARIANTS, `there is no invariant "${name}"`);
    }
  });

  it('says of every invariant which promise it holds', () => {
    assert.deepEqual(new Set(rows.flatMap(invariantsOf)), new Set(Object.keys(INVARIANTS)));
  });

  it('tells of every fault', () => {
    const [, faults = ''] = page.split('### Faults');
    const told = new Set(Array.from(faults.matchAll(/`([^`]+)`/g), ([, name = '']) => name));
    for (const name of FAULT_NAMES) {
      const link = LINKS.find((each) => name.startsWith(`${each} `));
      const words = link === undefined ? [name] : [link, name.slice(link.length + 1)];
      for (const word of words) assert.ok(told.has(word), `${word} of the fault "${name}"`);
    }
  });
});
