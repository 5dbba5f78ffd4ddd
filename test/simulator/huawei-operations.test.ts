import assert from 'node:assert/strict';
import { after, before, beforeEach, describe, it } from 'node:test';
import { SimulatorControl } from '../../simulator/control-client.js';
import type { SeedRequest } from '../../simulator/control-requests.js';
import { startSimulator, type RunningSimulator } from '../../simulator/start-simulator.js';
import { HuaweiClient, SHARE, type HuaweiAnswer, type HuaweiCallOptions } from './huawei-client.js';

const DATA = 'huawei-sfs-turbo-data';
const USAGE = 'huawei-sfs-turbo-dir-usage';
const MISSING_SHARE = '00000000-0000-4000-8000-000000000000';

/** What is the same for both APIs, and what is not. */
const APIS = {
  [DATA]: {
    one: (id: string, share = SHARE) => `${share}/hpc-cache/task/${id}`,
    all: `${SHARE}/hpc-cache/tasks`,
    create: `${SHARE}/hpc-cache/task`,
    input: { type: 'export', src_target: 'link', dest_target: 'link' },
    deleting: 'DELETING',
    absent: { status: 400, code: 'SFS.TURBO.0106' },
  },
  [USAGE]: {
    one: (id: string, share = SHARE) => `shares/${share}/fs/dir-usage/tasks/${id}`,
    all: `shares/${SHARE}/fs/dir-usage/tasks`,
    create: `shares/${SHARE}/fs/dir-usage/tasks`,
    input: { path: '/data/a' },
    deleting: 'DOING',
    absent: { status: 404, code: 'SFS.TURBO.0124' },
  },
} as const;

let simulator: RunningSimulator;
let control: SimulatorControl;
let cloud: HuaweiClient;

before(async () => {
  simulator = await startSimulator();
  control = new SimulatorControl(simulator.endpoint);
  cloud = new HuaweiClient(simulator);
});
beforeEach(() => control.reset());
after(async () => {
  cloud.close();
  await simulator.close();
});

const codeOf = ({ json }: HuaweiAnswer) => json?.['errCode'] ?? json?.['error_code'];
const statusOf = ({ json }: HuaweiAnswer) => json?.['status'];
const idsOf = ({ json }: HuaweiAnswer) =>
  ((json?.['tasks'] ?? []) as { task_id: string }[]).map(({ task_id }) => task_id);

