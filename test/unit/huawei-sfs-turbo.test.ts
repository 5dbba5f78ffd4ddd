import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import type { HttpAnswer } from '../../providers/http.js';
import { huaweiSfsTurboData } from '../../providers/huawei-sfs-turbo-data/index.js';
import { DATA_TASK_STATES } from '../../providers/huawei-sfs-turbo-data/states.js';
import { huaweiSfsTurboDirUsage } from '../../providers/huawei-sfs-turbo-dir-usage/index.js';
import { DIR_USAGE_STATES } from '../../providers/huawei-sfs-turbo-dir-usage/states.js';
import { reaskAfterMs } from '../../providers/pacing.js';
import { ProviderError } from '../../providers/provider.js';
import { SFS_TURBO_FIELDS, sfsTurboEndpoint } from '../../providers/vendors/huawei/sfs-turbo-connection.js';
import {
  cancelAnswerOf,
  isAbsence,
  isError,
  isMissingShare,
  toProviderError,
  type AbsentCode,
} from '../../providers/vendors/huawei/sfs-turbo-errors.js';

const ABSENT_CODES = ['SFS.TURBO.0106', 'SFS.TURBO.0124'] as const;

function answer(status: number, body: unknown, headers: HttpAnswer['headers'] = {}): HttpAnswer {
  return { status, headers, body: typeof body === 'string' ? body : JSON.stringify(body) };
}
const service = (status: number, errCode: string, errMsg = 'Words.') => answer(status, { errCode, errMsg });

