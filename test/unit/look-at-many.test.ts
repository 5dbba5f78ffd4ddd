import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { setImmediate as otherWork } from 'node:timers/promises';
import { inspect } from 'node:util';
import { DefaultLogger } from '@temporalio/worker';
import fc from 'fast-check';
import { adapterErrors } from '../../activities/adapter-errors.js';
import { lookAtMany, type LookResult, type ManyLooks } from '../../activities/look-at-many.js';
import type { Observation } from '../../contract/observation.js';
import { ProviderError, type TaskIds } from '../../providers/provider.js';

const { signal } = new AbortController();
const logged: unknown[] = [];
const logger = new DefaultLogger('ERROR', (entry) => logged.push(entry));

interface VendorOptions {
  readonly batchSize?: number;
  readonly callsAtOnce?: number;
  /** Whoever asks for one of these gets an error for the whole call. */
  readonly poisoned?: ReadonlySet<string>;
  /** Tells of each task that comes before the poisoned one. */
  readonly tells?: boolean;
  readonly kind?: ProviderError['kind'];
}

/** A vendor that answers a look for all of its tasks, or fails it for one. */
function vendor(options: VendorOptions) {
  const { batchSize = 10, callsAtOnce = 3, poisoned, tells = false, kind = 'invalid' } = options;
  const calls: string[][] = [];
  let atOnce = 0;
  let mostAtOnce = 0;
  const looks: ManyLooks = {
    batchSize,
    callsAtOnce,
    keyOf: ({ system }) => system ?? '',
    told: adapterErrors(logger, {}),
    async look(tasks, { onSeen }) {
      const ids = tasks.map(({ id }) => id ?? '');
      assert.ok(ids.length > 0 && ids.length <= batchSize, `${ids.length} tasks in a call`);
      assert.equal(new Set(tasks.map(({ system }) => system)).size, 1, 'tasks of different keys in a call');
      calls.push(ids);
      mostAtOnce = Math.max(mostAtOnce, (atOnce += 1));
      await otherWork();
      atOnce -= 1;
      for (const [index, id] of ids.entries()) {
        if (poisoned?.has(id) === true) throw new ProviderError(kind, 'Poisoned', `of ${ids.length}`);
        if (tells) onSeen?.(index, observationOf(id));
      }
      return ids.map(observationOf);
    },
  };
  return { looks, calls, mostAtOnce: () => mostAtOnce };
}

const observationOf = (id: string): Observation => ({ state: 'active', rawState: id, observedAt: '' });
const tasksOf = (count: number, systems = 1): TaskIds[] =>
  Array.from({ length: count }, (_, n) => ({ system: `fs-${n % systems}`, id: `t${n}` }));
const word = (result: LookResult) => (result instanceof ProviderError ? result.code : result.rawState);

describe('looks at many tasks of a campaign', () => {
  it('have a result for each, in order, and a poisoned one spoils none of the others', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.integer({ min: 0, max: 120 }),
        fc.integer({ min: 1, max: 4 }),
        fc.array(fc.nat(119), { maxLength: 6 }),
        fc.integer({ min: 1, max: 50 }),
        fc.boolean(),
        fc.constantFrom('invalid' as const, 'unrecognized' as const),
        async (count, systems, bad, batchSize, tells, kind) => {
          const poisoned = new Set(bad.map((n) => `t${n}`));
          const { looks, mostAtOnce } = vendor({ batchSize, poisoned, tells, kind });
          const tasks = tasksOf(count, systems);
          const results = await lookAtMany(tasks, signal, looks);
          assert.deepEqual(
            results.map(word),
            tasks.map(({ id = '' }) => (poisoned.has(id) ? 'Poisoned' : id)),
          );
          assert.ok(mostAtOnce() <= 3, `${mostAtOnce()} calls at once`);
        },
      ),
    );
  });

  it('are as few calls as the vendor allows, a few at once', async () => {
    const { looks, calls, mostAtOnce } = vendor({ batchSize: 50, callsAtOnce: 2 });
    await lookAtMany(tasksOf(500), signal, looks);
    assert.equal(calls.length, 10);
    assert.equal(mostAtOnce(), 2);
  });

  it('find the poisoned one among fifty in a dozen calls', async () => {
    const { looks, calls } = vendor({ batchSize: 50, poisoned: new Set(['t33']) });
    await lookAtMany(tasksOf(50), signal, looks);
    assert.ok(calls.length <= 13, `${calls.length} calls`);
  });

  it('that fail for another reason are not repeated, and keep what was seen before', async () => {
    const { looks, calls } = vendor({ poisoned: new Set(['t3']), tells: true, kind: 'unavailable' });
    const results = await lookAtMany(tasksOf(20), signal, looks);
    assert.equal(calls.length, 2);
    assert.deepEqual(results.slice(0, 3).map(word), ['t0', 't1', 't2']);
    assert.deepEqual(results.slice(3, 10).map(word), Array(7).fill('Poisoned'));
    assert.deepEqual(
      results.slice(10).map(word),
      tasksOf(20)
        .slice(10)
        .map(({ id }) => id),
    );
  });

  it("meet an adapter's bug with one task, go on with the others, and have it in the log once", async () => {
    logged.length = 0;
    const { looks } = vendor({ batchSize: 10, callsAtOnce: 2 });
    const look: ManyLooks['look'] = async (tasks, options) => {
      if (tasks.some(({ id }) => id === 't7' || id === 't12')) throw new TypeError('secret');
      return looks.look(tasks, options);
    };
    const results = await lookAtMany(tasksOf(20), signal, { ...looks, look });
    const wrong = results.flatMap((result) => (result instanceof ProviderError ? [result] : []));
    assert.deepEqual(
      results.flatMap((result, place) => (word(result) === 'AdapterBug' ? [place] : [])),
      [7, 12],
    );
    assert.equal(wrong[0]?.kind, 'unrecognized');
    assert.match(wrong[0].message, /\(TypeError\): a bug/);
    const said = inspect([wrong.map(({ message }) => message), logged], { depth: 9 });
    assert.match(said, /look-at-many\.test/);
    assert.doesNotMatch(said, /secret/);
    assert.equal(logged.length, 1);
  });

  it('are not told of by silence', async () => {
    const { looks } = vendor({});
    const silent = () => Promise.resolve([]);
    const results = await lookAtMany(tasksOf(1), signal, { ...looks, look: silent });
    assert.deepEqual(results.map(word), ['AdapterBug']);
  });
});
