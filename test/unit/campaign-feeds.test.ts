import assert from 'node:assert/strict';
import { EventEmitter, on } from 'node:events';
import { test } from 'node:test';
import { CampaignFeeds, type SeenCampaign } from '../../api/campaign-feeds.js';
import { NoWorkerError, type LiveProgress, type WatchOptions } from '../../client/index.js';

const never = new AbortController().signal;

function progress(canceled: number, more: Partial<LiveProgress> = {}): LiveProgress {
  return {
    id: 'spring',
    phase: 'running',
    reason: 'a test',
    createdAtMs: 0,
    targets: 9,
    states: { canceled, waiting: 9 - canceled },
    calls: { asks: canceled, looks: 0, throttled: 0 },
    connections: [],
    lanes: { numbers: [1], running: [1], ended: 0 },
    problems: [],
    stalled: [],
    atMs: 0,
    ...more,
  };
}

/** A campaign whose looks are told by the test. */
class Told {
  readonly #looks = new EventEmitter();
  watchers = 0;

  look(seen: LiveProgress | Error): void {
    this.#looks.emit('look', seen);
  }

  async *watch({ signal }: WatchOptions = {}): AsyncGenerator<LiveProgress> {
    this.watchers += 1;
    try {
      for await (const [seen] of on(this.#looks, 'look', { ...(signal && { signal }) })) {
        if (seen instanceof Error) throw seen;
        yield seen as LiveProgress;
        if ((seen as LiveProgress).phase === 'ended') return;
      }
    } catch (thrown) {
      if (signal?.aborted !== true) throw thrown;
    } finally {
      this.watchers -= 1;
    }
  }
}

const settled = () => new Promise((resolve) => setImmediate(resolve));
const countOf = ({ progress: { states } }: SeenCampaign) => states.canceled;

test('a campaign is watched once for all who follow it, and no longer than somebody does', async () => {
  const told = new Told();
  const feeds = new CampaignFeeds(() => told);
  const stop = new AbortController();
  const one = feeds.follow('spring', never);
  const other = feeds.follow('spring', stop.signal);
  const firsts = [one.next(), other.next()];
  await settled();
  told.look(progress(1));
  assert.deepEqual(
    (await Promise.all(firsts)).map(({ value }) => countOf(value as SeenCampaign)),
    [1, 1],
  );
  assert.equal(told.watchers, 1);

  const rest = other.next();
  stop.abort();
  assert.equal((await rest).done, true);
  assert.deepEqual([told.watchers, feeds.size], [1, 1]);
  await one.return(undefined);
  await settled();
  assert.deepEqual([told.watchers, feeds.size], [0, 0]);
});

test('who is slow gets the newest state, and none of those between', async () => {
  const told = new Told();
  const follower = new CampaignFeeds(() => told).follow('spring', never);
  const first = follower.next();
  await settled();
  told.look(progress(1));
  await first;
  for (const canceled of [2, 3, 4]) told.look(progress(canceled));
  told.look(progress(5, { phase: 'ended', end: 'done' }));
  await settled();
  const last = await follower.next();
  assert.equal(countOf(last.value as SeenCampaign), 5);
  assert.equal((await follower.next()).done, true);
});

test('a version is that of the state, whoever looks and when', async () => {
  const seen: string[] = [];
  const trouble = { subject: 'lane', code: 'Timeout', message: 'too slow' };
  const looks = [
    progress(1, { atMs: 1, stalled: [{ ...trouble, atMs: 1 }] }),
    progress(1, { atMs: 2, stalled: [{ ...trouble, atMs: 2 }] }),
    progress(2, { atMs: 2, stalled: [{ ...trouble, atMs: 2 }] }),
    progress(1, { noWorker: true }),
    progress(1),
  ];
  for (const look of looks) {
    const told = new Told();
    const follower = new CampaignFeeds(() => told).follow('spring', never);
    const first = follower.next();
    await settled();
    told.look(look);
    seen.push(((await first).value as SeenCampaign).version);
    await follower.return(undefined);
  }
  assert.equal(seen[0], seen[1]);
  assert.equal(new Set(seen).size, 4);
});

test('what ends the watching is told to all, and who comes later begins anew', async () => {
  const told = new Told();
  const feeds = new CampaignFeeds(() => told);
  const both = [feeds.follow('spring', never).next(), feeds.follow('spring', never).next()];
  await settled();
  told.look(new NoWorkerError('campaign/spring'));
  for (const each of both) await assert.rejects(each, NoWorkerError);
  const later = feeds.follow('spring', never).next();
  await settled();
  told.look(progress(3));
  assert.equal(countOf((await later).value as SeenCampaign), 3);
});