describe('errors of SFS Turbo', () => {
  const cases: [number, string, string][] = [
    [400, 'SFS.TURBO.0001', 'invalid'],
    [404, 'SFS.TURBO.0002', 'denied'],
    [400, 'SFS.TURBO.0005', 'unavailable'],
    [500, 'SFS.TURBO.0005', 'unavailable'],
    [403, 'SFS.TURBO.0011', 'unavailable'],
    [400, 'SFS.TURBO.0015', 'denied'],
    [400, 'SFS.TURBO.0037', 'unavailable'],
    [400, 'SFS.TURBO.0103', 'unavailable'],
    [500, 'SFS.TURBO.0104', 'unavailable'],
    [500, 'SFS.TURBO.0105', 'unavailable'],
    [400, 'SFS.TURBO.0106', 'invalid'],
    [400, 'SFS.TURBO.0110', 'denied'],
    [400, 'SFS.TURBO.0123', 'invalid'],
    [404, 'SFS.TURBO.0124', 'invalid'],
    [403, 'SFS.TURBO.9000', 'denied'],
    [404, 'APIGW.0101', 'invalid'],
    [400, 'APIGW.0201', 'unrecognized'],
    [413, 'APIGW.0201', 'unrecognized'],
    [504, 'APIGW.0201', 'unavailable'],
    [401, 'APIGW.0301', 'unauthenticated'],
    [401, 'SFS.TURBO.0001', 'unauthenticated'],
    [429, 'APIGW.0308', 'throttled'],
    [429, 'Whatever', 'throttled'],
    [400, 'Whatever', 'unrecognized'],
    [404, 'Whatever', 'unrecognized'],
    [403, 'Whatever', 'unrecognized'],
    [403, 'SFS.TURBO.0106', 'denied'],
    [429, 'SFS.TURBO.0001', 'throttled'],
    [502, 'Whatever', 'unavailable'],
  ];
  for (const [status, code, kind] of cases) {
    it(`${code} with ${status} is ${kind}`, () => {
      const error = toProviderError(service(status, code));
      assert.deepEqual([error.kind, error.code], [kind, code]);
    });
  }

  it('are told by any of the three shapes, whatever status they have, and are not where a task has its own words', () => {
    for (const body of [
      { errCode: 'SFS.TURBO.0106', errMsg: 'Words.' },
      { errCode: '' },
      { error_code: 'APIGW.0301', error_msg: 'Words.' },
      { error: { code: 'SFS.TURBO.0106', message: 'Words.' } },
    ])
      for (const status of [200, 202, 204])
        assert.equal(isError(answer(status, body)), true, JSON.stringify(body));
    for (const body of [
      '',
      '<html></html>',
      '[{"errCode":"A"}]',
      {},
      { errCode: null, error_code: 7, error: null },
      { error: 'none', code: 'A' },
      { status: 'FAIL', message: 'Words.', tasks: [{ errCode: 'A' }] },
    ])
      assert.equal(isError(answer(200, body)), false, JSON.stringify(body));
  });

  it('reads the three shapes, and the request id of header or body', () => {
    const shapes = [
      { errCode: 'SFS.TURBO.0037', errMsg: 'Operation conflict' },
      { error_code: 'SFS.TURBO.0037', error_msg: 'Operation conflict' },
      { error: { code: 'SFS.TURBO.0037', message: 'Operation conflict' } },
    ];
    for (const body of shapes) {
      const { code, message, context } = toProviderError(answer(400, body, { 'x-request-id': 'r-1' }));
      assert.deepEqual([code, message, context.requestId], ['SFS.TURBO.0037', 'Operation conflict', 'r-1']);
    }
    const gateway = answer(404, { error_code: 'APIGW.0101', error_msg: 'No.', request_id: 'r-2' });
    assert.equal(toProviderError(gateway).context.requestId, 'r-2');
  });

  it('goes by the status alone where the body says nothing', () => {
    for (const body of ['', '<html></html>', '[]', 'null', '{"errCode":42}', '{"error":"no"}']) {
      const { kind, code } = toProviderError(answer(404, body));
      assert.deepEqual([kind, code], ['unrecognized', 'HTTP 404']);
    }
  });

  for (const [code, meaning] of [
    ['SFS.TURBO.0002', 'the file system does not exist, or is not of this project'],
    ['SFS.TURBO.9000', 'the file system does not exist, or is not of this project'],
    ['APIGW.0101', "the endpoint has no such API: is it SFS Turbo's, of the right region?"],
    ['APIG.0101', "the endpoint has no such API: is it SFS Turbo's, of the right region?"],
  ] as const) {
    it(`says what ${code} means to a person`, () =>
      assert.equal(toProviderError(service(404, code)).message, `Words. (${meaning})`));
  }

  it('knows a code of the gateway by both of its names, and keeps the one it was given', () => {
    const { kind, code } = toProviderError(service(400, 'APIG.0308'));
    assert.deepEqual([kind, code], ['throttled', 'APIG.0308']);
    for (const other of ['XAPIG.0308', 'APIGX0308', 'toString'])
      assert.equal(toProviderError(service(400, other)).kind, 'unrecognized', other);
  });

  it('obeys Retry-After in seconds, where it is a delay', () => {
    const after = (value: string) => toProviderError(answer(429, {}, { 'retry-after': value })).context;
    assert.deepEqual(after('7'), { retryAfterMs: 7_000 });
    assert.deepEqual(after('0'), { retryAfterMs: 0 });
    for (const odd of ['-7', 'soon']) assert.deepEqual(after(odd), {}, odd);
    assert.deepEqual(toProviderError(answer(429, {})).context, {});
  });

  it('holds a file system to be missing only where its own code says so', () => {
    const isMissing = (status: number, code: string) =>
      isMissingShare(toProviderError(service(status, code)));
    assert.ok(isMissing(404, 'SFS.TURBO.0002') && isMissing(403, 'SFS.TURBO.9000'));
    assert.ok(!isMissing(500, 'SFS.TURBO.0002') && !isMissing(401, 'SFS.TURBO.9000'));
    assert.ok(!isMissing(400, 'SFS.TURBO.0015') && !isMissing(404, 'Whatever'));
  });

  it('takes a blank for no code, and the words of the vendor only where there are any', () => {
    const { code, message } = toProviderError(answer(404, { errCode: ' ', errMsg: '' }));
    assert.deepEqual([code, message], ['HTTP 404', 'no usable answer']);
    assert.equal(toProviderError(answer(404, { errCode: 'x'.repeat(501) })).code, 'x'.repeat(500));
    assert.equal(toProviderError(answer(404, { error: null, errCode: 'A' })).code, 'A');
  });

  it('takes a 403 without a code for a missing permission', () => {
    assert.equal(toProviderError(answer(403, '<html></html>')).kind, 'denied');
  });

  it('keeps of a refused credential no more than a documented reason', () => {
    const told = (message: string) =>
      toProviderError(answer(401, { error_code: 'APIGW.0301', error_msg: message })).message;
    const prefix = 'Incorrect IAM authentication information: ';
    assert.equal(
      told(`${prefix}Get secretKey failed,ak:AKSECRET,err:ak not exist`),
      'the credential is not accepted: ak not exist',
    );
    assert.equal(
      told(`${prefix}calc ak sk signature fail:signature expired`),
      'the credential is not accepted: signature expired',
    );
    assert.equal(told('AKSECRET was seen'), 'the credential is not accepted');
    for (const reason of [
      'x-auth-token not found',
      'decrypt token fail',
      'verify aksk signature fail',
      'AK access failed to reach the limit',
    ])
      assert.equal(told(`${prefix}${reason}: AKSECRET`), `the credential is not accepted: ${reason}`);
  });

  it('keeps a message short and to its first line', () => {
    const { message } = toProviderError(service(400, 'SFS.TURBO.0001', `${'x'.repeat(800)}\nmore`));
    assert.equal(message, 'x'.repeat(500));
  });

  it('no answer is read as absence but its own code, with no status that says something else', () => {
    const anyCode = fc.oneof(fc.string(), fc.constantFrom(...cases.map(([, code]) => code)));
    fc.assert(
      fc.property(
        fc.integer({ min: 200, max: 599 }),
        anyCode,
        fc.constantFrom(...ABSENT_CODES),
        (status, code, absent) => {
          const error = toProviderError(service(status, code));
          const expected = code === absent && ![401, 403, 429].includes(status) && status < 500;
          assert.equal(isAbsence(error, absent), expected);
        },
      ),
      { numRuns: 2_000 },
    );
  });

  it('never throws, whatever the answer', () => {
    fc.assert(
      fc.property(fc.integer({ min: 100, max: 599 }), fc.oneof(fc.string(), fc.json()), (status, body) => {
        const error = toProviderError(answer(status, body));
        assert.ok(error.code !== '' && error.message.length <= 700);
        assert.ok(ABSENT_CODES.every((code) => !isAbsence(error, code)));
      }),
    );
  });

  it('says an absence of one API is none of the other', () => {
    const error = toProviderError(service(404, 'SFS.TURBO.0106'));
    assert.deepEqual([isAbsence(error, 'SFS.TURBO.0106'), isAbsence(error, 'SFS.TURBO.0124')], [true, false]);
  });
});

