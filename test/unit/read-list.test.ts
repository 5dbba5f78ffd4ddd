import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { LaneFiller } from '../../activities/lane-filler.js';
import { readList } from '../../activities/read-list.js';
import { LANE_SIZE, LONGEST_TARGET } from '../../contract/campaign.js';
import { ProviderError, type ListedTask, type TaskPage } from '../../providers/provider.js';

const FIELDS = [{ name: 'taskId', description: 'an id', pattern: /^.*$/, maxLength: 9, example: '1' }];

const listed = (id: number): ListedTask => ({
  task: { taskId: String(id) },
  observation: { state: 'active', rawState: 'RUNNING', observedAt: '2026-11-21T00:00:00Z' },
  states: ['RUNNING'],
});

/** A list whose pages are counted from its beginning: the worst that a vendor may have. */
class CountedList {
  calls = 0;
  readings = 0;

  constructor(
    public ids: number[],
    private readonly size: number,
    /** What becomes of it right after each call. */
    private readonly change: (list: CountedList) => void = () => {},
  ) {}

  page(token: string | undefined): Promise<TaskPage> {
    if (token === undefined) this.readings += 1;
    const from = Number(token ?? 0);
    const ids = this.ids.slice(from, from + this.size);
    const next = from + ids.length < this.ids.length ? { next: String(from + ids.length) } : {};
    this.calls += 1;
    this.change(this);
    return Promise.resolve({ tasks: ids.map(listed), ...next });
  }
}

async function gather(
  list: CountedList,
  onSeen: (reading: number, id: number) => void = () => {},
): Promise<string[]> {
  const paths: string[] = [];
  const filler = new LaneFiller({ fields: FIELDS }, (lane) => {
    assert.ok(lane.length <= LANE_SIZE);
    paths.push(...lane);
    return Promise.resolve();
  });
  await readList(
    (token) => list.page(token),
    (tasks) => {
      for (const { task } of tasks) onSeen(list.readings, Number(task['taskId']));
      return filler.take(tasks);
    },
  );
  await filler.flush();
  assert.deepEqual([filler.targets, filler.lanes], [paths.length, Math.ceil(paths.length / LANE_SIZE)]);
  return paths;
}

const ids = fc.uniqueArray(fc.nat(5_000), { maxLength: 1_200, size: 'max' });
const size = fc.integer({ min: 1, max: 120 });

describe('a list of tasks', () => {
  it('is read without losing or doubling one, whatever its length and its pages', async () => {
    await fc.assert(
      fc.asyncProperty(ids, size, async (all, pageSize) => {
        const paths = await gather(new CountedList(all, pageSize));
        assert.deepEqual(paths, all.map(String));
      }),
    );
  });

  it('loses none of those that stay, though others leave it and come while it is read', async () => {
    const places = fc.array(fc.nat(), { maxLength: 100, size: 'max' });
    let slips = 0;
    await fc.assert(
      fc.asyncProperty(ids, size, places, places, async (all, pageSize, leave, come) => {
        const gone = new Set<number>();
        const seenFirst = new Set<number>();
        const list = new CountedList([...all], pageSize, (each) => {
          if (each.readings > 1) return;
          const [out, into] = [leave[each.calls], come[each.calls]];
          if (out !== undefined && each.ids.length > 0) {
            const [id = 0] = each.ids.splice(out % each.ids.length, 1);
            gone.add(id);
          }
          if (into !== undefined) each.ids.splice(into % (each.ids.length + 1), 0, 10_000 + each.calls);
        });
        const paths = await gather(list, (reading, id) => reading === 1 && seenFirst.add(id));
        assert.equal(new Set(paths).size, paths.length, 'doubled');
        for (const id of all.filter((each) => !gone.has(each))) {
          assert.ok(paths.includes(String(id)), `${id} was lost`);
          if (!seenFirst.has(id)) slips += 1;
        }
      }),
    );
    assert.ok(slips > 0, 'no task slipped through a reading: nothing was tried');
  });

  it('is read once where it is one page, and twice where nothing is new the second time', async () => {
    const short = new CountedList([1, 2, 3], 3);
    await gather(short);
    assert.equal(short.calls, 1);
    const long = new CountedList([1, 2, 3, 4], 3);
    await gather(long);
    assert.equal(long.calls, 4);
  });

  it('is not ended by an error, nor by a page that comes again', async () => {
    const list = new CountedList([1, 2, 3, 4, 5], 2, ({ calls }) => {
      if (calls === 2) throw new ProviderError('unrecognized', 'Odd', 'odd');
    });
    await assert.rejects(gather(list), { code: 'Odd' });
    const round = () => Promise.resolve({ tasks: [], next: 'again' });
    await assert.rejects(
      readList(round, () => Promise.resolve(false)),
      { kind: 'unrecognized', code: 'RepeatedPage' },
    );
  });

  it('is given up where it never ends, though each page is called something else', async () => {
    let pages = 0;
    const more = () => Promise.resolve({ tasks: [], next: String(++pages) });
    await assert.rejects(
      readList(more, () => Promise.resolve(false)),
      { kind: 'unrecognized', code: 'EndlessList' },
    );
  });

  it('is not loaded with what no lane can hold', async () => {
    const filler = new LaneFiller({ fields: FIELDS }, () => Promise.resolve());
    for (const taskId of ['1'.repeat(10), '\ud800'])
      await assert.rejects(filler.take([{ ...listed(1), task: { taskId } }]), {
        name: 'ProviderError',
        kind: 'unrecognized',
        code: 'UnusableId',
      });
    assert.equal(filler.targets, 0);
  });

  it('is not loaded with a path that a lane refuses, though each id is of an allowed length', async () => {
    const fields = FIELDS.map((field) => ({ ...field, maxLength: LONGEST_TARGET }));
    const filler = new LaneFiller({ fields }, () => Promise.resolve());
    // Each sign is nine characters of a path.
    const taskIdOf = (signs: number) => ({ ...listed(1), task: { taskId: '目'.repeat(signs) } });
    const longest = Math.floor(LONGEST_TARGET / 9);
    await filler.take([taskIdOf(longest)]);
    await assert.rejects(filler.take([taskIdOf(longest + 1)]), {
      name: 'ProviderError',
      kind: 'unrecognized',
      code: 'UnusableId',
    });
    await filler.flush();
    assert.equal(filler.targets, 1);
  });
});
