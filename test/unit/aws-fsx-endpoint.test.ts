import assert from 'node:assert/strict';
import { describe, it, type TestContext } from 'node:test';
import { inspect } from 'node:util';
import { FsxEndpoint } from '../../providers/aws-fsx/fsx-endpoint.js';
import type { FsxSettings } from '../../providers/aws-fsx/index.js';
import { OPEN_GATE, type CallGate } from '../../providers/call-gate.js';
import { ProviderError } from '../../providers/provider.js';
import { readAuthorization, readAwsDate } from '../../providers/vendors/aws/authorization.js';
import { AwsSignatureCheck } from '../../providers/vendors/aws/signature.js';
import { serveLoopback, type Reply, type SeenRequest } from './loopback-server.js';
import { providerErrorOf } from './provider-error-of.js';

const KEYS = { accessKeyId: 'AKIDEXAMPLE', secretAccessKey: 'HUSH-secret' };
const CREDENTIALS = {
  accessKeyId: { env: 'FSX_ENDPOINT_TEST_ID' },
  secretAccessKey: { env: 'FSX_ENDPOINT_TEST_SECRET' },
};
const BEFORE = { ...process.env };
const MINUTE = 60_000;
const BAD_SIGNATURE = { __type: 'InvalidSignatureException', message: 'Signature not yet current' };
const NO_TASKS = { body: { DataRepositoryTasks: [] } };
const { signal } = new AbortController();

describe('a call of FSx', () => {
  it('is a signed POST of the operation, in AWS’s JSON protocol', async (t) => {
    const { look, seen } = await fsx(t, () => NO_TASKS);
    await look();
    const [request = assert.fail()] = seen;
    const { method, path, query, headers, body } = request;
    assert.deepEqual([method, path, query, body], ['POST', '/', '', '{"TaskIds":["task-1"]}']);
    assert.equal(headers['content-type'], 'application/x-amz-json-1.1');
    assert.equal(headers['x-amz-target'], 'AWSSimbaAPIService_v20180301.DescribeDataRepositoryTasks');
    const claim = readAuthorization(headers.authorization ?? '') ?? assert.fail();
    assert.deepEqual(
      [claim.accessKeyId, claim.service, claim.region],
      [KEYS.accessKeyId, 'fsx', 'eu-west-1'],
    );
    for (const name of ['host', 'content-type', 'x-amz-target', 'x-amz-date'])
      assert.ok(claim.signedHeaders.has(name), name);
    assert.equal(await genuine(request), undefined);
  });

  it('goes through the gate, under the operation’s name, and not around it', async (t) => {
    const passed: unknown[] = [];
    const gate: CallGate = {
      pass: (operation, of, call) => (
        passed.push(operation, of === signal),
        OPEN_GATE.pass(operation, of, call)
      ),
    };
    const { look, seen } = await fsx(t, () => NO_TASKS, { gate });
    await look();
    assert.deepEqual(passed, ['DescribeDataRepositoryTasks', true]);
    const shut: CallGate = { pass: () => Promise.reject(new ProviderError('throttled', 'Shut', 'shut')) };
    const another = await fsx(t, () => NO_TASKS, { gate: shut });
    assert.deepEqual(await told(another.look()), ['throttled', 'Shut']);
    assert.deepEqual([seen.length, another.seen.length], [1, 0]);
  });

  it('tells what was answered, and the vendor’s id of the call where it has one', async (t) => {
    const headers: Record<string, string> = { 'x-amzn-requestid': 'r-1' };
    const row = { TaskId: 'task-1', Lifecycle: 'EXECUTING' };
    const { look } = await fsx(t, () => ({ headers, body: { DataRepositoryTasks: [row], NextToken: 'n' } }));
    assert.deepEqual(await look(), {
      DataRepositoryTasks: [{ TaskId: 'task-1', Lifecycle: 'EXECUTING' }],
      NextToken: 'n',
      requestId: 'r-1',
    });
    delete headers['x-amzn-requestid'];
    assert.ok(!Object.hasOwn((await look()) as object, 'requestId'));
  });

  const errors: readonly (readonly [what: string, reply: Reply, kind: string, code: string])[] = [
    ['another 2xx', { status: 201, ...NO_TASKS }, 'unrecognized', 'HTTP 201'],
    ['a 200 that is no JSON', { body: '<html>' }, 'unrecognized', 'HTTP 200'],
    ['a 200 that is a list', { body: '[]' }, 'unrecognized', 'HTTP 200'],
    ['a name', { status: 400, body: { __type: 'BadRequest' } }, 'invalid', 'BadRequest'],
    ['a status alone', { status: 503, body: '<html>' }, 'unavailable', 'HTTP 503'],
  ];
  for (const [what, reply, kind, code] of errors)
    it(`is an error by ${what}`, async (t) => {
      const { look, seen } = await fsx(t, () => reply);
      assert.deepEqual(await told(look()), [kind, code]);
      assert.equal(seen.length, 1, 'it is not repeated');
    });

  it('is not understood where a success has the name of an error', async (t) => {
    const named = { DataRepositoryTasks: [], __type: 'ThrottlingException' };
    const replies: Reply[] = [
      { body: named },
      { body: { ...named, __type: null } },
      { ...NO_TASKS, headers: { 'x-amzn-errortype': '' } },
      { ...NO_TASKS, headers: { 'x-amzn-errortype': 'AccessDenied' } },
    ];
    for (const reply of replies) {
      const { look } = await fsx(t, () => ({
        ...reply,
        headers: { 'x-amzn-requestid': 'r-1', ...reply.headers },
      }));
      const error = await providerErrorOf(look());
      assert.deepEqual(
        [error.kind, error.code, error.context.requestId],
        ['unrecognized', 'HTTP 200', 'r-1'],
      );
      assert.match(error.message, /^DescribeDataRepositoryTasks was answered with an error/);
    }
  });

  it('is unavailable where nobody answers', async (t) => {
    const { look } = await fsx(t, () => NO_TASKS, { endpoint: 'http://127.0.0.1:1' });
    assert.deepEqual(await told(look()), ['unavailable', 'ECONNREFUSED']);
  });
});