describe('answers to a delete', () => {
  const kindOf = (status: number, code: string, absent: AbsentCode) => {
    try {
      return cancelAnswerOf(toProviderError(service(status, code)), absent).kind;
    } catch (thrown) {
      assert.ok(thrown instanceof ProviderError);
      return `throws ${thrown.kind}`;
    }
  };
  const cases: [number, string, string][] = [
    [400, 'SFS.TURBO.0106', 'absent'],
    [400, 'SFS.TURBO.0001', 'refused'],
    [404, 'SFS.TURBO.0002', 'refused'],
    [400, 'SFS.TURBO.0015', 'refused'],
    [400, 'SFS.TURBO.0110', 'refused'],
    [403, 'SFS.TURBO.9000', 'refused'],
    [500, 'SFS.TURBO.0001', 'throws unavailable'],
    [401, 'SFS.TURBO.9000', 'throws unauthenticated'],
    [400, 'SFS.TURBO.0103', 'throws unavailable'],
    [400, 'SFS.TURBO.0123', 'throws invalid'],
    [404, 'SFS.TURBO.0124', 'throws invalid'],
    [404, 'APIGW.0101', 'throws invalid'],
    [400, 'Whatever', 'throws unrecognized'],
  ];
  for (const [status, code, expected] of cases) {
    it(`${code} with ${status}: ${expected}`, () => {
      assert.equal(kindOf(status, code, 'SFS.TURBO.0106'), expected);
    });
  }

  it('carry the code, the words and the id of the call, where there is one', () => {
    const refused = (headers?: HttpAnswer['headers']) =>
      cancelAnswerOf(
        toProviderError(answer(400, { errCode: 'SFS.TURBO.0015', errMsg: 'No.' }, headers)),
        'SFS.TURBO.0106',
      );
    const told = { kind: 'refused', code: 'SFS.TURBO.0015', message: 'No.' };
    assert.deepEqual(refused(), told);
    assert.deepEqual(refused({ 'x-request-id': 'r-1' }), { ...told, requestId: 'r-1' });
  });

  it('throws on what is no error of the vendor', () => {
    const bug = new TypeError('a bug');
    assert.throws(() => cancelAnswerOf(bug, 'SFS.TURBO.0106'), bug);
  });
});

