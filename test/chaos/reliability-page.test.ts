import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { read } from '../deploy-files.js';
import { checkNamed, linksOf } from '../named-tests.js';
import { FAULT_NAMES } from './faults.js';
import { LINKS } from './rig.js';

const PAGE = 'docs/reliability.md';
const LEAST_PROMISES = 10;

describe(PAGE, () => {
  const page = read(PAGE);

  it('names tests that are there, for every promise', () => {
    const [, promises = ''] = page.split('## Promises');
    const rows = promises.split('\n###')[0]?.match(/^\|(?! ?promise|---).+$/gm) ?? [];
    assert.ok(rows.length >= LEAST_PROMISES);
    for (const row of rows) {
      const named = linksOf(row);
      assert.ok(named.length > 0 || row.includes('the invariants'), row);
      for (const link of named) checkNamed(link);
    }
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