describe('the clock by which calls of FSx are signed', () => {
  for (const aheadMs of [10 * MINUTE, -10 * MINUTE, 4.5 * MINUTE, -4.5 * MINUTE])
    it(`is that of FSx where it is off by ${aheadMs / MINUTE} minutes; what was refused for it is asked again, once`, async (t) => {
      const { look, seen, signedAheadMs } = await fsx(t, (request) => atClock(request, aheadMs));
      await look();
      await look();
      assert.equal(seen.length, 3);
      near(signedAheadMs(0), 0);
      near(signedAheadMs(1), aheadMs);
      near(signedAheadMs(2), aheadMs);
      for (const request of seen.slice(1)) assert.equal(await genuine(request, aheadMs), undefined);
    });

  it('is our own where it is off by less than is tolerated', async (t) => {
    for (const aheadMs of [3.5 * MINUTE, -3.5 * MINUTE]) {
      const { look, seen, signedAheadMs } = await fsx(t, () => ({ ...NO_TASKS, headers: dateOf(aheadMs) }));
      await look();
      await look();
      assert.equal(seen.length, 2);
      near(signedAheadMs(1), 0);
    }
  });

  it('is learnt from every answer, a success or not, and followed back', async (t) => {
    let aheadMs = 10 * MINUTE;
    let status = 200;
    const { look, seen, signedAheadMs } = await fsx(t, () => ({
      status,
      headers: dateOf(aheadMs),
      body: status === 200 ? { DataRepositoryTasks: [] } : { __type: 'BadRequest' },
    }));
    await look();
    aheadMs = 0;
    status = 400;
    assert.deepEqual(await told(look()), ['invalid', 'BadRequest']);
    status = 200;
    await look();
    assert.equal(seen.length, 3, 'only what may be refused for its clock is repeated');
    for (const [place, offMs] of [0, 10 * MINUTE, 0].entries()) near(signedAheadMs(place), offMs);
  });

  it('is not to blame where it was right, or where nothing can be read of it', async (t) => {
    for (const headers of [{}, { date: 'soon' }, dateOf(0), dateOf(3 * MINUTE)]) {
      const { look, seen } = await fsx(t, () => ({ status: 400, headers, body: BAD_SIGNATURE }));
      assert.deepEqual(await told(look()), ['unauthenticated', 'InvalidSignatureException']);
      assert.equal(seen.length, 1, inspect(headers));
    }
  });

  it('is not to blame a second time: a key that is refused by the right clock is refused', async (t) => {
    const { look, seen } = await fsx(t, () => ({
      status: 400,
      headers: dateOf(10 * MINUTE),
      body: BAD_SIGNATURE,
    }));
    for (const calls of [2, 3]) {
      assert.deepEqual(await told(look()), ['unauthenticated', 'InvalidSignatureException']);
      assert.equal(seen.length, calls);
    }
  });
});

