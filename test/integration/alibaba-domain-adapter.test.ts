import assert from 'node:assert/strict';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { after, afterEach, before, beforeEach, describe, it } from 'node:test';
import { createDomainAdapter } from '../../providers/alibaba-domain/adapter.js';
import { alibabaDomain, type DomainSettings } from '../../providers/alibaba-domain/index.js';
import fc from 'fast-check';
import type { Observation } from '../../contract/observation.js';
import { OPEN_GATE, type CallGate } from '../../providers/call-gate.js';
import { ProviderError, type Provider } from '../../providers/provider.js';
import { SimulatorControl } from '../../simulator/control-client.js';
import type { SeedRequest } from '../../simulator/control-requests.js';
import { startSimulator, type RunningSimulator } from '../../simulator/start-simulator.js';

const provider = 'alibaba-domain';
const signal = new AbortController().signal;
const clientToken = '0'.repeat(64);
const NOBODY = '00000000-0000-0000-0000-000000000000';
const DAY_MS = 24 * 60 * 60_000;

/** What the test at hand has opened. */
const opened: { close(): void }[] = [];

describe('the Domain adapter', () => {
  let cloud: RunningSimulator;
  let simulator: SimulatorControl;
  let adapter: Provider;

  before(async () => {
    cloud = await startSimulator();
    simulator = new SimulatorControl(cloud.endpoint);
    adapter = connect();
    opened.length = 0; // This one stays for all tests.
  });
  beforeEach(() => simulator.reset());
  afterEach(() => {
    // A server left open by a failed test would keep the process alive.
    for (const each of opened.splice(0)) each.close();
  });
  after(async () => {
    adapter.close();
    await cloud.close();
  });

  function connect(change: Partial<DomainSettings> = {}, gate: CallGate = OPEN_GATE): Provider {
    const { settings, env } = alibabaDomain.simulatedConnection(cloud);
    Object.assign(process.env, env);
    const made = createDomainAdapter({ ...alibabaDomain.settings.parse(settings), ...change }, gate);
    opened.push(made);
    return made;
  }
  const switches = (values: Record<string, unknown>) => simulator.settings({ provider, switches: values });
  const callsOf = async (operation: string) => (await simulator.calls({ provider, operation })).length;

  async function seed(request: Partial<SeedRequest> = {}): Promise<string> {
    const [task] = await simulator.seed({ provider, ...request });
    return task!.id;
  }
  async function look(taskNo: string, createdOn?: string, through = adapter) {
    const [seen] = await through.observe([{ taskNo, ...(createdOn !== undefined && { createdOn }) }], {
      signal,
    });
    return seen!;
  }
  async function state(taskNo: string, through = adapter): Promise<string> {
    const seen = await look(taskNo, undefined, through);
    return seen.state === 'ended' ? seen.end : seen.state;
  }

  for (const signature of ['ACS3-HMAC-SHA256', 'HMAC-SHA1'] as const) {
    for (const successBody of ['requestId', 'envelope']) {
      for (const taskStatusOnceCanceled of ['COMPLETE', 'EXECUTING', 'WAITING_EXECUTE']) {
        const name = `${signature}, success as ${successBody}, ${taskStatusOnceCanceled} once cancelled`;
        it(`proves a cancel: ${name}`, async () => {
          await switches({
            successBody,
            taskStatusOnceCanceled,
            codesAs: successBody === 'envelope' ? 'string' : 'number',
          });
          const made = connect({ signature });
          const id = await seed();
          assert.equal(await state(id, made), 'active');
          const answer = await made.cancel({ taskNo: id }, { clientToken, signal });
          assert.equal(answer.kind, 'accepted');
          const [call] = await simulator.calls({ provider, operation: 'CancelTask' });
          assert.deepEqual(answer, { kind: 'accepted', requestId: call?.requestId });
          assert.equal(await state(id, made), 'canceling');
          await simulator.advanceClock(60_000);
          const seen = await look(id, undefined, made);
          assert.deepEqual(
            [seen.state, seen.state === 'ended' && seen.end, seen.rawState],
            ['ended', 'canceled', `${taskStatusOnceCanceled}/COMPLETE`],
          );
          assert.equal((await simulator.summary()).totals.effects, 1);
        });
      }
    }
  }

  it('tells what became of the domains of an ended task, and nothing of one that is running', async () => {
    const details = {
      domains: ['a.example', 'b.example', 'c.example'],
      failing: ['b.example'],
      failureMessage: 'It is locked.',
    };
    for (const detailOfOne of ['array', 'object']) {
      await switches({ detailOfOne });
      const running = await look(await seed({ details }));
      assert.equal(running.progress, undefined);
      const seen = await look(await seed({ details, state: 'completed' }));
      assert.equal(seen.state === 'ended' && seen.end, 'completed');
      assert.deepEqual(seen.progress, { total: 3, succeeded: 2, failed: 1 });
      assert.equal(seen.message, '1 of 3 domains failed; b.example: It is locked.');
      const one = await look(await seed({ details: { domains: ['a.example'] }, state: 'completed' }));
      assert.deepEqual(one.progress, { total: 1, succeeded: 1, failed: 0 });
    }
    assert.equal(await callsOf('QueryTaskDetailList'), 4);
    // A task whose every domain failed is COMPLETE too.
    const failed = await look(await seed({ state: 'failed' }));
    assert.equal(failed.state === 'ended' && failed.end, 'completed');
    assert.deepEqual(failed.progress, { total: 3, succeeded: 0, failed: 3 });
  });

  for (const [canceledDetail, failed, message] of [
    ['WAITING_EXECUTE', 0, undefined],
    ['unlisted', 0, undefined],
    ['leftOut', 0, undefined],
    ['EXECUTE_FAILURE', 2, '2 of 3 domains failed; two.example: Cancelled.'],
  ] as const) {
    it(`counts a domain that a cancel kept from its turn as done by nobody: ${canceledDetail}`, async () => {
      await switches({ canceledDetail });
      const taskNo = await seed({ delays: { runningMs: 300_000, cancelingMs: 1_000 } });
      await simulator.advanceClock(150_000);
      await adapter.cancel({ taskNo }, { clientToken, signal });
      await simulator.advanceClock(1_000);
      const seen = await look(taskNo);
      assert.equal(seen.state === 'ended' && seen.end, 'canceled');
      assert.deepEqual(seen.progress, { total: 3, succeeded: 1, failed });
      assert.equal(seen.message, message);
    });
  }

  it('counts the domains of no task that has more than fit on a page', async () => {
    const domains = Array.from({ length: 1_001 }, (_, index) => `d${index}.example`);
    const seen = await look(await seed({ state: 'completed', details: { domains } }));
    assert.equal(seen.state === 'ended' && seen.end, 'completed');
    assert.deepEqual(
      [seen.progress, seen.message],
      [undefined, 'What became of its 1001 domains was not counted.'],
    );
  });

  for (const fault of [
    { kind: 'error', status: 500 },
    { kind: 'html' },
    { kind: 'reset' },
    { kind: 'throttle' },
    { kind: 'malformed', body: 'wrongTypes' },
    { kind: 'malformed', body: 'truncated' },
  ] as const) {
    it(`proves an end although its details are not told: ${Object.values(fault).join(' ')}`, async () => {
      await simulator.fault({ ...fault, match: { operation: 'QueryTaskDetailList' }, times: 'always' });
      const seen = await look(await seed({ state: 'completed' }));
      assert.equal(seen.state === 'ended' && seen.end, 'completed');
      assert.equal(seen.progress, undefined);
    });
  }

  it('looks into the details of a few of many ended tasks', async () => {
    const tasks = await simulator.seed({ provider, count: 40, state: 'completed' });
    const seen = await adapter.observe(
      tasks.map(({ id }) => ({ taskNo: id })),
      { signal },
    );
    assert.ok(seen.every((each) => each.state === 'ended'));
    assert.equal(await callsOf('QueryTaskDetailList'), 10);
    assert.equal(await callsOf('QueryTaskList'), 1);
  });

  for (const cancelStatus of ['INIT', 'CANCELLING', 'COMPLETE']) {
    it(`proves the work of a task that outran its cancel, whose TaskCancelStatus is ${cancelStatus}`, async () => {
      await switches({ cancelStatusOfFinished: cancelStatus, cancelStatusOfEnded: cancelStatus });
      const delays = { cancelingMs: 1_000 };
      const outran = await seed({ onCancel: 'finishFirst', delays });
      const ended = await seed({ state: 'completed' });
      const canceled = await seed({ delays });
      const failed = await seed({ onCancel: 'failFirst', delays });
      for (const taskNo of [outran, ended, canceled, failed])
        await adapter.cancel({ taskNo }, { clientToken, signal });
      await simulator.advanceClock(1_000);
      assert.deepEqual(await Promise.all([outran, ended, canceled].map((taskNo) => state(taskNo))), [
        'completed',
        'completed',
        'canceled',
      ]);
      // What failed and what a cancel kept from its turn may have the same word: the vendor's own for the cancel counts.
      const words = { INIT: 'completed', CANCELLING: 'canceling', COMPLETE: 'canceled' };
      assert.equal(await state(failed), words[cancelStatus as keyof typeof words]);
      const seen = await look(outran);
      assert.deepEqual(seen.progress, { total: 3, succeeded: 3, failed: 0 });
    });
  }

  it('leaves open how a task ended while its details, which could tell, are in trouble that passes', async () => {
    await switches({ cancelStatusOfFinished: 'COMPLETE' });
    const canceled = await seed({ state: 'canceled' });
    const match = { operation: 'QueryTaskDetailList' };
    await simulator.fault({ kind: 'error', status: 500, match });
    await assert.rejects(look(canceled), isProviderError('unavailable'));
    await simulator.fault({ kind: 'malformed', body: 'wrongTypes', match });
    assert.equal(await state(canceled), 'canceled');
  });

  it('tells whoever waits for each task of its end and its details at once', async () => {
    const ended = await seed({ state: 'completed' });
    const told: Observation[] = [];
    await adapter.observe([{ taskNo: ended }], { signal, onSeen: (_, seen) => void told.push(seen) });
    assert.deepEqual(
      told.map(({ state: is, progress }) => [is, progress?.succeeded]),
      [['ended', 3]],
    );
  });

  for (const [largestListPageSize, firstLook, nextLook] of [
    [1_000, 1, 1],
    [50, 3, 2],
    [10, 10, 7],
  ] as const) {
    it(`asks for pages of ${largestListPageSize} at the most, once it knows of the limit`, async () => {
      await switches({ largestListPageSize, listOrder: 'oldestFirst' });
      const tasks = await simulator.seed({ provider, count: 65 });
      const taskNo = tasks.at(-1)!.id;
      const made = connect();
      for (const calls of [firstLook, nextLook]) {
        const earlier = await callsOf('QueryTaskList');
        assert.equal(await state(taskNo, made), 'active');
        assert.equal((await callsOf('QueryTaskList')) - earlier, calls);
      }
      let listed = 0;
      for (let page: string | undefined, more = true; more; more = page !== undefined) {
        const shown = await made.list!({}, { signal, ...(page !== undefined && { page }) });
        listed += shown.tasks.length;
        page = shown.next;
      }
      assert.equal(listed, 65);
    });
  }

  it('throws the refusal of a parameter that no smaller page mends', async () => {
    const match = { operation: 'QueryTaskList' };
    await simulator.fault({
      kind: 'error',
      code: 'ParameterIllegal',
      status: 400,
      times: 'always',
      match,
    });
    await assert.rejects(look(NOBODY, undefined, connect()), isProviderError('invalid', 'ParameterIllegal'));
    assert.equal(await callsOf('QueryTaskList'), 4);
  });

  it('answers each of 500 tasks in order, whatever the size of a page, and stops when all were seen', async () => {
    const running = await simulator.seed({ provider, count: 300 });
    const canceling = await simulator.seed({
      provider,
      count: 199,
      state: 'canceling',
      onCancel: 'stuckCanceling',
    });
    await simulator.seed({ provider, count: 50 });
    const ids = [...running.slice(0, 150), { id: NOBODY }, ...canceling, ...running.slice(150)].map(
      ({ id }) => id,
    );
    assert.equal(ids.length, adapter.observeBatchSize);
    const expected = [
      ...Array(150).fill('active'),
      'absent',
      ...Array(199).fill('canceling'),
      ...Array(150).fill('active'),
    ];
    // One is in none of the pages, so they are read twice.
    for (const [largestListPage, pages] of [
      [1_000, 12],
      [20, 56],
    ] as const) {
      await switches({ largestListPage });
      const earlier = await callsOf('QueryTaskList');
      const seen = await adapter.observe(
        ids.map((taskNo) => ({ taskNo })),
        { signal },
      );
      assert.deepEqual(
        seen.map((each) => each.state),
        expected,
      );
      assert.equal((await callsOf('QueryTaskList')) - earlier, pages);
    }
    // The newest of these is row 51: it is on the third page of 20, and no further one is read.
    const soFar = await callsOf('QueryTaskList');
    assert.equal(await state(canceling.at(-1)!.id), 'canceling');
    assert.equal((await callsOf('QueryTaskList')) - soFar, 3);
  });

  it('finds a task by the day it was made, in whatever zone anybody counts days', async () => {
    const others = [-6, -5, 5, 6].map((days) =>
      new Date(Date.parse('2026-03-10T12:00Z') + days * DAY_MS).toISOString().slice(0, 10),
    );
    for (const createdOn of others) await seed({ details: { createdOn } });
    const id = await seed({ details: { createdOn: '2026-03-10' } });
    for (const dayZone of ['utc', '+08:00']) {
      for (const endOfWindow of ['inclusive', 'exclusive']) {
        await switches({ dayZone, endOfWindow });
        // The caller's clock may be a day ahead of the cloud's, or behind.
        for (const createdOn of ['2026-03-09', '2026-03-10', '2026-03-11'])
          assert.equal((await look(id, createdOn)).state, 'active', `${createdOn} ${dayZone} ${endOfWindow}`);
        const far = await look(id, '2026-03-20');
        assert.equal(far.state, 'absent');
        assert.match(far.message ?? '', /none of the \d+ tasks of the days around 2026-03-20/);
      }
    }
    assert.equal(await callsOf('QueryTaskList'), 16);
  });

  it('looks through all days between those it is given, and through all there are when one is unknown', async () => {
    const [early, late] = [
      await seed({ details: { createdOn: '2026-01-05' } }),
      await seed({ details: { createdOn: '2026-02-20' } }),
    ];
    const both = [
      { taskNo: early, createdOn: '2026-01-05' },
      { taskNo: late, createdOn: '2026-02-20' },
    ];
    assert.deepEqual(
      (await adapter.observe(both, { signal })).map((each) => each.state),
      ['active', 'active'],
    );
    const unknown = [both[0]!, { taskNo: late }];
    assert.deepEqual(
      (await adapter.observe(unknown, { signal })).map((each) => each.state),
      ['active', 'active'],
    );
    assert.deepEqual(
      both.map((task) => adapter.batchKey?.(task)),
      ['2026-01-05', '2026-02-20'],
    );
  });

  it('calls a day that no calendar has invalid, and asks nobody', async () => {
    await assert.rejects(look(NOBODY, '2026-02-30'), isProviderError('invalid', 'InvalidHint'));
    assert.equal((await simulator.summary()).totals.calls, 0);
  });

  describe('while the list moves', () => {
    /** Does something to the cloud between two calls. */
    function connectWith(beforeCall: (call: number) => Promise<unknown>): Provider {
      let calls = 0;
      const pass: CallGate['pass'] = async (_operation, _signal, call) => {
        await beforeCall(++calls);
        return call();
      };
      return connect({}, { pass });
    }

    it('throws what is retried when one is missing and a task left the list meanwhile', async () => {
      await switches({ largestListPage: 2, movedToHistory: 'onceEnded' });
      await simulator.seed({ provider, count: 2 });
      const wanted = await seed();
      await simulator.seed({ provider, count: 1, delays: { runningMs: 60_000 } });
      await seed();
      // [x, brief] [wanted, b] [a]: without `brief`, page 2 of [x, wanted] [b, a] is without `wanted`.
      const moving = connectWith(async (call) => call === 2 && simulator.advanceClock(120_000));
      await assert.rejects(
        moving.observe([{ taskNo: wanted }], { signal }),
        isProviderError('unavailable', 'ListMoved'),
      );
      assert.equal((await moving.observe([{ taskNo: wanted }], { signal }))[0]?.state, 'active');
    });

    it('throws what is retried when one is missing and a task was made meanwhile', async () => {
      await switches({ largestListPage: 2 });
      await simulator.seed({ provider, count: 4 });
      const growing = connectWith(async (call) => call === 2 && seed());
      await assert.rejects(
        growing.observe([{ taskNo: NOBODY }], { signal }),
        isProviderError('unavailable', 'ListMoved'),
      );
      assert.equal((await growing.observe([{ taskNo: NOBODY }], { signal }))[0]?.state, 'absent');
    });

    it('throws what is retried when one came and another went, and the total stayed', async () => {
      await switches({ largestListPage: 2, movedToHistory: 'onceEnded' });
      const last = await seed({ delays: { runningMs: 60_000 } });
      await simulator.seed({ provider, count: 4 });
      const swapping = connectWith(async (call) => {
        if (call !== 2) return;
        await simulator.advanceClock(120_000);
        await seed();
      });
      await assert.rejects(
        swapping.observe([{ taskNo: last }], { signal }),
        isProviderError('unavailable', 'ListMoved'),
      );
    });

    it('never takes a task for absent that was in the list all the time, however it is ordered and changes', async () => {
      const changes = fc.array(
        fc.array(fc.record({ kind: fc.constantFrom('make', 'remove', 'touch'), at: fc.nat(20) }), {
          maxLength: 3,
        }),
        { minLength: 1, maxLength: 12 },
      );
      const order = fc.constantFrom<Order>('newestFirst', 'oldestFirst');
      let told = 0;
      await fc.assert(
        fc.asyncProperty(fc.nat(8), fc.nat(8), order, changes, async (ahead, behind, by, steps) => {
          const { url } = await movingList(ahead, behind, by, steps);
          const made = connect({ endpoint: url });
          const seen = await made
            .observe([{ taskNo: NOBODY }], { signal })
            .catch((thrown: unknown) => thrown);
          if (seen instanceof ProviderError) return assert.equal(seen.code, 'ListMoved');
          told += 1;
          assert.equal((seen as Observation[])[0]?.state, 'active');
        }),
        { numRuns: 400 },
      );
      assert.ok(told > 40, `it answered ${told} times`);
    });

    it('says that a task is absent when the list held still, or only grew before it was read', async () => {
      const still = await movingList(5, 4, 'oldestFirst', [[{ kind: 'make', at: 0 }]]);
      const made = connect({ endpoint: still.url });
      const [seen] = await made.observe([{ taskNo: NOBODY.replaceAll('0', 'f') }], { signal });
      assert.equal(seen?.state, 'absent');
      assert.equal(still.calls(), 12); // Eleven tasks on six pages of two, twice.
    });

    it('still answers when all wanted were seen', async () => {
      await switches({ largestListPage: 2 });
      const [oldest] = await simulator.seed({ provider, count: 4 });
      const growing = connectWith(async (call) => call === 2 && seed());
      assert.equal((await growing.observe([{ taskNo: oldest!.id }], { signal }))[0]?.state, 'active');
    });
  });

  for (const detailsOfUnknown of ['empty', 'ParameterIllegal', 'unlisted']) {
    it(`proves an end although the task moves to the history before its details are read (${detailsOfUnknown})`, async () => {
      await switches({ detailsOfUnknown });
      const taskNo = await seed({ state: 'canceled' });
      const pass: CallGate['pass'] = async (operation, _signal, call) => {
        if (operation === 'QueryTaskDetailList') await switches({ movedToHistory: 'onceEnded' });
        return call();
      };
      const seen = await look(taskNo, undefined, connect({}, { pass }));
      assert.equal(seen.state === 'ended' && seen.end, 'canceled');
      assert.equal(seen.progress, undefined);
      assert.equal(await callsOf('QueryTaskDetailList'), 1);
    });
  }

  it('tells an end for as long as it is listed, then that the task is absent, however nothing is written', async () => {
    for (const emptyList of ['array', 'object', 'absent', 'null', 'text']) {
      await simulator.reset();
      await switches({ movedToHistory: 3_600_000, emptyList });
      const taskNo = await seed();
      await adapter.cancel({ taskNo }, { clientToken, signal });
      assert.equal(await state(taskNo), 'canceling');
      await simulator.advanceClock(60_000);
      assert.equal(await state(taskNo), 'canceled');
      await simulator.advanceClock(3_500_000);
      assert.equal(await state(taskNo), 'canceled');
      await simulator.advanceClock(100_000);
      assert.equal(await state(taskNo), 'absent');
    }
  });

  it('goes by words, whatever the codes beside them say', async () => {
    await switches({ codesAgree: false });
    const tasks = await Promise.all(
      (['waiting', 'running', 'canceling', 'canceled', 'completed'] as const).map((each) =>
        seed({ state: each, delays: { waitingMs: 60_000, cancelingMs: 60_000 } }),
      ),
    );
    const expected = ['active', 'active', 'canceling', 'canceled', 'completed'];
    for (const codesAs of ['number', 'string']) {
      await switches({ codesAs });
      assert.deepEqual(await Promise.all(tasks.map((id) => state(id))), expected);
    }
    const mixed = await look(await seed({ state: 'completed', details: { failing: ['two.example'] } }));
    assert.deepEqual(mixed.progress, { total: 3, succeeded: 2, failed: 1 });
  });

  it('finds every task in whatever order they are listed', async () => {
    await switches({ largestListPage: 7 });
    const ids = (await simulator.seed({ provider, count: 40 })).map(({ id }) => id);
    for (const listOrder of ['newestFirst', 'oldestFirst', 'byTaskNo']) {
      await switches({ listOrder });
      const seen = await adapter.observe(
        [...ids, NOBODY].map((taskNo) => ({ taskNo })),
        { signal },
      );
      assert.deepEqual(
        seen.map((each) => each.state),
        [...ids.map(() => 'active'), 'absent'],
      );
    }
  });

  for (const [cancelStatusShown, ended] of [
    ['onceAsked', ['canceling', 'canceled', 'unknown']],
    ['never', ['active', 'unknown', 'unknown']],
  ] as const) {
    it(`proves no end by a row without TaskCancelStatus (shown ${cancelStatusShown})`, async () => {
      await switches({ cancelStatusShown });
      const states = ['waiting', 'running', 'canceling', 'canceled', 'completed'] as const;
      const delays = { waitingMs: 60_000, cancelingMs: 60_000 };
      const ids = await Promise.all(states.map((each) => seed({ state: each, delays })));
      assert.deepEqual(await Promise.all(ids.map((id) => state(id))), ['active', 'active', ...ended]);
    });
  }

  it('calls a task that moved to the history absent: the history has no word on a cancel', async () => {
    await switches({ movedToHistory: 'onceEnded' });
    const id = await seed();
    assert.equal(await state(id), 'active');
    await adapter.cancel({ taskNo: id }, { clientToken, signal });
    await simulator.advanceClock(60_000);
    const seen = await look(id);
    assert.deepEqual([seen.state, seen.rawState], ['absent', 'not listed']);
    assert.equal((await simulator.summary()).calls[provider]?.['QueryTaskInfoHistory'], undefined);
  });

  for (const [what, seeds] of [
    ['cancelOfEnded', { state: 'completed' }],
    ['cancelOfCanceling', { state: 'canceling' }],
    ['cancelOfUnknown', undefined],
  ] as const) {
    it(`guesses nothing of what is not documented: ${what}`, async () => {
      const taskNo = seeds === undefined ? NOBODY : await seed(seeds);
      const ask = () => adapter.cancel({ taskNo }, { clientToken, signal });
      await switches({ [what]: 'accept' });
      assert.equal((await ask()).kind, 'accepted');
      await switches({ [what]: 'ParameterIllegal' });
      await assert.rejects(ask(), isProviderError('invalid', 'ParameterIllegal'));
      await switches({ [what]: 'unlisted' });
      await assert.rejects(ask(), isProviderError('unrecognized', 'SimulatedUnlistedCode'));
    });
  }

  it('guesses nothing of the answer to a task of a kind that cannot be cancelled', async () => {
    const taskNo = await seed({ onCancel: 'unsupported' });
    const ask = () => adapter.cancel({ taskNo }, { clientToken, signal });
    await switches({ cancelOfUnsupported: 'ParameterIllegal' });
    await assert.rejects(ask(), isProviderError('invalid', 'ParameterIllegal'));
    await switches({ cancelOfUnsupported: 'unlisted' });
    await assert.rejects(ask(), isProviderError('unrecognized', 'SimulatedUnlistedCode'));
    await switches({ cancelOfUnsupported: 'accept' });
    assert.equal((await ask()).kind, 'accepted');
    assert.equal(await state(taskNo), 'active');
  });

  it('tells a refusal as the vendor words it', async () => {
    const answer = await adapter.cancel(
      { taskNo: await seed({ onCancel: 'unsupported' }) },
      { clientToken, signal },
    );
    assert.deepEqual([answer.kind, 'code' in answer && answer.code], ['refused', 'UnsupportedOperation']);
  });

  it('leaves open whether a cancel had its effect when the reply was lost, and sees it with the next look', async () => {
    for (const kind of ['reset', 'html', 'error'] as const) {
      const id = await seed();
      await simulator.fault({
        kind,
        afterEffect: true,
        match: { operation: 'CancelTask' },
        ...(kind === 'error' && { status: 503, code: 'ServiceUnavailable' }),
      });
      await assert.rejects(
        adapter.cancel({ taskNo: id }, { clientToken, signal }),
        isProviderError('unavailable'),
      );
      assert.equal(await state(id), 'canceling');
    }
    const id = await seed();
    await simulator.fault({
      kind: 'error',
      code: 'NetworkIOError',
      status: 400,
      afterEffect: true,
      match: { operation: 'CancelTask' },
    });
    await assert.rejects(
      adapter.cancel({ taskNo: id }, { clientToken, signal }),
      isProviderError('unavailable', 'NetworkIOError'),
    );
  });

  it('makes nothing of a row it cannot read', async () => {
    for (const body of ['wrongTypes', 'empty', 'truncated'] as const) {
      const id = await seed();
      await simulator.fault({ kind: 'malformed', body, match: { operation: 'QueryTaskList' } });
      await assert.rejects(look(id), isProviderError('unrecognized'), body);
    }
  });

  it('takes a word it does not know for no state', async () => {
    const seen = await look(await seed({ word: 'DREAMING' }));
    assert.deepEqual([seen.state, seen.rawState], ['unknown', 'DREAMING/DREAMING']);
  });

  for (const throttledAs of [
    'Throttling.User 400',
    'Throttling.Api 400',
    'Throttling 400',
    'Throttling 429',
    'Throttling 503',
  ]) {
    it(`knows ${throttledAs} for throttling, and neither for absence nor for an answer`, async () => {
      await switches({ throttledAs });
      const taskNo = await seed();
      await simulator.fault({ kind: 'throttle', retryAfterMs: 700, times: 'always' });
      const code = throttledAs.split(' ')[0];
      for (const ask of [() => look(taskNo), () => adapter.cancel({ taskNo }, { clientToken, signal })]) {
        await assert.rejects(ask(), (thrown: unknown) => {
          assert.ok(isProviderError('throttled', code)(thrown));
          assert.equal((thrown as ProviderError).context.retryAfterMs, 700);
          return true;
        });
      }
    });
  }

  it('makes one call for a check, and tells throttling and a wrong key', async () => {
    assert.ok((await adapter.check({ signal })).requestId);
    assert.equal((await simulator.summary()).totals.calls, 1);
    await simulator.fault({ kind: 'throttle', retryAfterMs: 700 });
    await assert.rejects(adapter.check({ signal }), (thrown: unknown) => {
      assert.ok(isProviderError('throttled', 'Throttling.User')(thrown));
      assert.equal((thrown as ProviderError).context.retryAfterMs, 700);
      return true;
    });
    process.env['DOMAIN_TEST_ID'] = cloud.credentials.alibaba.accessKeyId;
    process.env['DOMAIN_TEST_SECRET'] = 'wrong';
    const credentials = {
      accessKeyId: { env: 'DOMAIN_TEST_ID' },
      accessKeySecret: { env: 'DOMAIN_TEST_SECRET' },
    };
    const wrong = connect({ credentials });
    await assert.rejects(
      wrong.check({ signal }),
      isProviderError('unauthenticated', 'SignatureDoesNotMatch'),
    );
  });

  it('reads a row without a word on its cancel as active at most', async () => {
    const oldRow = { TaskNo: NOBODY, TaskNum: 1 };
    for (const [status, expected] of [
      ['WAITING_EXECUTE', 'active'],
      ['EXECUTING', 'active'],
      ['COMPLETE', 'unknown'],
    ]) {
      // As the list was documented before it had TaskCancelStatus, and with one task as a bare object.
      const endpoint = await answering(() => ({
        TotalItemNum: '1',
        Data: { TaskInfo: { ...oldRow, TaskStatus: status } },
      }));
      const made = connect({ endpoint });
      const [seen] = await made.observe([{ taskNo: NOBODY }], { signal });
      assert.equal(seen?.state, expected);
      assert.equal(seen?.rawState, `${status}/?`);
    }
  });

  it('says that a list is too long to be read, instead of reading until time is up', async () => {
    const endpoint = await answering(() => ({
      TotalItemNum: 30_001,
      Data: {
        TaskInfo: Array(100)
          .fill('a')
          .map((TaskNo) => ({ TaskNo })),
      },
    }));
    const made = connect({ endpoint });
    await assert.rejects(made.observe([{ taskNo: NOBODY }], { signal }), (thrown: unknown) => {
      assert.ok(isProviderError('invalid', 'TooManyTasks')(thrown));
      assert.match((thrown as Error).message, /30001 tasks.*createdOn/);
      return true;
    });
  });

  it('reads a list whose last page is a short one', async () => {
    const tasks = Array.from({ length: 301 }, (_, index) => row(`a${index}`));
    const endpoint = await answering((query) => {
      const start = (Number(query.get('PageNum')) - 1) * 100;
      return { TotalItemNum: tasks.length, Data: { TaskInfo: tasks.slice(start, start + 100) } };
    });
    const seen = await connect({ endpoint }).observe([{ taskNo: 'a300' }, { taskNo: NOBODY }], { signal });
    assert.deepEqual([seen[0]?.state, seen[1]?.state], ['active', 'absent']);
  });

  it('tells the rows it has read although the list moved, and of no task that it is absent', async () => {
    const endpoint = await answering(() => ({ TotalItemNum: 5, Data: { TaskInfo: [row('a'), row('b')] } }));
    const seen: (string | undefined)[] = [undefined, undefined, undefined];
    const onSeen = (index: number, observation: Observation) => void (seen[index] = observation.state);
    const tasks = ['b', NOBODY, 'a'].map((taskNo) => ({ taskNo }));
    await assert.rejects(
      connect({ endpoint }).observe(tasks, { signal, onSeen }),
      isProviderError('unavailable', 'ListMoved'),
    );
    assert.deepEqual(seen, ['active', undefined, 'active']);
  });

  it('ends although a list shows page after page of the same', async () => {
    const endpoint = await answering(() => ({
      TotalItemNum: 5,
      Data: { TaskInfo: [{ TaskNo: 'a' }, { TaskNo: 'b' }] },
    }));
    const made = connect({ endpoint });
    await assert.rejects(
      made.observe([{ taskNo: NOBODY }], { signal }),
      isProviderError('unavailable', 'ListMoved'),
    );
  });
});