for (const [provider, api] of Object.entries(APIS)) {
  describe(`simulated ${provider}`, () => {
    async function seed(request: Partial<SeedRequest> = {}): Promise<string> {
      const [task] = await control.seed({ provider, ...request });
      return task!.id;
    }
    const show = (id: string, share?: string) => cloud.call('GET', api.one(id, share));
    const remove = (id: string, share?: string) => cloud.call('DELETE', api.one(id, share));
    const list = (query: HuaweiCallOptions['query']) => cloud.call('GET', api.all, { query: query ?? {} });
    const switches = (change: Record<string, unknown>) => control.settings({ provider, switches: change });
    async function assertAbsent(id: string): Promise<void> {
      const answer = await show(id);
      assert.deepEqual({ status: answer.status, code: codeOf(answer) }, api.absent);
    }

    it('creates, shows, lists, deletes and forgets a task', async () => {
      const created = await cloud.call('POST', api.create, { body: api.input });
      assert.equal(created.status, 200);
      const id = String(created.json?.['task_id']);
      assert.match(id, /^[0-9a-f]{32}$/);
      const running = await show(id);
      assert.equal(running.status, 200);
      assert.equal(statusOf(running), 'DOING');
      assert.equal(running.json?.['end_time'], '');
      assert.match(running.headers['x-request-id'] ?? '', /^[0-9a-f]{32}$/);
      assert.deepEqual(idsOf(await list({})), [id]);

      const deleted = await remove(id);
      assert.deepEqual([deleted.status, deleted.body], [202, '']);
      assert.equal(statusOf(await show(id)), api.deleting);
      await control.advanceClock(60_000);
      await assertAbsent(id);
      assert.deepEqual(idsOf(await list({})), []);
      const again = await remove(id);
      assert.deepEqual({ status: again.status, code: codeOf(again) }, api.absent);
      const [truth] = await control.tasks({ provider, id });
      assert.deepEqual([truth?.state, truth?.word], ['canceled', '(gone)']);
      const { effects } = await control.summary();
      assert.deepEqual(
        effects
          .filter(({ operation }) => operation.startsWith('Delete'))
          .map(({ task, count }) => [task, count]),
        [[id, 1]],
      );
    });

    for (const [state, word] of [
      ['completed', 'SUCCESS'],
      ['failed', 'FAIL'],
    ] as const) {
      it(`erases the record of a task that has ${state}, at once, and calls it an effect`, async () => {
        const id = await seed({ state });
        assert.equal(statusOf(await show(id)), word);
        assert.equal((await remove(id)).status, 202);
        await assertAbsent(id);
        const { totals } = await control.summary();
        assert.equal(totals.effects, 1);
        assert.equal((await control.tasks({ provider, id }))[0]?.word, '(gone)');
      });
    }

    it('answers a second delete of a task that is being deleted without an effect, or as it is told to', async () => {
      const id = await seed({ onCancel: 'stuckCanceling' });
      assert.deepEqual([(await remove(id)).status, (await remove(id)).status], [202, 202]);
      await switches({ deleteOfDeleting: 'SFS.TURBO.0011' });
      assert.equal(codeOf(await remove(id)), 'SFS.TURBO.0011');
      await control.advanceClock(30 * 24 * 60 * 60_000);
      assert.equal(statusOf(await show(id)), api.deleting);
      assert.equal((await control.summary()).totals.effects, 1);
    });

    for (const deleteOfDoing of ['SFS.TURBO.0103', 'SFS.TURBO.0011', 'SFS.TURBO.0001']) {
      it(`refuses to delete a running task with ${deleteOfDoing} when it is told to`, async () => {
        await switches({ deleteOfDoing });
        const id = await seed();
        const refused = await remove(id);
        assert.deepEqual([refused.status, codeOf(refused)], [400, deleteOfDoing]);
        assert.equal(statusOf(await show(id)), 'DOING');
      });
    }

    it('leaves of a task that finished first its record, or nothing', async () => {
      const leaves = async (finishFirstLeaves: string) => {
        await switches({ finishFirstLeaves });
        const id = await seed({ onCancel: 'finishFirst', delays: { cancelingMs: 1_000 } });
        assert.equal((await remove(id)).status, 202);
        await control.advanceClock(2_000);
        return show(id);
      };
      assert.equal(statusOf(await leaves('record')), 'SUCCESS');
      assert.equal(codeOf(await leaves('nothing')), api.absent.code);
    });

    it('erases a task that ends in the moment before the delete', async () => {
      const id = await seed({ onCancel: 'alreadyFinished' });
      assert.equal((await remove(id)).status, 202);
      await assertAbsent(id);
    });

    it('forgets a running task at once, or does nothing, when it is told to', async () => {
      const [forgotten, ignored] = [await seed(), await seed()];
      await switches({ deleteOfDoing: 'forget' });
      assert.equal((await remove(forgotten)).status, 202);
      await assertAbsent(forgotten);
      const [truth] = await control.tasks({ provider, id: forgotten });
      assert.deepEqual([truth?.state, truth?.word], ['running', '(gone)']);
      await switches({ deleteOfDoing: 'ignore' });
      assert.equal((await remove(ignored)).status, 202);
      await control.advanceClock(10 * 60_000);
      assert.equal(statusOf(await show(ignored)), 'SUCCESS');
      assert.equal((await control.summary()).totals.effects, 1);
    });

    it('keeps tasks that have ended until they are deleted, or for as long as it is told to', async () => {
      const [done, running] = [await seed({ state: 'completed' }), await seed()];
      await control.advanceClock(24 * 60 * 60_000);
      assert.deepEqual([statusOf(await show(done)), statusOf(await show(running))], ['SUCCESS', 'SUCCESS']);
      const [late, canceled] = [await seed({ state: 'failed' }), await seed()];
      await switches({ endedKeptMs: 60_000 });
      for (const id of [done, running]) await assertAbsent(id);
      await control.advanceClock(59_000);
      assert.deepEqual([statusOf(await show(late)), statusOf(await show(canceled))], ['FAIL', 'DOING']);
      await control.advanceClock(1_000);
      await assertAbsent(late);
      assert.deepEqual(idsOf(await list({})), [canceled]);
      const gone = await remove(late);
      assert.deepEqual({ status: gone.status, code: codeOf(gone) }, api.absent);
      assert.equal((await control.tasks({ provider, id: late }))[0]?.word, '(gone)');
    });

    it('shows an end of a task that has none as it is told to', async () => {
      const id = await seed();
      for (const [endTimeOfDoing, shown] of [
        ['empty', /^$/],
        ['absent', /^undefined$/],
        ['null', /^null$/],
        ['present', /^\d{4}-\d\d-\d\d[T ]\d\d:\d\d:\d\d$/],
      ] as const) {
        await switches({ endTimeOfDoing });
        const { json } = await show(id);
        assert.equal(json?.['status'], 'DOING');
        assert.match(String(json?.['end_time']), shown);
      }
    });

    it('leaves out of a list what is being deleted, when it is told to', async () => {
      const [running, deleting] = [await seed(), await seed({ state: 'canceling' })];
      assert.deepEqual(idsOf(await list({})), [running, deleting]);
      await switches({ deletingListed: false });
      assert.deepEqual(idsOf(await list({})), [running]);
      assert.equal(statusOf(await show(deleting)), api.deleting);
    });

    it('lists the newest first when it is told to', async () => {
      const ids = (await control.seed({ provider, count: 3 })).map(({ id }) => id);
      assert.deepEqual(idsOf(await list({ limit: 2 })), ids.slice(0, 2));
      await switches({ listOrder: 'newestFirst' });
      assert.deepEqual(idsOf(await list({ limit: 2 })), ids.slice(1).toReversed());
    });

    it('refuses for good what cannot be deleted', async () => {
      const refused = await remove(await seed({ onCancel: 'unsupported' }));
      assert.deepEqual([refused.status, codeOf(refused)], [400, 'SFS.TURBO.0015']);
    });

    it('shows a word nobody knows', async () => {
      assert.equal(statusOf(await show(await seed({ word: 'SLEEPING' }))), 'SLEEPING');
    });

    it('knows a task on its own file system alone', async () => {
      const id = await seed();
      assert.equal(codeOf(await show(id, '11111111-1111-4111-8111-111111111111')), api.absent.code);
    });

    it('answers for a missing file system, on every operation, that there is no privilege', async () => {
      const id = await seed({ details: { shareId: MISSING_SHARE } });
      await switches({ missingShares: [MISSING_SHARE] });
      for (const answer of [await show(id, MISSING_SHARE), await remove(id, MISSING_SHARE)])
        assert.deepEqual([answer.status, codeOf(answer)], [403, 'SFS.TURBO.9000']);
      await switches({ missingShareAnswer: 'SFS.TURBO.0002' });
      const answer = await show(id, MISSING_SHARE);
      assert.deepEqual([answer.status, codeOf(answer)], [404, 'SFS.TURBO.0002']);
      assert.equal(codeOf(await show(id, 'not-a-uuid')), 'SFS.TURBO.0001');
    });

    it('shows states, and absence if it is told to, as of the last refresh', async () => {
      const [kept, fresh] = [true, false];
      for (const cachedAbsence of [kept, fresh]) {
        await control.settings({ provider, refreshMs: 300_000, switches: { cachedAbsence } });
        const id = await seed({ delays: { cancelingMs: 0 } });
        await control.advanceClock(1); // Or both may be in one millisecond.
        assert.equal((await remove(id)).status, 202);
        await control.advanceClock(1_000);
        if (cachedAbsence) assert.equal(statusOf(await show(id)), 'DOING');
        else await assertAbsent(id);
        await control.advanceClock(300_000);
        await assertAbsent(id);
      }
    });

    for (const [errorShape, read] of [
      ['errCode', (json: HuaweiAnswer['json']) => json?.['errCode']],
      ['error_code', (json: HuaweiAnswer['json']) => json?.['error_code']],
      ['error', (json: HuaweiAnswer['json']) => (json?.['error'] as { code?: string } | undefined)?.code],
    ] as const) {
      it(`tells errors in the shape ${errorShape}`, async () => {
        await switches({ errorShape });
        assert.equal(read((await show('0'.repeat(32))).json), api.absent.code);
      });
    }

    it('throttles and fails as the vendor does', async () => {
      await control.fault({ kind: 'throttle', match: { provider } });
      const throttled = await show(await seed());
      assert.deepEqual([throttled.status, codeOf(throttled)], [429, 'APIGW.0308']);
      await control.fault({ kind: 'error', match: { provider } });
      const down = await show(await seed());
      assert.deepEqual([down.status, codeOf(down)], [500, 'SFS.TURBO.0005']);
    });

    it('refuses input the documents do not allow', async () => {
      for (const body of [{}, { type: 'move', src_target: 'a', dest_target: 'a' }, { path: 'relative' }])
        assert.equal(codeOf(await cloud.call('POST', api.create, { body })), 'SFS.TURBO.0001');
      assert.equal(codeOf(await list({ limit: 'many' })), 'SFS.TURBO.0001');
    });

    it('creates with status 202 when it is told to', async () => {
      await switches({ createStatus: 202 });
      assert.equal((await cloud.call('POST', api.create, { body: api.input })).status, 202);
    });
  });
}

