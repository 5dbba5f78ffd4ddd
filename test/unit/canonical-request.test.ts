import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { canonicalQuery, canonicalRequest } from '../../providers/vendors/canonical-request.js';

const HASH = { path: '/', bodyHash: 'hash' };

describe('canonicalQuery', () => {
  it('sorts by name, by code unit, and values of one name among themselves', () => {
    const parameters = [
      ['b', '0'],
      ['a', '2'],
      ['B', '9'],
      ['a', '10'],
      ['a', '2'],
    ] as const;
    assert.equal(canonicalQuery(parameters), 'B=9&a=10&a=2&a=2&b=0');
    assert.equal(canonicalQuery(parameters.toReversed()), 'B=9&a=10&a=2&a=2&b=0');
  });
});

describe('canonicalRequest', () => {
  it('signs a header that is not there as an empty one, and each value of one that is there twice', () => {
    const headers = { host: ' h ', 'x-twice': [' b', 'a '] };
    const request = { method: 'get', path: '/', query: 'b=1&a=%20', headers, body: '' };
    assert.equal(
      canonicalRequest(request, ['x-twice', 'x-none', 'host'], HASH),
      'GET\n/\na=%20&b=1\nhost:h\nx-none:\nx-twice:a,b\n\nhost;x-none;x-twice\nhash',
    );
  });
});
