import assert from 'node:assert/strict';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { after, before, beforeEach, describe, it } from 'node:test';
import type { Observation } from '../../contract/observation.js';
import { OPEN_GATE, type CallGate } from '../../providers/call-gate.js';
import { huaweiSfsTurboData } from '../../providers/huawei-sfs-turbo-data/index.js';
import { huaweiSfsTurboDirUsage } from '../../providers/huawei-sfs-turbo-dir-usage/index.js';
import { ProviderError, type Provider, type TaskIds } from '../../providers/provider.js';
import { SimulatorControl } from '../../simulator/control-client.js';
import type { FaultRequest, SeedRequest } from '../../simulator/control-requests.js';
import { startSimulator, type RunningSimulator } from '../../simulator/start-simulator.js';
import { HuaweiClient, SHARE } from '../simulator/huawei-client.js';

const signal = new AbortController().signal;
const MISSING_SHARE = '00000000-0000-4000-8000-000000000000';
const UNKNOWN = { shareId: SHARE, taskId: '0'.repeat(32) };
const HOUR_MS = 60 * 60_000;

/** What the two adapters do not have in common. */
const KINDS = [
  {
    definition: huaweiSfsTurboData,
    show: 'ShowHpcCacheTask',
    list: 'ListHpcCacheTasks',
    remove: 'DeleteHpcCacheTask',
    deleting: { state: 'canceling', rawState: 'DELETING' },
    absentCode: 'SFS.TURBO.0106',
    pageSize: 1_000,
  },
  {
    definition: huaweiSfsTurboDirUsage,
    show: 'ShowFsTask',
    list: 'ListFsTasks',
    remove: 'DeleteFsTask',
    deleting: { state: 'active', rawState: 'DOING' },
    absentCode: 'SFS.TURBO.0124',
    pageSize: 100,
  },
] as const;

let cloud: RunningSimulator;
let simulator: SimulatorControl;

before(async () => {
  cloud = await startSimulator();
  simulator = new SimulatorControl(cloud.endpoint);
});
beforeEach(() => simulator.reset());
after(() => cloud.close());

/** An adapter as a config makes it; `change` replaces settings of the simulated connection. */
async function connect(
  { definition }: Pick<(typeof KINDS)[number], 'definition'>,
  change: Readonly<Record<string, unknown>> = {},
  gate: CallGate = OPEN_GATE,
): Promise<Provider> {
  const { settings, env } = definition.simulatedConnection(cloud);
  Object.assign(process.env, env);
  return definition.connect(definition.settings.parse({ ...settings, ...change }), gate);
}

/** How often each operation was called, whatever was answered. */
async function callCounts(): Promise<Record<string, number>> {
  const counts: Record<string, number> = {};
  for (const { operation } of await simulator.calls()) counts[operation] = (counts[operation] ?? 0) + 1;
  return counts;
}