describe('simulated import and export tasks', () => {
  const list = (query: HuaweiCallOptions['query']) =>
    cloud.call('GET', APIS[DATA].all, { query: query ?? {} });

  it('pages by offset and filters by type and status', async () => {
    const exports = await control.seed({ provider: DATA, count: 25 });
    const [done] = await control.seed({ provider: DATA, state: 'completed', details: { type: 'import' } });
    assert.deepEqual(
      idsOf(await list({ offset: 20, limit: 10 })),
      [...exports.slice(20), done!].map(({ id }) => id),
    );
    assert.equal((await list({ offset: 20, limit: 10 })).json?.['count'], 26);
    assert.deepEqual(idsOf(await list({ status: 'SUCCESS' })), [done!.id]);
    assert.deepEqual(idsOf(await list({ type: 'import' })), [done!.id]);
    assert.deepEqual(idsOf(await list({ type: 'preload' })), []);
    await control.settings({ provider: DATA, switches: { count: 'page', listDefaultLimit: 20 } });
    const first = await list({});
    assert.deepEqual([idsOf(first).length, first.json?.['count']], [20, 20]);
  });

  it('tells times in a zone that it does not name', async () => {
    const [task] = await control.seed({ provider: DATA });
    const startedAt = async () =>
      Date.parse(`${String((await cloud.call('GET', APIS[DATA].one(task!.id))).json?.['start_time'])}Z`);
    const utc = await startedAt();
    assert.ok(Math.abs(utc - Date.now()) < 60_000);
    await control.settings({ provider: DATA, switches: { timeZone: '+08:00' } });
    assert.equal((await startedAt()) - utc, 8 * 60 * 60_000);
  });

  it('does not show that a task is being deleted, and says that one is absent with 404, when it is told to', async () => {
    await control.settings({ provider: DATA, switches: { deletingShown: 'DOING', absentStatus: 404 } });
    const [task] = await control.seed({ provider: DATA });
    await cloud.call('DELETE', APIS[DATA].one(task!.id));
    assert.equal(statusOf(await cloud.call('GET', APIS[DATA].one(task!.id))), 'DOING');
    await control.advanceClock(60_000);
    const absent = await cloud.call('GET', APIS[DATA].one(task!.id));
    assert.deepEqual([absent.status, codeOf(absent)], [404, 'SFS.TURBO.0106']);
  });
});