describe('a credential or an address that cannot be had', () => {
  it('is told without a call of FSx, and is had when it is there', async (t) => {
    const { look, seen } = await fsx(t, () => NO_TASKS);
    delete process.env[CREDENTIALS.secretAccessKey.env];
    assert.deepEqual(await told(look()), ['unauthenticated', 'SecretUnreadableError']);
    assert.equal(seen.length, 0);
    process.env[CREDENTIALS.secretAccessKey.env] = KEYS.secretAccessKey;
    await look();
    assert.equal(await genuine(seen[0] ?? assert.fail()), undefined);
  });

  it('is the region’s own where the config names none, FIPS and dual stack as the environment says', async (t) => {
    // The proxy gives no tunnel: no test calls a cloud. Who was called shows in the error.
    for (const [environment, host] of [
      [{}, 'fsx.us-east-1.amazonaws.com'],
      // By a forgotten one, every task would seem not to be there.
      [{ AWS_ENDPOINT_URL: 'http://127.0.0.1:1' }, 'fsx.us-east-1.amazonaws.com'],
      [{ AWS_USE_FIPS_ENDPOINT: 'true' }, 'fsx-fips.us-east-1.amazonaws.com'],
      [{ AWS_USE_FIPS_ENDPOINT: undefined, AWS_USE_DUALSTACK_ENDPOINT: 'true' }, 'fsx.us-east-1.api.aws'],
    ] as const) {
      const { look, seen } = await fsx(t, () => NO_TASKS, {
        endpoint: undefined,
        region: 'us-east-1',
        environment,
        behindProxy: true,
      });
      const { kind, message } = await providerErrorOf(look());
      assert.deepEqual([kind, message], ['unavailable', `POST https://${host}/: the proxy answered 403`]);
      assert.equal(seen.length, 0);
      assert.equal(process.env['AWS_IGNORE_CONFIGURED_ENDPOINT_URLS'], 'true');
    }
  });

  it('is told by the SDK’s name for it where no address fits what is wanted', async (t) => {
    const { look, seen } = await fsx(t, () => NO_TASKS, { environment: { AWS_USE_FIPS_ENDPOINT: 'true' } });
    for (let calls = 0; calls < 2; calls += 1)
      assert.deepEqual(await told(look()), ['unrecognized', 'EndpointError']);
    assert.equal(seen.length, 0);
  });
});

describe('an endpoint of FSx', () => {
  it('does not have the SDK advise operators of Node, unless they want it to', async (t) => {
    const name = 'AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED';
    await fsx(t, () => NO_TASKS, { environment: { [name]: undefined } });
    assert.equal(process.env[name], 'true');
    await fsx(t, () => NO_TASKS, { environment: { [name]: 'false' } });
    assert.equal(process.env[name], 'false');
  });

  it('that is closed makes no call, whether it has made one or not', async (t) => {
    const used = await fsx(t, () => NO_TASKS);
    await used.look();
    const unused = await fsx(t, () => NO_TASKS);
    for (const { endpoint, look } of [used, unused]) {
      endpoint.close();
      await new Promise(setImmediate);
      assert.equal((await providerErrorOf(look())).kind, 'unavailable');
    }
    assert.deepEqual([used.seen.length, unused.seen.length], [1, 0]);
  });
});

