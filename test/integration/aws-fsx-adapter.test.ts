import assert from 'node:assert/strict';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { mkdtemp, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import type { Observation } from '../../contract/observation.js';
import { createFsxAdapter } from '../../providers/aws-fsx/adapter.js';
import { OPEN_GATE } from '../../providers/call-gate.js';
import { ProviderError, type Provider } from '../../providers/provider.js';
import { SimulatorControl } from '../../simulator/control-client.js';
import { startSimulator, type RunningSimulator } from '../../simulator/start-simulator.js';

const signal = new AbortController().signal;
const credentials = {
  accessKeyId: { env: 'ADAPTER_TEST_ID' },
  secretAccessKey: { env: 'ADAPTER_TEST_SECRET' },
};

describe('the FSx adapter', () => {
  let cloud: RunningSimulator;
  let simulator: SimulatorControl;
  let adapter: Provider;

  before(async () => {
    cloud = await startSimulator();
    simulator = new SimulatorControl(cloud.endpoint);
    process.env['ADAPTER_TEST_ID'] = cloud.credentials.aws.accessKeyId;
    process.env['ADAPTER_TEST_SECRET'] = cloud.credentials.aws.secretAccessKey;
    adapter = createFsxAdapter({ region: 'eu-west-1', endpoint: cloud.endpoint, credentials }, OPEN_GATE);
  });
  after(async () => {
    adapter.close();
    await cloud.close();
  });

  for (const unknownIdInBatch of ['fail', 'omit'] as const) {
    it(`tells each of 50 tasks its own state, in order, when an unknown id makes the cloud ${unknownIdInBatch}`, async () => {
      await simulator.settings({ provider: 'aws-fsx', switches: { unknownIdInBatch } });
      const [running, done] = [
        await simulator.seed({ provider: 'aws-fsx', count: 40, state: 'running' }),
        await simulator.seed({ provider: 'aws-fsx', count: 9, state: 'completed' }),
      ];
      const unknown = { id: 'task-00000000000000bad', ids: {} };
      const ids = [...running.slice(0, 20), unknown, ...done, ...running.slice(20)].map(({ id }) => ({
        taskId: id,
      }));
      const expected = [
        ...Array(20).fill('active'),
        'absent',
        ...Array(9).fill('ended'),
        ...Array(20).fill('active'),
      ];
      assert.equal(ids.length, adapter.observeBatchSize);
      if (unknownIdInBatch === 'omit') {
        // Left out without a word: that proves nothing of it.
        await assert.rejects(
          adapter.observe(ids, { signal }),
          isProviderError('unrecognized', 'MissingFromAnswer'),
        );
        return;
      }
      const seen = await adapter.observe(ids, { signal });
      assert.deepEqual(
        seen.map(({ state }) => state),
        expected,
      );
    });
  }

  for (const unknownIdInBatch of ['fail', 'omit'] as const) {
    it(`tells what it has seen although the look fails, when an unknown id makes the cloud ${unknownIdInBatch}`, async () => {
      await simulator.reset();
      await simulator.settings({ provider: 'aws-fsx', switches: { unknownIdInBatch } });
      const running = await simulator.seed({ provider: 'aws-fsx', count: 3 });
      const ids = [
        ...running.slice(0, 2).map(({ id }) => id),
        'task-00000000000000bad',
        running[2]?.id ?? '',
      ];
      // Halved, the first two are seen; the call about the others fails.
      if (unknownIdInBatch === 'fail')
        await simulator.fault({ kind: 'error', status: 503, afterCalls: 2, times: 'always' });
      const seen: (string | undefined)[] = ids.map(() => undefined);
      const onSeen = (index: number, { state }: Observation) => void (seen[index] = state);
      await assert.rejects(
        adapter.observe(
          ids.map((taskId) => ({ taskId })),
          { signal, onSeen },
        ),
        isProviderError(unknownIdInBatch === 'fail' ? 'unavailable' : 'unrecognized'),
      );
      const last = unknownIdInBatch === 'fail' ? undefined : 'active';
      assert.deepEqual(seen, ['active', 'active', undefined, last]);
      await simulator.reset();
    });
  }

  it('tells of a task that FSx forgot some time after its end that it is absent, and of the others all the same', async () => {
    await simulator.reset();
    await simulator.settings({ provider: 'aws-fsx', switches: { endedKeptMs: 60_000 } });
    const [done] = await simulator.seed({ provider: 'aws-fsx', state: 'completed' });
    const running = await simulator.seed({ provider: 'aws-fsx', count: 2 });
    const [first, last] = running.map(({ id }) => ({ taskId: id }));
    const forgotten = { taskId: done?.id ?? '' };
    const states = async () =>
      (await adapter.observe([first!, forgotten, last!], { signal })).map(({ state }) => state);
    assert.deepEqual(await states(), ['active', 'ended', 'active']);
    await simulator.advanceClock(60_000);
    assert.deepEqual(await states(), ['active', 'absent', 'active']);
    assert.equal((await adapter.cancel(forgotten, { signal, clientToken: 'unused' })).kind, 'absent');
    await simulator.reset();
  });

  for (const [cancelOfCanceled, kind] of [
    ['DataRepositoryTaskEnded', 'already-ended'],
    ['accept', 'accepted'],
    ['BadRequest', 'refused'],
  ] as const) {
    it(`takes ${cancelOfCanceled} in answer to the cancel of a CANCELED task for no more than it says`, async () => {
      await simulator.settings({ provider: 'aws-fsx', switches: { cancelOfCanceled } });
      const [task] = await simulator.seed({ provider: 'aws-fsx', state: 'canceled' });
      const ids = { taskId: task?.id ?? '' };
      assert.equal((await adapter.cancel(ids, { signal, clientToken: 'unused' })).kind, kind);
      const [seen] = await adapter.observe([ids], { signal });
      assert.equal(seen?.state === 'ended' && seen.end, 'canceled');
      await simulator.reset();
    });
  }

  it('gives up an answer whose body stops in the middle', async () => {
    const server = await listen(
      createServer((_request, response) => {
        response.writeHead(200, { 'content-type': 'application/x-amz-json-1.1', 'content-length': '100' });
        response.write('{"Data');
      }),
    );
    const stalled = createFsxAdapter({ region: 'eu-west-1', endpoint: server.url, credentials }, OPEN_GATE);
    const started = Date.now();
    await assert.rejects(
      stalled.observe([{ taskId: 'task-0123456789abcdef0' }], { signal }),
      isProviderError('unavailable'),
    );
    assert.ok(Date.now() - started < 20_000);
    stalled.close();
    server.close();
  });

  it('signs by the clock of FSx when its own is wrong', async () => {
    const signedAt: string[] = [];
    const ahead = 60 * 60_000;
    const server = await listen(
      createServer((request, response) => {
        signedAt.push(String(request.headers['x-amz-date']));
        const date = new Date(Date.now() + ahead).toUTCString();
        response.writeHead(400, { 'content-type': 'application/x-amz-json-1.1', date });
        response.end('{"__type":"InvalidSignatureException","message":"Signature expired"}');
      }),
    );
    const late = createFsxAdapter({ region: 'eu-west-1', endpoint: server.url, credentials }, OPEN_GATE);
    for (let call = 0; call < 2; call++)
      await assert.rejects(late.check({ signal }), isProviderError('unauthenticated'));
    const [first = 0, second = 0] = signedAt.map((date) =>
      Date.parse(date.replace(/(....)(..)(..T..)(..)(..Z)/, '$1-$2-$3:$4:$5')),
    );
    assert.ok(Math.abs(first - Date.now()) < 60_000);
    assert.ok(Math.abs(second - Date.now() - ahead) < 60_000);
    assert.equal(signedAt.length, 3, 'asked again for a clock, and only once');
    late.close();
    server.close();
  });

  it('takes no refusal of its clock for one of its credential, however that of FSx is set', async () => {
    const refused = async () =>
      (await simulator.calls({ provider: 'aws-fsx' })).filter(
        ({ errorCode }) => errorCode === 'InvalidSignatureException',
      ).length;
    const refusedBefore = await refused();
    const steps = [11, -22, 11].map((minutes) => minutes * 60_000);
    for (const [count, step] of steps.entries()) {
      await simulator.skewClock(step);
      await adapter.check({ signal });
      assert.equal(await refused(), refusedBefore + count + 1);
    }
  });

  it('lets the config alone say where FSx is, whatever the environment says', async () => {
    let calls = 0;
    const server = await listen(
      createServer((_request, response) => {
        calls++;
        response.writeHead(400, { 'content-type': 'application/x-amz-json-1.1' });
        response.end('{"__type":"DataRepositoryTaskNotFound"}');
      }),
    );
    process.env['AWS_ENDPOINT_URL'] = server.url;
    try {
      const elsewhere = createFsxAdapter({ region: 'xx-nowhere-1', credentials }, OPEN_GATE);
      await assert.rejects(elsewhere.check({ signal }), isProviderError('unavailable'));
      assert.equal(calls, 0);
      elsewhere.close();
    } finally {
      delete process.env['AWS_ENDPOINT_URL'];
      server.close();
    }
  });

  it('takes the named profile, and never the role of the machine in its place', async () => {
    const directory = await mkdtemp(join(tmpdir(), 'quiesce-profile-'));
    const { accessKeyId, secretAccessKey } = cloud.credentials.aws;
    const file = join(directory, 'credentials');
    const keys = `aws_access_key_id = ${accessKeyId}\naws_secret_access_key = ${secretAccessKey}\n`;
    await writeFile(file, `[nightly]\n${keys}`);
    let asked = 0;
    const metadata = await listen(createServer((_, response) => void (asked++, response.end('a-role'))));
    const env = {
      AWS_SHARED_CREDENTIALS_FILE: file,
      AWS_CONFIG_FILE: join(directory, 'none'),
      AWS_EC2_METADATA_SERVICE_ENDPOINT: metadata.url,
    };
    Object.assign(process.env, env);
    const withProfile = (profile: string) =>
      createFsxAdapter(
        { region: 'eu-west-1', endpoint: cloud.endpoint, credentials: { profile } },
        OPEN_GATE,
      );
    const [right, misspelt] = [withProfile('nightly'), withProfile('nihgtly')];
    try {
      assert.ok((await right.check({ signal })).requestId);
      await assert.rejects(misspelt.check({ signal }), isProviderError('unauthenticated'));
      assert.equal(asked, 0);
    } finally {
      for (const name of Object.keys(env)) delete process.env[name];
      right.close();
      misspelt.close();
      metadata.close();
    }
  });

  for (const throttledAs of [
    'ThrottlingException 400',
    'Throttling 400',
    'RequestLimitExceeded 503',
    'TooManyRequestsException 429',
    'SimulatedUnlisted 429',
  ]) {
    it(`knows ${throttledAs} for throttling, and obeys its pause`, async () => {
      await simulator.settings({ provider: 'aws-fsx', switches: { throttledAs } });
      await simulator.fault({ kind: 'throttle', retryAfterMs: 700 });
      await assert.rejects(adapter.check({ signal }), (thrown: unknown) => {
        assert.ok(isProviderError('throttled', throttledAs.split(' ')[0])(thrown));
        assert.equal((thrown as ProviderError).context.retryAfterMs, 700);
        return true;
      });
    });
  }

  for (const authenticationAs of ['json 400', 'common 400', 'common 403']) {
    it(`knows a wrong key and a wrong secret, called as in ${authenticationAs}`, async () => {
      await simulator.settings({ provider: 'aws-fsx', switches: { authenticationAs } });
      process.env['ADAPTER_TEST_WRONG'] = 'wrong-and-secret';
      const wrong = { env: 'ADAPTER_TEST_WRONG' };
      for (const change of [{ accessKeyId: wrong }, { secretAccessKey: wrong }]) {
        const stranger = createFsxAdapter(
          {
            region: 'eu-west-1',
            endpoint: cloud.endpoint,
            credentials: { ...credentials, ...change },
          },
          OPEN_GATE,
        );
        await assert.rejects(stranger.check({ signal }), isProviderError('unauthenticated'));
        stranger.close();
      }
    });
  }

  it('names a secret that is not there by its setting', async () => {
    const bare = createFsxAdapter(
      {
        region: 'eu-west-1',
        endpoint: cloud.endpoint,
        credentials: { ...credentials, secretAccessKey: { env: 'NOT_SET_ANYWHERE' } },
      },
      OPEN_GATE,
    );
    await assert.rejects(bare.check({ signal }), (thrown: unknown) => {
      assert.ok(thrown instanceof ProviderError);
      assert.equal(thrown.kind, 'unauthenticated');
      assert.match(thrown.message, /credentials\.secretAccessKey names is not set/);
      return true;
    });
    bare.close();
  });
});

function isProviderError(kind: string, code?: string) {
  return (thrown: unknown): boolean => {
    assert.ok(thrown instanceof ProviderError, String(thrown));
    assert.equal(thrown.kind, kind, `${thrown.code}: ${thrown.message}`);
    if (code !== undefined) assert.equal(thrown.code, code);
    return true;
  };
}

async function listen(server: Server): Promise<{ url: string; close(): void }> {
  await new Promise<void>((done) => server.listen(0, '127.0.0.1', done));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    close: () => {
      server.close();
      server.closeAllConnections();
    },
  };
}
