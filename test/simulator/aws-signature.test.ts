import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import {
  DescribeDataRepositoryTasksCommand,
  type FSxClient,
  type FSxClientConfig,
} from '@aws-sdk/client-fsx';
import { SimulatorControl } from '../../simulator/control-client.js';
import { startSimulator, type RunningSimulator } from '../../simulator/start-simulator.js';
import { fsxClient } from './fsx-client.js';

describe('AWS signatures at the simulator', () => {
  let simulator: RunningSimulator;

  before(async () => {
    simulator = await startSimulator();
  });
  after(() => simulator.close());

  async function ask(config: FSxClientConfig, prepare: (client: FSxClient) => void = () => {}) {
    const client = fsxClient(simulator, config);
    prepare(client);
    try {
      return await client.send(new DescribeDataRepositoryTasksCommand({}));
    } finally {
      client.destroy();
    }
  }
  const refused = (name: string, message: RegExp) => (error: unknown) => {
    assert.ok(error instanceof Error);
    assert.deepEqual(
      [error.name, (error as { $metadata?: { httpStatusCode?: number } }).$metadata?.httpStatusCode],
      [name, 400],
    );
    assert.match(error.message, message);
    return true;
  };

  it('accepts the right secret, in any region', async () => {
    for (const region of ['eu-west-1', 'us-gov-west-1']) await ask({ region });
  });

  it('refuses a wrong secret', async () => {
    const credentials = { ...simulator.credentials.aws, secretAccessKey: 'wrong' };
    await assert.rejects(ask({ credentials }), refused('InvalidSignatureException', /does not match/));
  });

  it('refuses an unknown key and a session token of somebody else', async () => {
    const invalid = refused(
      'UnrecognizedClientException',
      /security token included in the request is invalid/,
    );
    await assert.rejects(
      ask({ credentials: { ...simulator.credentials.aws, accessKeyId: 'AKIAUNKNOWN' } }),
      invalid,
    );
    await assert.rejects(
      ask({ credentials: { ...simulator.credentials.aws, sessionToken: 'token' } }),
      invalid,
    );
  });

  it('refuses a date more than five minutes off', async () => {
    const name = 'InvalidSignatureException';
    await assert.rejects(ask({ systemClockOffset: -6 * 60_000 }), refused(name, /^Signature expired/));
    await assert.rejects(ask({ systemClockOffset: 6 * 60_000 }), refused(name, /^Signature not yet current/));
    await ask({ systemClockOffset: -4 * 60_000 });
  });

  it('refuses what was changed after it was signed', async () => {
    const change =
      (what: (request: { headers: Record<string, string>; body: string }) => void) => (client: FSxClient) =>
        client.middlewareStack.add(
          (next) => (args) => {
            what(args.request as never);
            return next(args);
          },
          { step: 'finalizeRequest', priority: 'low', name: 'change' },
        );
    const name = 'InvalidSignatureException';
    const body = change((request) => void (request.body = '[]'));
    await assert.rejects(ask({}, body), refused(name, /content-sha256|does not match/));
    const target = change((request) => void (request.headers['x-amz-target'] += 'X'));
    await assert.rejects(ask({}, target), refused(name, /does not match/));
    const unsigned = change((request) => void (request.headers['x-amz-extra'] = 'X'));
    await assert.rejects(ask({}, unsigned), refused(name, /'x-amz-extra' must be a 'SignedHeader'/));
    const missing = change((request) => void delete request.headers['authorization']);
    await assert.rejects(ask({}, missing), refused('MissingAuthenticationTokenException', /Missing/));
    const broken = change((request) => void (request.headers['authorization'] = 'AWS4-HMAC-SHA256 nonsense'));
    await assert.rejects(ask({}, broken), refused('IncompleteSignatureException', /missing/));
  });

  it('goes by the clock that AWS shows, which may be wrong either way', async () => {
    const control = new SimulatorControl(simulator.endpoint);
    const name = 'InvalidSignatureException';
    const problems = [
      [6 * 60_000, /^Signature expired/],
      [-6 * 60_000, /^Signature not yet current/],
    ] as const;
    for (const [skewMs, problem] of problems) {
      await control.skewClock(skewMs);
      await assert.rejects(ask({}), refused(name, problem));
      await ask({ systemClockOffset: skewMs });
      assert.equal((await control.skewClock(-skewMs)).skewMs, 0);
    }
    await ask({});
  });

  it('goes by real time, however much time was let pass in the cloud, and keeps no secret', async () => {
    const control = new SimulatorControl(simulator.endpoint);
    await control.advanceClock(7 * 24 * 60 * 60_000);
    await ask({});
    const calls = JSON.stringify(await control.calls());
    assert.ok(calls.includes(simulator.credentials.aws.accessKeyId));
    assert.ok(!calls.includes(simulator.credentials.aws.secretAccessKey));
    const { calls: counts } = await control.summary();
    assert.ok((counts['aws-fsx']?.['DescribeDataRepositoryTasks']?.['400'] ?? 0) > 5);
  });
});