interface Place {
  readonly gate?: CallGate;
  readonly region?: string;
  /** Undefined: none is named. Left out: this test's own server. */
  readonly endpoint?: string | undefined;
  readonly environment?: Readonly<Record<string, string | undefined>>;
  readonly behindProxy?: true;
}

/** An FSx of this machine, and what calls it. */
async function fsx(t: TestContext, reply: (request: SeenRequest) => Reply, place: Place = {}) {
  const { origin, seen } = await serveLoopback(t, reply);
  setEnvironment(t, {
    [CREDENTIALS.accessKeyId.env]: KEYS.accessKeyId,
    [CREDENTIALS.secretAccessKey.env]: KEYS.secretAccessKey,
    AWS_IGNORE_CONFIGURED_ENDPOINT_URLS: undefined,
    ...(place.behindProxy && {
      HTTPS_PROXY: origin,
      https_proxy: undefined,
      NO_PROXY: undefined,
      no_proxy: undefined,
    }),
    ...place.environment,
  });
  const named = 'endpoint' in place ? place.endpoint : origin;
  const settings: FsxSettings = {
    region: place.region ?? 'eu-west-1',
    ...(named !== undefined && { endpoint: named }),
    credentials: CREDENTIALS,
  };
  const endpoint = new FsxEndpoint(settings, place.gate ?? OPEN_GATE);
  t.after(() => endpoint.close());
  const arrivedMs = new Map<SeenRequest, number>();
  const look = async (): Promise<unknown> => {
    const before = seen.length;
    try {
      return await endpoint.call('DescribeDataRepositoryTasks', { TaskIds: ['task-1'] }, signal);
    } finally {
      for (const request of seen.slice(before)) arrivedMs.set(request, Date.now());
    }
  };
  const signedAheadMs = (number: number) => {
    const request = seen[number] ?? assert.fail(`there was no call ${number}`);
    const signedAt = readAwsDate(request.headers['x-amz-date']) ?? assert.fail();
    return signedAt.getTime() - (arrivedMs.get(request) ?? assert.fail());
  };
  return { endpoint, seen, look, signedAheadMs };
}

/** Of this process, for the length of a test. */
function setEnvironment(t: TestContext, environment: Readonly<Record<string, string | undefined>>): void {
  t.after(() => {
    for (const name of Object.keys(process.env)) if (!Object.hasOwn(BEFORE, name)) delete process.env[name];
    Object.assign(process.env, BEFORE);
  });
  for (const [name, value] of Object.entries(environment)) {
    if (value === undefined) delete process.env[name];
    else process.env[name] = value;
  }
}

/** An FSx whose clock is ahead: it refuses what was signed by another. */
function atClock({ headers }: SeenRequest, aheadMs: number): Reply {
  const signedAt = readAwsDate(headers['x-amz-date'])?.getTime() ?? 0;
  const isRight = Math.abs(signedAt - Date.now() - aheadMs) < 4 * MINUTE;
  return { headers: dateOf(aheadMs), ...(isRight ? NO_TASKS : { status: 400, body: BAD_SIGNATURE }) };
}

const dateOf = (aheadMs: number) => ({ date: new Date(Date.now() + aheadMs).toUTCString() });

function near(actualMs: number, expectedMs: number): void {
  assert.ok(Math.abs(actualMs - expectedMs) < 30_000, `${actualMs} ms, not ${expectedMs}`);
}

/** What AWS says of the signature, by its own signer; undefined: it is genuine. */
function genuine({ body, ...request }: SeenRequest, aheadMs = 0) {
  const check = new AwsSignatureCheck(KEYS, 'fsx');
  return check.refusal({ ...request, body: Buffer.from(body) }, Date.now() + aheadMs);
}

async function told(call: Promise<unknown>): Promise<readonly [kind: string, code: string]> {
  const { kind, code } = await providerErrorOf(call);
  return [kind, code];
}
