import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { AskRate } from '../../activities/ask-rate.js';
import { passTimeFast } from './pass-time-fast.js';

const NEVER = new AbortController().signal;
const A_MINUTE = 60_000;
/** Of ten a second. */
const INTERVAL_MS = 100;
/** What a timer of nothing takes; the turns after it are counted from where it began. */
const AT_ONCE = 1;
const free = () => Promise.resolve(true);
const none = () => Promise.resolve(false);

/** Asks for `count` turns at once; when each came, counted from now, or that it did not. */
async function turns(rate: AskRate, count: number, endsAfterMs = A_MINUTE, slot = free) {
  const beganMs = performance.now();
  return Promise.all(
    Array.from({ length: count }, async () => {
      const isMine = await rate.turn(beganMs + endsAfterMs, NEVER, slot);
      return isMine ? performance.now() - beganMs : ('never' as const);
    }),
  );
}

describe('the asks of an Activity', () => {
  passTimeFast();

  it('are as many as there are slots where there is no limit', async () => {
    const rate = new AskRate(undefined);
    assert.deepEqual([await turns(rate, 3), await turns(rate, 1, A_MINUTE, none)], [[0, 0, 0], ['never']]);
    assert.equal(rate.notBeforeMs, undefined);
  });

  it('are made at their rate, the first at once, in the order they came', async () => {
    assert.deepEqual(await turns(new AskRate(10), 4), [
      AT_ONCE,
      INTERVAL_MS,
      2 * INTERVAL_MS,
      3 * INTERVAL_MS,
    ]);
  });

  it('go on where the Activity before them has left off, and say where they leave off themselves', async () => {
    const rate = new AskRate(10, Date.now() + 250);
    assert.equal(rate.notBeforeMs, Date.now() + 250);
    assert.deepEqual(await turns(rate, 2), [250, 350]);
    assert.equal(rate.notBeforeMs, Date.now() + INTERVAL_MS);
    assert.deepEqual(await turns(new AskRate(10, Date.now() - A_MINUTE), 2), [AT_ONCE, INTERVAL_MS]);
    assert.equal(new AskRate(10, 5.4).notBeforeMs, Date.now());
  });

  it('save up no turn while there is nothing to ask', async () => {
    const rate = new AskRate(10);
    await turns(rate, 1);
    await sleep(10 * INTERVAL_MS);
    assert.deepEqual(await turns(rate, 3), [AT_ONCE, INTERVAL_MS, 2 * INTERVAL_MS]);
  });

  it('are not made once asking is over, and nobody waits for longer', async () => {
    const rate = new AskRate(10);
    const beganMs = performance.now();
    let slots = 0;
    const counted = () => Promise.resolve((slots += 1) > 0);
    assert.deepEqual(await turns(rate, 3, 2 * INTERVAL_MS, counted), [AT_ONCE, INTERVAL_MS, 'never']);
    assert.equal(performance.now() - beganMs, 2 * INTERVAL_MS);
    assert.equal(slots, 2, 'none is taken for a turn that does not come');
    assert.equal(rate.notBeforeMs, Date.now(), 'the turn is the next Activity’s');
  });

  it('are given up with their signal, and those behind them come in their place', async () => {
    const rate = new AskRate(10);
    await turns(rate, 1);
    const stopped = new AbortController();
    const beganMs = performance.now();
    let slots = 0;
    const given = rate.turn(beganMs + A_MINUTE, stopped.signal, () => Promise.resolve((slots += 1) > 0));
    const behind = turns(rate, 1);
    setTimeout(() => stopped.abort(), 30);
    assert.equal(await given, false);
    assert.deepEqual([performance.now() - beganMs, slots], [30, 0]);
    assert.deepEqual(await behind, [INTERVAL_MS - AT_ONCE]);
  });

  it('count their time from when they have a slot, and one that gets none costs no turn', async () => {
    const rate = new AskRate(10);
    const slow = async () => {
      await sleep(70);
      return true;
    };
    assert.deepEqual(await turns(rate, 2, A_MINUTE, slow), [AT_ONCE + 70, 70 + INTERVAL_MS + 70]);
    await sleep(INTERVAL_MS);
    assert.deepEqual(await turns(rate, 1, A_MINUTE, none), ['never']);
    assert.deepEqual(await turns(rate, 2), [AT_ONCE, INTERVAL_MS]);
  });
});