describe('the definitions for SFS Turbo', () => {
  const [shareId, taskId] = SFS_TURBO_FIELDS;

  it("take the ids of the documents' examples, and nothing that could leave its place in a path", () => {
    assert.match('77ba6f4b-6365-4895-8dda-bc7142af4dde', shareId!.pattern);
    assert.match('11abef677ac40f46644d1d5cfc2424a4', taskId!.pattern);
    assert.match('d651ea2b-2b20-4c6d-8bbf-2adcec18dac9', taskId!.pattern);
    for (const wrong of [
      '',
      '..',
      'a/b',
      '11abef677ac40f46644d1d5cfc2424a',
      '11ABEF677AC40F46644D1D5CFC2424A4',
    ]) {
      assert.doesNotMatch(wrong, shareId!.pattern);
      assert.doesNotMatch(wrong, taskId!.pattern);
    }
    for (const { example, pattern, maxLength } of SFS_TURBO_FIELDS)
      assert.ok(pattern.test(example) && example.length <= maxLength);
  });

  it('know where SFS Turbo is', () => {
    assert.equal(sfsTurboEndpoint('cn-north-4'), 'https://sfs-turbo.cn-north-4.myhuaweicloud.com');
    assert.equal(sfsTurboEndpoint('eu-west-101'), 'https://sfs-turbo.eu-west-101.myhuaweicloud.eu');
  });

  it('take real regions', () => {
    const { region } = huaweiSfsTurboData.settings.shape;
    for (const real of [
      'cn-north-4',
      'ap-southeast-1',
      'eu-west-101',
      'my-kualalumpur-1',
      'ae-ad-1',
      'la-north-2',
    ])
      assert.equal(region.safeParse(real).success, true, real);
    for (const wrong of ['', 'cn', 'cn-north', 'https://cn-north-4', 'cn-north-4/'])
      assert.equal(region.safeParse(wrong).success, false, wrong);
  });

  it('take an IAM that a password may be sent to', () => {
    const { iamEndpoint } = huaweiSfsTurboData.settings.shape;
    for (const safe of ['https://iam.example.com', 'http://127.0.0.1:9000', undefined])
      assert.equal(iamEndpoint.safeParse(safe).success, true, safe);
    for (const wrong of ['http://iam.example.com', 'http://127.0.0.1.example.com', 'https://iam/v3'])
      assert.equal(iamEndpoint.safeParse(wrong).success, false, wrong);
  });

  it('ask again for a directory usage task only when no read can be from before the first ask', () => {
    assert.ok(reaskAfterMs(huaweiSfsTurboDirUsage.pacing, 1) > 5 * 60_000);
  });

  it('know the documented words and no other', () => {
    assert.deepEqual(Object.keys(DATA_TASK_STATES).sort(), ['DELETING', 'DOING', 'FAIL', 'SUCCESS']);
    assert.deepEqual(Object.keys(DIR_USAGE_STATES).sort(), ['DOING', 'FAIL', 'SUCCESS']);
  });
});