for (const kind of KINDS) {
  const provider = kind.definition.id;

  describe(`the adapter of ${provider}`, () => {
    let adapter: Provider;

    beforeEach(async () => {
      adapter = await connect(kind);
    });

    const look = async (task: TaskIds): Promise<Observation> => {
      const [observation] = await adapter.observe([task], { signal });
      assert.ok(observation !== undefined);
      return observation;
    };
    const cancel = (task: TaskIds) => adapter.cancel(task, { signal, clientToken: 'unused' });
    const switches = (change: Record<string, unknown>) => simulator.settings({ provider, switches: change });
    const fault = (request: FaultRequest) => simulator.fault({ ...request, match: { provider } });
    async function seed(request: Partial<SeedRequest> = {}): Promise<TaskIds> {
      const [task] = await simulator.seed({ provider, ...request });
      assert.ok(task !== undefined);
      return task.ids;
    }

    it("asks with one call, sees the task go, and takes only the vendor's word for its absence", async () => {
      const task = await seed({ delays: { cancelingMs: 10_000 } });
      assert.equal((await look(task)).state, 'active');
      const answer = await cancel(task);
      assert.equal(answer.kind, 'accepted');
      assert.match(answer.requestId ?? '', /^[0-9a-f]{32}$/);
      const { state, rawState } = await look(task);
      assert.deepEqual({ state, rawState }, kind.deleting);
      await simulator.advanceClock(10_000);
      const gone = await look(task);
      assert.deepEqual([gone.state, gone.rawState], ['absent', kind.absentCode]);
      assert.ok(gone.requestId !== undefined && gone.message !== undefined);
      assert.deepEqual(await callCounts(), { [kind.show]: 3, [kind.remove]: 1 });
    });

    it('answers a cancel of a task there is none of with its absence', async () => {
      const { kind: answer, ...rest } = await cancel(UNKNOWN);
      assert.equal(answer, 'absent');
      assert.equal('code' in rest && rest.code, kind.absentCode);
    });

    it('tells how a task ended, and when if the vendor says in which zone', async () => {
      const done = await look(await seed({ state: 'completed' }));
      const failed = await look(
        await seed({ state: 'failed', details: { failureMessage: `Disk full. ${'x'.repeat(600)}` } }),
      );
      assert.ok(done.state === 'ended' && failed.state === 'ended');
      assert.deepEqual([done.end, failed.end], ['completed', 'failed']);
      assert.deepEqual([done.message, failed.message?.length], [undefined, 500]);
      const zoned = kind.definition === huaweiSfsTurboDirUsage;
      assert.equal(done.endedAt !== undefined, zoned);
      if (zoned) assert.ok(Math.abs(Date.parse(done.endedAt ?? '') - Date.now()) < 2 * HOUR_MS);
    });

    it('calls a word that no document has unknown', async () => {
      const { state, rawState } = await look(await seed({ word: 'SLEEPING' }));
      assert.deepEqual([state, rawState], ['unknown', 'SLEEPING']);
    });

    it('takes an end that is shown for none while the task runs', async () => {
      await switches({ endTimeOfDoing: 'present' });
      const [one, other] = [await seed(), await seed()];
      for (const seen of [await look(one), ...(await adapter.observe([one, other], { signal }))]) {
        assert.equal(seen.state, 'active');
        assert.ok(!('endedAt' in seen));
      }
    });

    it('takes 0001 in answer to the delete of a running task for a refusal, which a look has to confirm', async () => {
      await switches({ deleteOfDoing: 'SFS.TURBO.0001' });
      const task = await seed();
      assert.equal((await cancel(task)).kind, 'refused');
      assert.equal((await look(task)).state, 'active');
    });

    it('takes a task that is forgotten some time after its end for one that is gone', async () => {
      await switches({ endedKeptMs: 60_000 });
      const [done, running] = [await seed({ state: 'completed' }), await seed()];
      assert.equal((await look(done)).state, 'ended');
      await simulator.advanceClock(60_000);
      const seen = await adapter.observe([done, running], { signal });
      assert.deepEqual(
        seen.map(({ state }) => state),
        ['absent', 'active'],
      );
      assert.equal((await cancel(done)).kind, 'absent');
    });

    for (const deleteOfDoing of ['SFS.TURBO.0103', 'SFS.TURBO.0011']) {
      it(`takes ${deleteOfDoing} for "not now"`, async () => {
        await switches({ deleteOfDoing });
        const task = await seed();
        await assert.rejects(cancel(task), isError('unavailable', deleteOfDoing));
        await switches({ deleteOfDoing: 'accept', deleteOfDeleting: 'SFS.TURBO.0011' });
        assert.equal((await cancel(task)).kind, 'accepted');
        await assert.rejects(cancel(task), isError('unavailable', 'SFS.TURBO.0011'));
      });
    }

    it('takes a definite refusal for one', async () => {
      const task = await seed({ onCancel: 'unsupported' });
      const answer = await cancel(task);
      assert.equal(answer.kind, 'refused');
      assert.equal('code' in answer && answer.code, 'SFS.TURBO.0015');
      assert.equal((await look(task)).state, 'active');
    });

    it('sees a task that finished first, and one that left nothing', async () => {
      for (const [finishFirstLeaves, state] of [
        ['record', 'ended'],
        ['nothing', 'absent'],
      ] as const) {
        await switches({ finishFirstLeaves });
        const task = await seed({ onCancel: 'finishFirst', delays: { cancelingMs: 1_000 } });
        await cancel(task);
        await simulator.advanceClock(1_000);
        assert.equal((await look(task)).state, state);
      }
    });

    it('reads stale states and stale absence as they are shown', async () => {
      for (const cachedAbsence of [true, false]) {
        await simulator.settings({ provider, refreshMs: 300_000, switches: { cachedAbsence } });
        const task = await seed({ delays: { cancelingMs: 0 } });
        await cancel(task);
        await simulator.advanceClock(1_000);
        assert.equal((await look(task)).state, cachedAbsence ? 'active' : 'absent');
        await simulator.advanceClock(300_000);
        assert.equal((await look(task)).state, 'absent');
      }
    });

    for (const code of ['SFS.TURBO.9000', 'SFS.TURBO.0002']) {
      it(`reads ${code} as no proof of an end: refused when asked, inaccessible when looking`, async () => {
        await switches({ missingShares: [MISSING_SHARE], missingShareAnswer: code });
        const task = await seed({ details: { shareId: MISSING_SHARE } });
        const answer = await cancel(task);
        assert.equal(answer.kind, 'refused');
        assert.equal('code' in answer && answer.code, code);
        const seen = await look(task);
        assert.deepEqual([seen.state, seen.rawState], ['inaccessible', code]);
        assert.match(seen.message ?? '', /the file system does not exist, or is not of this project/);
        const two = await adapter.observe([task, { ...task, taskId: UNKNOWN.taskId }], { signal });
        assert.deepEqual(
          two.map(({ state }) => state),
          ['inaccessible', 'inaccessible'],
        );
      });
    }

    for (const errorShape of ['errCode', 'error_code', 'error']) {
      it(`understands errors in the shape ${errorShape}`, async () => {
        await switches({ errorShape });
        assert.equal((await look(UNKNOWN)).state, 'absent');
        assert.equal((await cancel(UNKNOWN)).kind, 'absent');
        await switches({ deleteOfDoing: 'SFS.TURBO.0103' });
        await assert.rejects(cancel(await seed()), isError('unavailable', 'SFS.TURBO.0103'));
      });
    }

    for (const prefix of ['APIGW', 'APIG']) {
      it(`understands the gateway where its codes begin with ${prefix}`, async () => {
        await switches({ gatewayCodes: prefix });
        const task = await seed();
        for (const [code, status, errorKind] of [
          ['0101', 404, 'invalid'],
          ['0301', 401, 'unauthenticated'],
          ['0308', 403, 'throttled'],
        ] as const) {
          for (const call of [() => look(task), () => cancel(task)]) {
            await fault({ kind: 'error', status, code: `APIGW.${code}` });
            await assert.rejects(call(), isError(errorKind, `${prefix}.${code}`));
          }
        }
        await fault({ kind: 'error', status: 404, code: 'APIGW.0101' });
        await assert.rejects(look(task), /the endpoint has no such API/);
      });
    }

    describe('no error is absence or success:', () => {
      const cases: [string, FaultRequest, string, string][] = [
        [
          "the gateway's 404",
          { kind: 'error', status: 404, code: 'APIGW.0101', message: 'The API does not exist.' },
          'invalid',
          'APIGW.0101',
        ],
        ['a 404 of a proxy', { kind: 'html', status: 404 }, 'unrecognized', 'HTTP 404'],
        ['a 200 of a proxy', { kind: 'html', status: 200 }, '', ''],
        [
          'an outage that says the task is absent',
          { kind: 'error', status: 503, code: kind.absentCode },
          'unavailable',
          kind.absentCode,
        ],
        [
          'a lost permission that says so',
          { kind: 'error', status: 403, code: kind.absentCode },
          'denied',
          kind.absentCode,
        ],
        ['an outage', { kind: 'error' }, 'unavailable', 'SFS.TURBO.0005'],
        [
          'an outage with status 400',
          { kind: 'error', status: 400, code: 'SFS.TURBO.0005' },
          'unavailable',
          'SFS.TURBO.0005',
        ],
        ['a page of a proxy', { kind: 'html' }, 'unavailable', 'HTTP 503'],
        [
          'a timeout of the gateway',
          { kind: 'error', status: 504, code: 'APIGW.0201' },
          'unavailable',
          'APIGW.0201',
        ],
        ['throttling', { kind: 'throttle', retryAfterMs: 7_000 }, 'throttled', 'APIGW.0308'],
        [
          'an unlisted code',
          { kind: 'error', status: 400, code: 'SFS.TURBO.7777' },
          'unrecognized',
          'SFS.TURBO.7777',
        ],
        ['a page of a proxy that forbids', { kind: 'html', status: 403 }, 'denied', 'HTTP 403'],
        ['a reset connection', { kind: 'reset' }, 'unavailable', 'ECONNRESET'],
      ];
      for (const [name, request, errorKind, code] of cases) {
        it(name, async () => {
          const task = await seed();
          for (const call of [
            () => look(task),
            () => cancel(task),
            () => adapter.observe([task, UNKNOWN], { signal }),
          ]) {
            await fault(request);
            // A 200 that holds no task, or is none of a delete, is as little of an answer.
            await assert.rejects(call(), code === '' ? isError('unrecognized') : isError(errorKind, code));
          }
          assert.equal((await look(task)).state, 'active');
        });
      }

      for (const body of ['truncated', 'wrongTypes', 'empty'] as const) {
        it(`an answer whose body is ${body}`, async () => {
          const task = await seed();
          for (const tasks of [[task], [task, UNKNOWN]]) {
            await fault({ kind: 'malformed', body });
            await assert.rejects(
              adapter.observe(tasks, { signal }),
              isError('unrecognized', 'MissingFromAnswer'),
            );
          }
        });
      }
    });

    it('makes nothing of an answer about another task, or about none', async (t) => {
      for (const task_id of ['f'.repeat(32), undefined]) {
        const server = createServer((_, response) => {
          response.end(JSON.stringify({ task_id, status: 'SUCCESS' }));
        });
        t.after(() => server.close());
        await new Promise<void>((done) => server.listen(0, '127.0.0.1', done));
        const { port } = server.address() as AddressInfo;
        const other = await connect(kind, { endpoint: `http://127.0.0.1:${port}` });
        t.after(() => other.close());
        await assert.rejects(
          other.observe([UNKNOWN], { signal }),
          isError('unrecognized', 'MissingFromAnswer'),
        );
      }
    });

    it('obeys Retry-After', async () => {
      await fault({ kind: 'throttle', retryAfterMs: 7_000 });
      await assert.rejects(look(await seed()), (thrown) => {
        assert.ok(thrown instanceof ProviderError);
        assert.equal(thrown.context.retryAfterMs, 7_000);
        return true;
      });
    });

    it('leaves the effect of a cancel whose reply was lost open, and sees it', async () => {
      const task = await seed({ delays: { cancelingMs: 0 } });
      await fault({ kind: 'reset', afterEffect: true });
      await assert.rejects(cancel(task), isError('unavailable', 'ECONNRESET'));
      assert.equal((await look(task)).state, 'absent');
      assert.equal((await simulator.summary()).totals.effects, 1);
    });

    it('gives a call up when it is told to', async () => {
      await fault({ kind: 'hang' });
      const task = await seed();
      const giveUp = new AbortController();
      const cancelling = adapter.cancel(task, { signal: giveUp.signal, clientToken: 'unused' });
      setTimeout(() => giveUp.abort(), 100);
      await assert.rejects(cancelling, isError('unavailable', 'AbortError'));
    });

    it('looks at many of one file system by its list, and by itself at whichever the list does not show', async () => {
      await simulator.seed({ provider, count: kind.pageSize, state: 'completed' });
      const running = await simulator.seed({ provider, count: 150 });
      const done = await simulator.seed({ provider, count: 47, state: 'failed' });
      const absent = [
        UNKNOWN,
        { ...UNKNOWN, taskId: 'f'.repeat(32) },
        { ...UNKNOWN, taskId: 'e'.repeat(32) },
      ];
      const tasks = [...running.map(({ ids }) => ids), ...absent, ...done.map(({ ids }) => ids)];
      assert.equal(tasks.length, adapter.observeBatchSize);
      const seen = await adapter.observe(tasks, { signal });
      assert.deepEqual(
        seen.map(({ state }) => state),
        [...Array(150).fill('active'), ...Array(3).fill('absent'), ...Array(47).fill('ended')],
      );
      const pages = Math.ceil((kind.pageSize + 197) / kind.pageSize);
      assert.deepEqual(await callCounts(), { [kind.list]: pages, [kind.show]: 3 });
    });

    it('reads no further page once all are found, and no more pages than there are tasks', async () => {
      const early = await simulator.seed({ provider, count: 2 });
      await simulator.seed({ provider, count: 3 * kind.pageSize });
      const late = await simulator.seed({ provider, count: 2 });
      const observe = (tasks: typeof early) =>
        adapter.observe(
          tasks.map(({ ids }) => ids),
          { signal },
        );
      await observe(early);
      assert.deepEqual(await callCounts(), { [kind.list]: 1 });
      assert.deepEqual(
        (await observe(late)).map(({ state }) => state),
        ['active', 'active'],
      );
      assert.deepEqual(await callCounts(), { [kind.list]: 3, [kind.show]: 2 });
    });

    it('looks at no more than four by themselves at once, and at no other once the key is refused', async () => {
      let inFlight = 0;
      let most = 0;
      const gated = await connect(
        kind,
        {},
        {
          async pass(_operation, _signal, call) {
            most = Math.max(most, ++inFlight);
            return call().finally(() => inFlight--);
          },
        },
      );
      const tasks = Array.from({ length: 200 }, (_, at) => ({
        shareId: SHARE,
        taskId: String(at).padStart(32, '0'),
      }));
      const seen = await gated.observe(tasks, { signal });
      assert.ok(seen.every(({ state }) => state === 'absent'));
      assert.equal(most, 4);
      await simulator.reset();
      const refusal = { kind: 'error', status: 401, code: 'APIGW.0301', times: 'always' } as const;
      await simulator.fault({ ...refusal, match: { operation: kind.show } });
      await assert.rejects(gated.observe(tasks, { signal }), isError('unauthenticated', 'APIGW.0301'));
      assert.deepEqual(await callCounts(), { [kind.list]: 1, [kind.show]: 4 });
      gated.close();
    });

    it('tells what it has seen although a later call fails, and goes on after an error of one task alone', async () => {
      const [first, last] = [await seed(), await seed({ state: 'completed' })];
      const missing = Array.from('abcdef', (digit) => ({ ...UNKNOWN, taskId: digit.repeat(32) }));
      const tasks = [first, UNKNOWN, last, ...missing, first];
      const one = { operation: kind.show, taskIds: [UNKNOWN.taskId] };
      for (const [status, code, match, errorKind, state] of [
        [400, 'SFS.TURBO.7777', one, 'unrecognized', 'absent'],
        [401, 'APIGW.0301', { operation: kind.show }, 'unauthenticated', undefined],
      ] as [number, string, FaultRequest['match'], string, string | undefined][]) {
        await simulator.fault({ kind: 'error', times: 'always', status, code, match });
        const seen: (string | undefined)[] = tasks.map(() => undefined);
        const onSeen = (index: number, observation: Observation) => void (seen[index] = observation.state);
        await assert.rejects(adapter.observe(tasks, { signal, onSeen }), isError(errorKind, code));
        assert.deepEqual(seen, ['active', undefined, 'ended', ...missing.map(() => state), 'active']);
        await simulator.clearFaults();
      }
    });

    it('tells tasks of different file systems apart', () => {
      assert.equal(adapter.batchKey?.(UNKNOWN), SHARE);
    });

    it('checks with one read that names no file system', async () => {
      const { requestId } = await adapter.check({ signal });
      assert.match(requestId ?? '', /^[0-9a-f]{32}$/);
      assert.deepEqual(await callCounts(), { ListShares: 1 });
    });

    it('passes every call through the gate, under one of its operations', async () => {
      const passed = new Set<string>();
      const gated = await connect(
        kind,
        {},
        {
          pass(operation, _signal, call) {
            passed.add(operation);
            return call();
          },
        },
      );
      const task = await seed();
      await gated.check({ signal });
      await gated.observe([task, UNKNOWN], { signal });
      await gated.cancel(task, { signal, clientToken: 'unused' });
      assert.deepEqual([...passed].sort(), Object.keys(kind.definition.operations).sort());
      gated.close();
    });

    it('looks the project up once for all calls when nothing names it', async () => {
      const unnamed = await connect(kind, { projectId: undefined });
      const task = await seed();
      await Promise.all(Array.from({ length: 10 }, () => unnamed.observe([task], { signal })));
      assert.deepEqual(await callCounts(), { KeystoneListProjects: 1, [kind.show]: 10 });
      unnamed.close();
    });

    it('calls with a token of IAM, and renews it once when the vendor no longer takes it', async () => {
      const byToken = await connect(kind, { credentials: user(), projectId: undefined });
      const task = await seed({ delays: { runningMs: 100 * HOUR_MS } });
      const observe = async () => (await byToken.observe([task], { signal }))[0]?.state;
      assert.deepEqual([await observe(), await observe()], ['active', 'active']);
      assert.deepEqual(await callCounts(), { KeystoneCreateUserTokenByPassword: 1, [kind.show]: 2 });
      await simulator.advanceClock(25 * HOUR_MS);
      assert.equal((await byToken.cancel(task, { signal, clientToken: 'unused' })).kind, 'accepted');
      assert.deepEqual(await callCounts(), {
        KeystoneCreateUserTokenByPassword: 2,
        [kind.show]: 2,
        [kind.remove]: 2,
      });
      assert.equal((await simulator.summary()).totals.effects, 1);
      byToken.close();
    });

    it('has a new token by the time the one it has ends, however short its life', async () => {
      await simulator.settings({ provider: huaweiSfsTurboData.id, switches: { tokenLifeMs: 60_000 } });
      const byToken = await connect(kind, { credentials: user() });
      const task = await seed({ delays: { runningMs: HOUR_MS } });
      const observe = async () => (await byToken.observe([task], { signal }))[0]?.state;
      assert.equal(await observe(), 'active');
      await simulator.advanceClock(59_000);
      assert.equal(await observe(), 'active');
      assert.equal((await callCounts())['KeystoneCreateUserTokenByPassword'], 1);
      await simulator.advanceClock(1_000);
      assert.equal(await observe(), 'active');
      assert.deepEqual(await callCounts(), { KeystoneCreateUserTokenByPassword: 2, [kind.show]: 4 });
      byToken.close();
    });

    for (const throttledAs of [
      'APIGW.0308 429',
      'APIGW.0308 403',
      'APIGW.0308 503',
      'unlisted 429',
    ] as const) {
      it(`knows ${throttledAs} for throttling, and for no answer to a delete`, async () => {
        await switches({ throttledAs });
        const task = await seed();
        await fault({ kind: 'throttle', times: 2 });
        await assert.rejects(look(task), isError('throttled'));
        await assert.rejects(cancel(task), isError('throttled'));
        assert.equal((await look(task)).state, 'active');
      });
    }

    it('says no such task of none that is being deleted, though its delete is answered so', async () => {
      await switches({ deleteOfDeleting: 'absent' });
      const task = await seed({ state: 'canceling' });
      assert.equal((await cancel(task)).kind, 'absent');
      assert.notEqual((await look(task)).state, 'absent');
    });

    it('takes a delete refused with a code that no document lists for no answer', async () => {
      await switches({ deleteOfDoing: 'unlisted' });
      await assert.rejects(cancel(await seed()), isError('unrecognized', 'SFS.TURBO.SimulatedUnlisted'));
      await switches({ deleteOfDoing: 'SFS.TURBO.0015' });
      assert.equal((await cancel(await seed())).kind, 'refused');
    });

    it('erases the record of an ended task when it is asked to', async () => {
      const task = await seed({ state: 'completed' });
      assert.equal((await cancel(task)).kind, 'accepted');
      assert.equal((await look(task)).state, 'absent');
    });

    it('does not accept a wrong password, and does not say it', async () => {
      process.env['ADAPTER_TEST_WRONG_PASSWORD'] = 'wrong-and-secret';
      const { user: right } = user();
      const password = { env: 'ADAPTER_TEST_WRONG_PASSWORD' };
      const wrong = await connect(kind, { credentials: { user: { ...right, password } } });
      await assert.rejects(wrong.check({ signal }), (thrown) => {
        assert.ok(isError('unauthenticated')(thrown));
        assert.doesNotMatch(String(thrown), /wrong-and-secret/);
        return true;
      });
      wrong.close();
    });

    it('does not accept a wrong key, and says no part of it', async () => {
      process.env['ADAPTER_TEST_WRONG'] = 'wrong-and-secret';
      const wrongKey = await connect(kind, {
        credentials: { ak: { env: 'QUIESCE_SIMULATOR_HUAWEI_AK' }, sk: { env: 'ADAPTER_TEST_WRONG' } },
      });
      const unknownKey = await connect(kind, {
        credentials: { ak: { env: 'ADAPTER_TEST_WRONG' }, sk: { env: 'ADAPTER_TEST_WRONG' } },
      });
      const refusals: [Provider, RegExp][] = [
        [unknownKey, /: ak not exist$/],
        [wrongKey, /: verify aksk signature fail$/],
        [wrongKey, /fail$/],
        [wrongKey, /fail$/],
        [wrongKey, /fail$/],
        [wrongKey, /fail$/],
        [adapter, /: AK access failed to reach the limit$/],
      ];
      for (const [refused, words] of refusals) {
        await assert.rejects(refused.check({ signal }), (thrown) => {
          assert.ok(isError('unauthenticated', 'APIGW.0301')(thrown));
          assert.match(String(thrown), words);
          assert.doesNotMatch(String(thrown), /wrong-and-secret|SIMULATEDHUAWEI/);
          return true;
        });
      }
      wrongKey.close();
      unknownKey.close();
    });
  });
}

