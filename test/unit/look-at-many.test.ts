import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { setImmediate as otherWork } from 'node:timers/promises';
import fc from 'fast-check';
import { lookAtMany, type LookResult, type ManyLooks } from '../../activities/look-at-many.js';
import type { Observation } from '../../contract/observation.js';
import { ProviderError, type TaskIds } from '../../providers/provider.js';

const { signal } = new AbortController();

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
const told = (result: LookResult) => (result instanceof ProviderError ? result.code : result.rawState);

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
          const seen = new Map<number, LookResult>();
          const onSeen = (index: number, result: LookResult) => {
            assert.ok(!seen.has(index), 'told twice');
            seen.set(index, result);
          };
          const tasks = tasksOf(count, systems);
          const results = await lookAtMany(tasks, { signal, onSeen }, looks);
          assert.deepEqual(
            results.map(told),
            tasks.map(({ id = '' }) => (poisoned.has(id) ? 'Poisoned' : id)),
          );
          assert.deepEqual(
            results,
            tasks.map((_, place) => seen.get(place)),
          );
          assert.ok(mostAtOnce() <= 3, `${mostAtOnce()} calls at once`);
        },
      ),
    );
  });

  it('are as few calls as the vendor allows, a few at once', async () => {
    const { looks, calls, mostAtOnce } = vendor({ batchSize: 50, callsAtOnce: 2 });
    await lookAtMany(tasksOf(500), { signal }, looks);
    assert.equal(calls.length, 10);
    assert.equal(mostAtOnce(), 2);
  });

  it('find the poisoned one among fifty in a dozen calls', async () => {
    const { looks, calls } = vendor({ batchSize: 50, poisoned: new Set(['t33']) });
    await lookAtMany(tasksOf(50), { signal }, looks);
    assert.ok(calls.length <= 13, `${calls.length} calls`);
  });

  it('that fail for another reason are not repeated, and keep what was seen before', async () => {
    const { looks, calls } = vendor({ poisoned: new Set(['t3']), tells: true, kind: 'unavailable' });
    const results = await lookAtMany(tasksOf(20), { signal }, looks);
    assert.equal(calls.length, 2);
    assert.deepEqual(results.slice(0, 3).map(told), ['t0', 't1', 't2']);
    assert.deepEqual(results.slice(3, 10).map(told), Array(7).fill('Poisoned'));
    assert.deepEqual(
      results.slice(10).map(told),
      tasksOf(20)
        .slice(10)
        .map(({ id }) => id),
    );
  });

  it('make no more calls after a bug, and say so', async () => {
    const { looks, calls } = vendor({ batchSize: 1, callsAtOnce: 1 });
    const look = (...args: Parameters<ManyLooks['look']>) =>
      looks.look(...args).then((seen) => (calls.length === 3 ? Promise.reject(new TypeError('bug')) : seen));
    await assert.rejects(lookAtMany(tasksOf(20), { signal }, { ...looks, look }), TypeError);
    await otherWork();
    assert.equal(calls.length, 3);
    const silent = () => Promise.resolve([]);
    await assert.rejects(
      lookAtMany(tasksOf(1), { signal }, { ...looks, look: silent }),
      /bug of the adapter/,
    );
  });
});