describe('simulated directory usage tasks', () => {
  const { all, one } = APIS[USAGE];

  it('pages by marker, 20 at a time and 100 at most', async () => {
    const ids = (await control.seed({ provider: USAGE, count: 30, state: 'completed' })).map(({ id }) => id);
    const first = await cloud.call('GET', all);
    assert.deepEqual(idsOf(first), ids.slice(0, 20));
    assert.equal(first.json?.['count'], undefined);
    assert.deepEqual(
      idsOf(await cloud.call('GET', all, { query: { marker: ids[19]!, limit: 100 } })),
      ids.slice(20),
    );
    assert.equal(codeOf(await cloud.call('GET', all, { query: { limit: 101 } })), 'SFS.TURBO.0001');
    const marker = '0'.repeat(32);
    assert.equal(codeOf(await cloud.call('GET', all, { query: { marker } })), 'SFS.TURBO.0001');
    await control.settings({ provider: USAGE, switches: { unknownMarker: 'empty' } });
    assert.deepEqual(idsOf(await cloud.call('GET', all, { query: { marker } })), []);
  });

  it('knows no feature but dir-usage', async () => {
    const answer = await cloud.call('GET', all.replace('dir-usage', 'dir-quota'));
    assert.deepEqual([answer.status, codeOf(answer)], [400, 'SFS.TURBO.0123']);
  });

  it('runs ten at once on a file system', async () => {
    await control.seed({ provider: USAGE, count: 10 });
    const create = () => cloud.call('POST', all, { body: { path: '/data' } });
    assert.equal(codeOf(await create()), 'SFS.TURBO.0011');
    await control.settings({ provider: USAGE, switches: { atTaskLimit: 'SFS.TURBO.0103' } });
    assert.equal(codeOf(await create()), 'SFS.TURBO.0103');
    await control.advanceClock(60 * 60_000);
    assert.equal((await create()).status, 200);
  });

  it('tells times in UTC, and can answer a read of an absent task without a code', async () => {
    const [task] = await control.seed({ provider: USAGE, state: 'completed' });
    const done = await cloud.call('GET', one(task!.id));
    assert.ok(Math.abs(Date.parse(`${String(done.json?.['end_time'])}Z`) - Date.now()) < 60_000);
    await control.settings({ provider: USAGE, switches: { showOfAbsent: 'empty' } });
    const absent = await cloud.call('GET', one('0'.repeat(32)));
    assert.deepEqual([absent.status, absent.body], [404, '']);
  });
});