describe('the adapter of huawei-sfs-turbo-data', () => {
  const provider = huaweiSfsTurboData.id;

  it('reads an absent task with either status, and a deleted one that is not shown to be', async () => {
    const adapter = await connect({ definition: huaweiSfsTurboData });
    await simulator.settings({ provider, switches: { absentStatus: 404, deletingShown: 'DOING' } });
    const [task] = await simulator.seed({ provider, delays: { cancelingMs: 1_000 } });
    await adapter.cancel(task!.ids, { signal, clientToken: 'unused' });
    assert.equal((await adapter.observe([task!.ids], { signal }))[0]?.state, 'active');
    await simulator.advanceClock(1_000);
    assert.equal((await adapter.observe([task!.ids], { signal }))[0]?.state, 'absent');
    adapter.close();
  });

  it('looks at each by itself where the list does not take so large a page', async () => {
    const adapter = await connect({ definition: huaweiSfsTurboData });
    await simulator.settings({ provider, switches: { largestListLimit: 100 } });
    const tasks = await simulator.seed({ provider, count: 3 });
    const seen = await adapter.observe(
      tasks.map(({ ids }) => ids),
      { signal },
    );
    assert.deepEqual(
      seen.map(({ state }) => state),
      ['active', 'active', 'active'],
    );
    assert.deepEqual(await callCounts(), { ListHpcCacheTasks: 1, ShowHpcCacheTask: 3 });
    adapter.close();
  });

  it('heeds neither the count of a list nor its default limit', async () => {
    const adapter = await connect({ definition: huaweiSfsTurboData });
    const tasks = await simulator.seed({ provider, count: 50 });
    for (const change of [{ count: 'page' }, { listDefaultLimit: 20 }]) {
      await simulator.settings({ provider, switches: change });
      await adapter.observe(
        tasks.map(({ ids }) => ids),
        { signal },
      );
    }
    const { ListHpcCacheTasks, ShowHpcCacheTask } = await callCounts();
    assert.deepEqual([ListHpcCacheTasks, ShowHpcCacheTask], [2, undefined]);
    adapter.close();
  });
});