type Order = 'newestFirst' | 'oldestFirst';
type Change = { readonly kind: string; readonly at: number };

/**
 * A list of pages of two that holds the wanted task all the time, and changes before each call: tasks are made, others
 * vanish, and one that is touched comes first.
 */
async function movingList(
  ahead: number,
  behind: number,
  order: Order,
  steps: readonly (readonly Change[])[],
) {
  const named = (prefix: string, count: number) =>
    Array.from({ length: count }, (_, index) => `${prefix}${index}`);
  const tasks = [...named('a', ahead), NOBODY, ...named('b', behind)];
  let calls = 0;
  const url = await answering((query) => {
    for (const { kind, at } of steps[calls] ?? []) {
      const index = at % tasks.length;
      if (kind === 'make')
        tasks.splice(order === 'newestFirst' ? 0 : tasks.length, 0, `c${calls}-${tasks.length}-${at}`);
      if (kind === 'remove' && tasks[index] !== NOBODY) tasks.splice(index, 1);
      if (kind === 'touch') tasks.unshift(...tasks.splice(index, 1));
    }
    calls += 1;
    const start = (Number(query.get('PageNum')) - 1) * 2;
    return { TotalItemNum: tasks.length, Data: { TaskInfo: tasks.slice(start, start + 2).map(row) } };
  });
  return { url, calls: () => calls };
}

const row = (TaskNo: string) => ({ TaskNo, TaskStatus: 'EXECUTING', TaskCancelStatus: 'INIT' });

/** A vendor that the simulator does not play. */
async function answering(answer: (query: URLSearchParams) => object): Promise<string> {
  const server: Server = createServer(({ url }, response) => {
    const body = answer(new URLSearchParams(url?.split('?')[1]));
    response.writeHead(200, { 'content-type': 'application/json' }).end(JSON.stringify(body));
  });
  await new Promise<void>((done) => server.listen(0, '127.0.0.1', done));
  opened.push({
    close: () => {
      server.close();
      server.closeAllConnections();
    },
  });
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}

function isProviderError(kind: string, code?: string) {
  return (thrown: unknown): boolean => {
    assert.ok(thrown instanceof ProviderError, String(thrown));
    assert.equal(thrown.kind, kind, `${thrown.code}: ${thrown.message}`);
    if (code !== undefined) assert.equal(thrown.code, code);
    return true;
  };
}
