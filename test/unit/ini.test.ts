import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { IniSyntaxError, parseIni } from '../../providers/vendors/credentials/ini.js';

const read = (text: string) =>
  Object.fromEntries([...parseIni(text)].map(([name, values]) => [name, Object.fromEntries(values)]));

describe('parseIni', () => {
  it('reads sections, both separators, blanks, comments and empty values', () => {
    const text = [
      '# a comment = none',
      '; [another]',
      '[ basic ] # the usual one',
      '  AK = one ',
      'sk:two',
      '\trole_arn = acs:ram::1:role/x',
      'empty =',
      'only_comment = # nothing',
      '',
      '[other]',
      'a = 1',
      '[basic]',
      'a = b = c',
      'ak = later',
    ].join('\n');
    const basic = { ak: 'later', sk: 'two', role_arn: 'acs:ram::1:role/x', empty: '', only_comment: '' };
    assert.deepEqual(read(text), { basic: { ...basic, a: 'b = c' }, other: { a: '1' } });
  });

  it('takes what quotes hold as it is, and ends a bare value at a comment with a blank before it', () => {
    for (const [written, value] of [
      ['"a # b"', 'a # b'],
      ["'a ; b'  ; c", 'a ; b'],
      ['"a" b"', 'a" b'],
      ['""', ''],
      ['"a', '"a'],
      ['a#b;c', 'a#b;c'],
      ['a #b', 'a'],
      ['a\t; b # c', 'a'],
    ] as const) {
      assert.equal(read(`[s]\nk = ${written}`)['s']?.['k'], value, written);
    }
  });

  it('reads what Windows writes: a byte order mark, CRLF', () => {
    assert.deepEqual(read('\uFEFF[s]\r\na = 1\r\n\r\nb = "2"\r\n'), { s: { a: '1', b: '2' } });
    assert.deepEqual(read('\uFEFF'), {});
  });

  it('tells the number of a line that is none, and nothing of it', () => {
    for (const [text, line] of [
      ['a = SECRET', 1],
      ['[s]\r\na = 1\r\nSECRET', 3],
      ['[s\nSECRET = 1', 1],
      ['[s]\n= SECRET', 2],
      ['{"key": "SECRET"}', 1],
    ] as const) {
      assert.throws(
        () => parseIni(text),
        (thrown) =>
          thrown instanceof IniSyntaxError && thrown.line === line && !thrown.message.includes('SECRET'),
        text,
      );
    }
  });

  it('is not led astray by names that every object has', () => {
    const sections = parseIni('[__proto__]\nconstructor = 1\n[s]\ntoString = 2');
    assert.equal(sections.get('__proto__')?.get('constructor'), '1');
    assert.equal(sections.get('s')?.get('tostring'), '2');
    assert.equal(sections.get('constructor'), undefined);
  });

  it('gives back any secret that was written in quotes, or bare when it is base64 or the like', () => {
    const quoted = fc.string().filter((text) => !/["\r\n]/.test(text));
    fc.assert(fc.property(quoted, (text) => assert.equal(read(`[s]\nk="${text}"`)['s']?.['k'], text)));
    const bare = fc.stringMatching(/^[A-Za-z0-9+/=_.-]+$/);
    fc.assert(fc.property(bare, (text) => assert.equal(read(`[s]\nk = ${text}`)['s']?.['k'], text)));
  });

  it('fails with its own error alone, whatever it is given', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), (text) => {
        try {
          parseIni(text);
        } catch (thrown) {
          assert.ok(thrown instanceof IniSyntaxError);
        }
      }),
    );
  });
});