describe('the adapter of huawei-sfs-turbo-dir-usage', () => {
  const provider = huaweiSfsTurboDirUsage.id;

  it('takes a 404 without a code for no proof, though it may be one', async () => {
    const adapter = await connect({ definition: huaweiSfsTurboDirUsage });
    await simulator.settings({ provider, switches: { showOfAbsent: 'empty' } });
    await assert.rejects(adapter.observe([UNKNOWN], { signal }), isError('unrecognized', 'HTTP 404'));
    adapter.close();
  });

  for (const unknownMarker of ['SFS.TURBO.0001', 'empty']) {
    it(`finds every task though the one a page ends with is deleted meanwhile, which makes the next ${unknownMarker}`, async () => {
      await simulator.settings({ provider, switches: { unknownMarker } });
      const seeded = await simulator.seed({ provider, count: 120, state: 'completed' });
      const raw = new HuaweiClient(cloud);
      let pages = 0;
      const adapter = await connect(
        { definition: huaweiSfsTurboDirUsage },
        {},
        {
          async pass(operation, _signal, call) {
            const marker = seeded[99]?.id ?? '';
            if (operation === 'ListFsTasks' && ++pages === 2)
              assert.equal(
                (await raw.call('DELETE', `shares/${SHARE}/fs/dir-usage/tasks/${marker}`)).status,
                202,
              );
            return call();
          },
        },
      );
      const seen = await adapter.observe(
        seeded.slice(90).map(({ ids }) => ids),
        { signal },
      );
      assert.deepEqual(
        seen.map(({ state }) => state),
        Array(30).fill('ended'),
      );
      assert.equal(pages, 2);
      adapter.close();
      raw.close();
    });
  }
});

function user() {
  const { domainName, userName, password } = cloud.credentials.huawei;
  process.env['ADAPTER_TEST_PASSWORD'] = password;
  return { user: { domainName, userName, password: { env: 'ADAPTER_TEST_PASSWORD' } } };
}

function isError(kind: string, code?: string) {
  return (thrown: unknown): boolean => {
    assert.ok(thrown instanceof ProviderError, String(thrown));
    assert.equal(thrown.kind, kind, `${thrown.code}: ${thrown.message}`);
    if (code !== undefined) assert.equal(thrown.code, code);
    return true;
  };
}
