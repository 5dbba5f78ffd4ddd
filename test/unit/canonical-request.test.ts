import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import {
  canonicalQuery,
  canonicalRequest,
  percentEncode,
} from '../../providers/vendors/canonical-request.js';

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

describe('percentEncode', () => {
  it('leaves letters, digits and four signs, and makes half a character the one that stands for none', () => {
    assert.equal(percentEncode("aZ0-_.~ !'()*/ä"), 'aZ0-_.~%20%21%27%28%29%2A%2F%C3%A4');
    for (const half of ['\ud83d', '\ude00']) assert.equal(percentEncode(`a${half}b`), 'a%EF%BF%BDb');
    assert.equal(percentEncode('\ud83d\ude00'), '%F0%9F%98%80');
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