describe('the simulated gateway and IAM', () => {
  const path = 'shares/detail';
  const login = (change: object = {}, scope: object = { project: { name: 'cn-north-4' } }) => {
    const { domainName, userName, password } = simulator.credentials.huawei;
    const user = { domain: { name: domainName }, name: userName, password, ...change };
    const identity = { methods: ['password'], password: { user } };
    return cloud.call('POST', '/v3/auth/tokens', { body: { auth: { identity, scope } }, token: '' });
  };
  const words = ({ json }: HuaweiAnswer) => String(json?.['error_msg']).split(': ')[1];

  it('lists file systems for a signature and for a token', async () => {
    const signed = await cloud.call('GET', path, { query: { limit: 1, offset: 0 } });
    assert.deepEqual([signed.status, signed.json?.['count']], [200, 1]);
    const answer = await login();
    assert.equal(answer.status, 201);
    const about = answer.json?.['token'] as { expires_at: string; project: { id: string } };
    assert.equal(about.project.id, simulator.credentials.huawei.projectId);
    assert.match(about.expires_at, /\.\d{6}Z$/);
    const token = answer.headers['x-subject-token'] ?? '';
    assert.equal((await cloud.call('GET', path, { token })).status, 200);
    assert.equal((await cloud.call('GET', APIS[USAGE].all, { token })).status, 200);
    await control.advanceClock(25 * 60 * 60_000);
    assert.equal(words(await cloud.call('GET', path, { token })), 'decrypt token fail');
  });

  it('refuses a wrong password, an unscoped login and a call without a credential', async () => {
    const wrong = await login({ password: 'wrong' });
    assert.deepEqual(
      [wrong.status, wrong.json?.['error']],
      [401, { code: 401, message: 'The username or password is wrong.', title: 'Unauthorized' }],
    );
    assert.equal((await login({}, {})).status, 400);
    assert.equal((await login({}, { project: { id: 'other' } })).status, 401);
    const bare = await fetch(`${simulator.endpoint}/v1/p/sfs-turbo/${path}`);
    assert.equal(bare.status, 401);
    assert.match(await bare.text(), /"error_code":"APIGW.0301"/);
  });

  it('tells the project of a region', async () => {
    const known = await cloud.call('GET', '/v3/projects', { query: { name: 'eu-west-101' } });
    assert.deepEqual(known.json?.['projects'], [
      { id: simulator.credentials.huawei.projectId, name: 'eu-west-101', enabled: true },
    ]);
    const unknown = await cloud.call('GET', '/v3/projects', { query: { name: 'nowhere' } });
    assert.deepEqual(unknown.json?.['projects'], []);
  });

  it('locks the key for five minutes after five wrong signatures in a row, for both APIs and IAM', async () => {
    const wrong = () => cloud.call('GET', path, { keys: { sk: 'wrong' } });
    for (let count = 0; count < 4; count++) assert.equal(words(await wrong()), 'verify aksk signature fail');
    assert.equal((await cloud.call('GET', path)).status, 200);
    for (let count = 0; count < 5; count++) assert.equal(words(await wrong()), 'verify aksk signature fail');
    const locked = 'AK access failed to reach the limit,forbidden';
    assert.equal(words(await cloud.call('GET', path)), locked);
    assert.equal(words(await cloud.call('GET', APIS[USAGE].all)), locked);
    assert.equal((await cloud.call('GET', '/v3/projects')).status, 401);
    await control.advanceClock(5 * 60_000);
    assert.equal((await cloud.call('GET', path)).status, 200);
  });

  it('locks it after six when it is told to', async () => {
    await control.settings({ provider: DATA, switches: { badSignaturesToLock: 6 } });
    const wrong = () => cloud.call('GET', path, { keys: { sk: 'wrong' } });
    for (let count = 0; count < 5; count++) await wrong();
    assert.equal((await cloud.call('GET', path)).status, 200);
    for (let count = 0; count < 6; count++) assert.equal(words(await wrong()), 'verify aksk signature fail');
    assert.equal(words(await cloud.call('GET', path)), 'AK access failed to reach the limit,forbidden');
  });

  it('begins its codes as it is told to', async () => {
    await control.settings({ provider: DATA, switches: { gatewayCodes: 'APIG' } });
    assert.equal(codeOf(await cloud.call('GET', path, { keys: { ak: 'NOBODY' } })), 'APIG.0301');
    await control.fault({ kind: 'throttle', match: { provider: DATA } });
    assert.equal(codeOf(await cloud.call('GET', path)), 'APIG.0308');
    assert.equal(codeOf(await cloud.call('GET', APIS[DATA].one('0'.repeat(32)))), 'SFS.TURBO.0106');
    const { calls } = await control.summary();
    assert.deepEqual(calls[DATA]?.['ListShares'], { 401: 1, 429: 1 });
  });

  it('locks nothing when it is told not to', async () => {
    await control.settings({ provider: DATA, switches: { lockout: false } });
    for (let count = 0; count < 8; count++) await cloud.call('GET', path, { keys: { sk: 'wrong' } });
    assert.equal((await cloud.call('GET', path)).status, 200);
  });

  it('refuses unknown keys, foreign session tokens, old dates and another project', async () => {
    const unknown = await cloud.call('GET', path, { keys: { ak: 'NOBODY' } });
    assert.equal(words(unknown), 'Get secretKey failed,ak:NOBODY,err:ak not exist');
    assert.equal((await cloud.call('GET', path, { keys: { securityToken: 'x' } })).status, 401);
    for (const minutes of [-16, 16]) {
      const date = new Date(Date.now() + minutes * 60_000);
      assert.equal(
        words(await cloud.call('GET', path, { date })),
        'calc ak sk signature fail:signature expired',
      );
    }
    assert.equal((await cloud.call('GET', path, { date: new Date(Date.now() - 14 * 60_000) })).status, 200);
    const other = await cloud.call('GET', '/v1/another/sfs-turbo/shares/detail');
    assert.deepEqual([other.status, codeOf(other)], [403, 'SFS.TURBO.9000']);
  });

  it("holds dates to the gateway's clock, which may be wrong either way, and tells it", async () => {
    for (const [minutes, status] of [
      [14, 200],
      [-14, 200],
      [16, 401],
      [-16, 401],
    ] as const) {
      const skewMs = minutes * 60_000;
      await control.skewClock(skewMs);
      const answer = await cloud.call('GET', path, {});
      assert.equal(answer.status, status);
      const aheadMs = Date.parse(answer.headers['date'] ?? '') - Date.now();
      assert.ok(Math.abs(aheadMs - skewMs) < 60_000, `${aheadMs} ms`);
      await control.skewClock(-skewMs);
    }
  });

  it('journals IAM once, under the provider that answers for both', async () => {
    await login();
    const { calls } = await control.summary();
    assert.deepEqual(calls, { [DATA]: { KeystoneCreateUserTokenByPassword: { 201: 1 } } });
  });
});
