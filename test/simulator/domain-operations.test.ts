import assert from 'node:assert/strict';
import { after, before, beforeEach, describe, it } from 'node:test';
import { SimulatorControl } from '../../simulator/control-client.js';
import type { SeedRequest } from '../../simulator/control-requests.js';
import { startSimulator, type RunningSimulator } from '../../simulator/start-simulator.js';
import { callAlibaba, type RawAnswer } from './alibaba-call.js';

const provider = 'alibaba-domain';
const DAY_MS = 24 * 60 * 60_000;
const UUID = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/;

describe('simulated Domain', () => {
  let simulator: RunningSimulator;
  let control: SimulatorControl;

  before(async () => {
    simulator = await startSimulator();
    control = new SimulatorControl(simulator.endpoint);
  });
  beforeEach(() => control.reset());
  after(() => simulator.close());

  const call = (action: string, parameters: Record<string, string> = {}, options = {}): Promise<RawAnswer> =>
    callAlibaba(simulator, '2018-01-29', action, parameters, options);
  const list = async (parameters: Record<string, string> = {}) =>
    (await call('QueryTaskList', { PageNum: '1', PageSize: '100', ...parameters })).json;
  const details = async (TaskNo: string, parameters: Record<string, string> = {}) =>
    (await call('QueryTaskDetailList', { TaskNo, PageNum: '1', PageSize: '100', ...parameters })).json;
  const cancel = (TaskNo: string, options = {}) => call('CancelTask', { TaskNo }, options);
  const switches = (values: Record<string, unknown>) => control.settings({ provider, switches: values });

  async function seed(request: Partial<SeedRequest> = {}): Promise<string> {
    const [task] = await control.seed({ provider, ...request });
    return task!.id;
  }
  async function words(taskNo: string): Promise<string | undefined> {
    const row = (await list()).Data.TaskInfo.find(({ TaskNo }: { TaskNo: string }) => TaskNo === taskNo);
    return (
      row && `${row.TaskStatus} ${row.TaskStatusCode}, ${row.TaskCancelStatus} ${row.TaskCancelStatusCode}`
    );
  }

  it('shows a task from waiting to cancelled, in the documented words and codes', async () => {
    const id = await seed({
      state: 'waiting',
      delays: { waitingMs: 1_000, runningMs: 60_000, cancelingMs: 5_000 },
    });
    assert.match(id, UUID);
    assert.equal(await words(id), 'WAITING_EXECUTE 1, INIT 0');
    await control.advanceClock(2_000);
    assert.equal(await words(id), 'EXECUTING 2, INIT 0');
    const { status, json } = await cancel(id);
    assert.equal(status, 200);
    assert.deepEqual(Object.keys(json), ['RequestId']);
    assert.equal(await words(id), 'EXECUTING 2, CANCELLING 1');
    await control.advanceClock(5_000);
    assert.equal(await words(id), 'COMPLETE 3, COMPLETE 2');
    for (const taskStatusOnceCanceled of ['EXECUTING', 'WAITING_EXECUTE']) {
      await switches({ taskStatusOnceCanceled });
      assert.match((await words(id)) ?? '', new RegExp(`^${taskStatusOnceCanceled} \\d, COMPLETE 2$`));
    }
    const { effects } = await control.summary();
    assert.deepEqual(effects, [{ provider, operation: 'CancelTask', task: id, count: 1 }]);
  });

  it('shows a task that ended by itself as COMPLETE, whether its domains failed or not', async () => {
    const [completed, failed] = [await seed({ state: 'completed' }), await seed({ state: 'failed' })];
    assert.equal(await words(completed), 'COMPLETE 3, INIT 0');
    assert.equal(await words(failed), 'COMPLETE 3, INIT 0');
    const outcome = async (id: string) =>
      (await details(id)).Data.TaskDetail.map(
        (row: Record<string, string>) => `${row['TaskStatus']} ${row['TaskStatusCode']}`,
      );
    assert.deepEqual(await outcome(completed), Array(3).fill('EXECUTE_SUCCESS 2'));
    assert.deepEqual(await outcome(failed), Array(3).fill('EXECUTE_FAILURE 3'));
  });

  it('spells every field of a row as documented', async () => {
    await seed({
      details: { createdOn: '2017-12-26', domains: ['a.example', 'b.example'], taskType: 'CREATE_DNSHOST' },
    });
    const page = await list();
    assert.deepEqual(Object.keys(page).toSorted(), [
      'CurrentPageNum',
      'Data',
      'NextPage',
      'PageSize',
      'PrePage',
      'RequestId',
      'TotalItemNum',
      'TotalPageNum',
    ]);
    const [{ TaskNo, ...row }] = page.Data.TaskInfo;
    assert.match(TaskNo, UUID);
    assert.deepEqual(row, {
      TaskNum: 2,
      TaskType: 'CREATE_DNSHOST',
      TaskTypeDescription: 'create dnshost',
      Clientip: '127.0.0.1',
      CreateTime: 'Dec 26,2017 20:00:00',
      TaskStatus: 'EXECUTING',
      TaskStatusCode: 2,
      TaskCancelStatus: 'INIT',
      TaskCancelStatusCode: 0,
    });
    await switches({ codesAs: 'string' });
    assert.equal((await list()).Data.TaskInfo[0].TaskStatusCode, '2');
  });

  it('answers a cancel in its older envelope, which repeats the signed URL', async () => {
    await switches({ successBody: 'envelope' });
    const acs3 = (await cancel(await seed())).json;
    assert.deepEqual(Object.keys(acs3), ['code', 'data', 'name', 'message', 'url']);
    assert.deepEqual([acs3.code, acs3.data.Code, acs3.name], ['200', '200', 'TaskCancellSuccess']);
    const rpc = (await cancel(await seed(), { signature: 'HMAC-SHA1' })).json;
    assert.match(rpc.url, /AccessKeyId=LTAI.*Signature=/);
    const xml = await cancel(await seed(), { signature: 'HMAC-SHA1', xml: true });
    assert.match(
      xml.text,
      /^<\?xml[^>]*><CancelTaskResponse><code>200<\/code><data><RequestId>[^<]+<\/RequestId>/,
    );
    assert.match(xml.text, /<url>http:\/\/127.0.0.1\/\?AccessKeyId=[^<]*&amp;Action=CancelTask/);
  });

  it('answers a cancel without effect as the switches say', async () => {
    const tasks = {
      cancelOfEnded: await seed({ state: 'completed' }),
      cancelOfCanceling: await seed({ state: 'canceling' }),
      cancelOfUnknown: '00000000-0000-0000-0000-000000000000',
    };
    for (const [name, id] of Object.entries(tasks)) {
      const answers: unknown[] = [];
      for (const value of ['accept', 'ParameterIllegal', 'unlisted']) {
        await switches({ [name]: value });
        const { status, json } = await cancel(id);
        answers.push([status, json.Code]);
      }
      assert.deepEqual(
        answers,
        [
          [200, undefined],
          [400, 'ParameterIllegal'],
          [400, 'SimulatedUnlistedCode'],
        ],
        name,
      );
    }
    assert.equal((await control.summary()).totals.effects, 0);
  });

  it('plays tasks that end first, never end, or cannot be cancelled', async () => {
    const finished = await seed({ onCancel: 'alreadyFinished' });
    assert.equal((await cancel(finished)).status, 200);
    assert.equal(await words(finished), 'COMPLETE 3, INIT 0');
    const refused = await cancel(await seed({ onCancel: 'unsupported' }));
    assert.deepEqual([refused.status, refused.json.Code], [400, 'UnsupportedOperation']);
    const first = await seed({ onCancel: 'finishFirst' });
    const stuck = await seed({ onCancel: 'stuckCanceling' });
    await cancel(first);
    await cancel(stuck);
    await control.advanceClock(60_000);
    assert.equal(await words(first), 'COMPLETE 3, INIT 0');
    assert.equal(await words(stuck), 'EXECUTING 2, CANCELLING 1');
    assert.equal(await words(await seed({ word: 'DREAMING' })), 'DREAMING undefined, DREAMING undefined');
  });

  it('pages newest first, and refuses numbers that make no sense', async () => {
    const ids = (await control.seed({ provider, count: 5 })).map(({ id }) => id);
    const page = await list({ PageNum: '2', PageSize: '2' });
    assert.deepEqual(
      page.Data.TaskInfo.map(({ TaskNo }: { TaskNo: string }) => TaskNo),
      [ids[2], ids[1]],
    );
    assert.deepEqual(
      [page.TotalItemNum, page.CurrentPageNum, page.TotalPageNum, page.PageSize, page.PrePage, page.NextPage],
      [5, 2, 3, 2, true, true],
    );
    assert.deepEqual((await list({ PageNum: '9' })).Data.TaskInfo, []);
    await switches({ largestListPage: 2 });
    assert.equal((await list()).Data.TaskInfo.length, 2);
    for (const wrong of [
      { PageNum: '0' },
      { PageSize: '0' },
      { PageSize: '1001' },
      { PageNum: 'x' },
      { BeginCreateTime: 'x' },
    ])
      assert.equal((await list(wrong)).Code, 'ParameterIllegal', JSON.stringify(wrong));
    assert.equal((await call('QueryTaskList', { PageNum: '1' })).json.Code, 'MissingPageSize');
  });

  it('counts whole days, in the zone and up to the end that the switches say', async () => {
    const id = await seed({ details: { createdOn: '2026-03-10' } });
    const shows = async (begin: string, end: string) => {
      const window = { BeginCreateTime: String(Date.parse(begin)), EndCreateTime: String(Date.parse(end)) };
      return (await list(window)).Data.TaskInfo.some(({ TaskNo }: { TaskNo: string }) => TaskNo === id);
    };
    assert.equal(await shows('2026-03-10T23:00Z', '2026-03-10T00:00Z'), true);
    assert.equal(await shows('2026-03-11T00:00Z', '2026-03-12T00:00Z'), false);
    await switches({ dayZone: '+08:00' });
    assert.equal(await shows('2026-03-10T23:00Z', '2026-03-11T00:00Z'), false);
    await switches({ dayZone: 'utc', endOfWindow: 'exclusive' });
    assert.equal(await shows('2026-03-09T00:00Z', '2026-03-10T23:00Z'), false);
    assert.equal(await shows('2026-03-09T00:00Z', '2026-03-11T00:00Z'), true);
  });

  it('tells the details of a task by status and name, of one perhaps as a bare object', async () => {
    const id = await seed({
      state: 'completed',
      details: { domains: ['a.example', 'b.example'], failing: ['b.example'], failureMessage: 'locked' },
    });
    const [row] = (await details(id, { TaskStatus: '3' })).Data.TaskDetail;
    assert.deepEqual([row.DomainName, row.ErrorMsg, row.TaskNo], ['b.example', 'locked', id]);
    assert.equal((await details(id, { DomainName: 'a.example' })).TotalItemNum, 1);
    await switches({ detailOfOne: 'object' });
    assert.equal(
      (await details(id, { DomainName: 'a.example' })).Data.TaskDetail.TaskStatus,
      'EXECUTE_SUCCESS',
    );
    const polled = (await call('PollTaskResult', { TaskNo: id, PageNum: '1', PageSize: '10' })).json;
    assert.equal(polled.TotalItemNum, 2);
    assert.equal((await details('00000000-0000-0000-0000-000000000000')).TotalItemNum, 0);
  });

  it('shows tasks in the order that the switch says, page after page', async () => {
    const ids = Array.from({ length: 5 }, (_, n) => `${(n * 7) % 10}0000000-0000-0000-0000-000000000000`);
    for (const [day, id] of ids.entries())
      await control.seed({ provider, ids: [id], details: { createdOn: `2026-03-1${day}` } });
    for (const [listOrder, expected] of [
      ['newestFirst', ids.toReversed()],
      ['oldestFirst', ids],
      ['byTaskNo', ids.toSorted()],
    ] as const) {
      await switches({ listOrder });
      const pages = [await list({ PageSize: '3' }), await list({ PageSize: '3', PageNum: '2' })];
      const shown = pages.flatMap(({ Data }) => Data.TaskInfo);
      assert.deepEqual(
        shown.map(({ TaskNo }) => TaskNo),
        expected,
      );
    }
  });

  it('writes an empty list as the switch says', async () => {
    for (const [emptyList, expected] of [
      ['array', { TaskInfo: [] }],
      ['object', {}],
      ['absent', undefined],
      ['null', null],
      ['text', ''],
    ] as const) {
      await switches({ emptyList });
      const { Data, TotalItemNum } = await list();
      assert.deepEqual([Data, TotalItemNum], [expected, 0]);
    }
  });

  it('leaves TaskCancelStatus out where the switch says so', async () => {
    await seed();
    await seed({ state: 'canceled' });
    const shown = async () =>
      (await list()).Data.TaskInfo.map((row: Record<string, unknown>) => [
        row['TaskCancelStatus'],
        row['TaskCancelStatusCode'],
      ]);
    await switches({ cancelStatusShown: 'onceAsked' });
    const none = [undefined, undefined];
    assert.deepEqual(await shown(), [none, ['COMPLETE', 2]]);
    await switches({ cancelStatusShown: 'never' });
    assert.deepEqual(await shown(), [none, none]);
  });

  it('has codes that do not fit their words where the switch says so, and filters by the true ones', async () => {
    await switches({ codesAgree: false });
    const id = await seed({
      state: 'completed',
      details: { domains: ['a.example', 'b.example'], failing: ['b.example'] },
    });
    assert.equal(await words(id), 'COMPLETE 1, INIT 1');
    assert.match((await words(await seed({ state: 'canceling' }))) ?? '', /^EXECUTING 3, CANCELLING 2$/);
    const [row] = (await details(id, { TaskStatus: '3' })).Data.TaskDetail;
    assert.deepEqual(
      [row.DomainName, row.TaskStatus, row.TaskStatusCode],
      ['b.example', 'EXECUTE_FAILURE', 0],
    );
  });

  it('shows domains that a cancel kept from their turn as the switch says', async () => {
    const id = await seed({ delays: { runningMs: 300_000, cancelingMs: 1_000 } });
    await control.advanceClock(150_000);
    await cancel(id);
    const shown = async () =>
      (await details(id)).Data.TaskDetail.map((row: Record<string, unknown>) => row['TaskStatus']);
    assert.deepEqual(await shown(), ['EXECUTE_SUCCESS', 'WAITING_EXECUTE', 'WAITING_EXECUTE']);
    await control.advanceClock(1_000);
    for (const [canceledDetail, ...kept] of [
      ['WAITING_EXECUTE', 'WAITING_EXECUTE', 'WAITING_EXECUTE'],
      ['EXECUTE_FAILURE', 'EXECUTE_FAILURE', 'EXECUTE_FAILURE'],
      ['unlisted', 'SIMULATED_UNLISTED', 'SIMULATED_UNLISTED'],
      ['leftOut'],
    ]) {
      await switches({ canceledDetail });
      assert.deepEqual(await shown(), ['EXECUTE_SUCCESS', ...kept]);
    }
  });

  it('tells the details of an unknown task, and of one in the history, as the switch says', async () => {
    const past = await seed({ state: 'completed' });
    await switches({ movedToHistory: 'onceEnded' });
    for (const id of [past, '00000000-0000-0000-0000-000000000000']) {
      await switches({ detailsOfUnknown: 'empty' });
      assert.equal((await details(id)).TotalItemNum, 0);
      for (const [detailsOfUnknown, code] of [
        ['ParameterIllegal', 'ParameterIllegal'],
        ['unlisted', 'SimulatedUnlistedCode'],
      ]) {
        await switches({ detailsOfUnknown });
        assert.equal((await details(id)).Code, code);
      }
    }
  });

  it('answers the cancel of a task of a kind that has none as the switch says', async () => {
    const id = await seed({ onCancel: 'unsupported' });
    for (const [cancelOfUnsupported, status, code] of [
      ['UnsupportedOperation', 400, 'UnsupportedOperation'],
      ['ParameterIllegal', 400, 'ParameterIllegal'],
      ['unlisted', 400, 'SimulatedUnlistedCode'],
      ['accept', 200, undefined],
    ] as const) {
      await switches({ cancelOfUnsupported });
      const answer = await cancel(id);
      assert.deepEqual([answer.status, answer.json.Code], [status, code]);
    }
    assert.equal(await words(id), 'EXECUTING 2, INIT 0');
    assert.equal((await control.summary()).totals.effects, 0);
  });

  it('moves an ended task to the history after so long as the switch says', async () => {
    await switches({ movedToHistory: 86_400_000 });
    const id = await seed({ delays: { runningMs: 60_000 } });
    await control.advanceClock(60_000 + 86_000_000);
    assert.equal(await words(id), 'COMPLETE 3, INIT 0');
    await control.advanceClock(400_000);
    assert.equal(await words(id), undefined);
    assert.equal((await call('QueryTaskInfoHistory', { PageSize: '1' })).json.Objects[0].TaskNo, id);
  });

  it('moves ended tasks to the history, which knows no word of a cancel', async () => {
    const ended = [await seed({ state: 'canceled' }), await seed({ state: 'completed' })];
    const running = await seed();
    await switches({ movedToHistory: 'onceEnded' });
    assert.deepEqual(
      (await list()).Data.TaskInfo.map(({ TaskNo }: { TaskNo: string }) => TaskNo),
      [running],
    );
    const first = (await call('QueryTaskInfoHistory', { PageSize: '1' })).json;
    assert.equal(first.Objects[0].TaskNo, ended[0]);
    assert.equal(first.Objects[0].TaskCancelStatus, undefined);
    assert.equal(typeof first.Objects[0].CreateTimeLong, 'number');
    const { TaskNo: TaskNoCursor, CreateTimeLong } = first.NextPageCursor;
    const second = (
      await call('QueryTaskInfoHistory', {
        PageSize: '1',
        TaskNoCursor,
        CreateTimeCursor: String(CreateTimeLong),
      })
    ).json;
    assert.deepEqual([second.Objects[0].TaskNo, second.NextPageCursor], [ended[1], undefined]);
    const past = (await call('QueryTaskDetailHistory', { TaskNo: ended[1]!, PageSize: '10' })).json;
    assert.equal(past.Objects.length, 3);
    assert.equal((await details(ended[1]!)).TotalItemNum, 0);
  });

  it('answers lists in XML as repeated elements, and malformed ones with other texts', async () => {
    const ids = (await control.seed({ provider, count: 2 })).map(({ id }) => id);
    const ask = () => call('QueryTaskList', { PageNum: '1', PageSize: '10' }, { xml: true });
    const { text, headers } = await ask();
    assert.equal(headers.get('content-type'), 'text/xml;charset=utf-8');
    assert.deepEqual(
      [...text.matchAll(/<TaskInfo><TaskNo>([^<]+)/g)].map(([, id]) => id),
      ids.toReversed(),
    );
    await control.fault({ kind: 'malformed', body: 'wrongTypes' });
    const wrong = (await ask()).text;
    assert.match(wrong, /<TotalItemNum>forty-two<\/TotalItemNum>/);
    assert.match(wrong, /<TaskInfo><TaskNo>42<\/TaskNo>/);
  });

  it('throttles with status 400 and says in milliseconds how long', async () => {
    await control.fault({ kind: 'throttle', retryAfterMs: 700 });
    const { status, json, headers } = await call('QueryTaskList', { PageNum: '1', PageSize: '1' });
    assert.deepEqual([status, json.Code, headers.get('x-acs-retry-after')], [400, 'Throttling.User', '700']);
    await control.settings({ provider, quotas: { CancelTask: { perSecond: 1, burst: 1 } } });
    const id = await seed();
    assert.equal((await cancel(id)).status, 200);
    assert.equal((await cancel(id)).json.Code, 'Throttling.User');
  });

  it('seeds a task of an earlier day that runs now', async () => {
    const createdOn = new Date(Date.now() - 3 * DAY_MS).toISOString().slice(0, 10);
    const id = await seed({ details: { createdOn } });
    assert.equal(await words(id), 'EXECUTING 2, INIT 0');
  });
});
