import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { Share } from '../../contract/quota-share.js';
import { askedLedger, QUOTA, to3 } from './asked-ledger.js';

/** A bucket of four, and this rate. */
const PER_SECOND = 116.95 / 60;
/** A bucket of one: holders take turns. */
const NARROW = { calls: 19, perMs: 60_000 };
/** A bucket of 36, and room for many rates. */
const WIDE = { calls: 1_200, perMs: 60_000 };
const WIDE_PER_SECOND = 1_164.95 / 60;
/** A bucket of three, and a rate that brings less than two calls in the longest first share. */
const RARE = { calls: 100, perMs: 3_600_000 };
/** Of the rate while the pool is not full: the rest is for who comes. */
const KEPT = 0.95;

type Brief = [
  callsPerSecond: number,
  burst: number,
  startWith: number,
  validForMs: number,
  askAgainInMs: number,
];

const brief = (share: Share): Brief => [
  share.callsPerSecond,
  share.burst,
  share.startWith,
  share.validForMs,
  share.askAgainInMs,
];
const nothingFor = (askAgainInMs: number): Brief => [0, 0, 0, 10_000, askAgainInMs];

/** Two that have each heard of the half of a wide rate: the grants of the first are numbered 1, 3 and 4, that of the second is 5. */
function halves() {
  const world = askedLedger(WIDE);
  world.ask('a', 0);
  world.ask('b', 0);
  world.ask('a', 750, { acting: 1 });
  world.ask('a', 850, { acting: 3 });
  return { ...world, second: world.ask('b', 900, { acting: 2 }) };
}

describe('tokens that nobody holds', () => {
  it('are made at the rate that is free in each stretch of time, up to the size that is free', () => {
    const { ask, leave, operation } = askedLedger();
    const poolAt = (atMs: number) => {
      leave('nobody', atMs);
      return to3(operation().pool);
    };
    ask('a', 0);
    assert.deepEqual([operation().pool, poolAt(1_500)], [1, 1], 'all is held');
    assert.deepEqual([poolAt(2_000), poolAt(2_500)], [to3(1 + PER_SECOND / 2), to3(1 + PER_SECOND)]);
    assert.deepEqual([poolAt(4_500), poolAt(4_400)], [4, 4]);
  });

  it('are made anew as each share ends, whoever had the first', () => {
    const { ask, leave, operation } = askedLedger();
    ask('a', 0);
    ask('b', 0);
    ask('a', 750, { acting: 1 });
    ask('a', 850, { acting: 3 }); // Until 10,850 it has half of the size and 0.475 of the rate.
    ask('b', 900, { acting: 2 }); // And this one as much until 2,400: then half the size is free, and soon full.
    leave('nobody', 10_950);
    assert.equal(to3(operation().pool), to3(2.5 + PER_SECOND / 10));
  });

  it('stay when the vendor throttles and more is held than is left', () => {
    const { ask, leave, operation } = askedLedger();
    ask('a', 0);
    ask('b', 0, { demand: 0, throttled: { retryAfterMs: 0 } });
    leave('nobody', 1_000);
    assert.equal(operation().pool, 1);
  });

  it('are made more slowly after the vendor has throttled', () => {
    const { ask, leave, operation } = askedLedger();
    ask('a', 0, { throttled: { retryAfterMs: 0 } });
    leave('nobody', 1_500);
    assert.equal(operation().pool, 1);
    leave('nobody', 2_500);
    assert.equal(to3(operation().pool), to3(1 + PER_SECOND * (0.7 + (0.05 * 1_500) / QUOTA.perMs)));
  });

  it('are given with a first share alone, as many as there are', () => {
    const { ask, operation, second } = halves();
    const half = to3((WIDE_PER_SECOND / 2) * KEPT);
    const made = to3(((WIDE_PER_SECOND * (1 - KEPT / 2)) / 1_000) * 50);
    assert.deepEqual(brief(second), [half, 17.5, made, 1_500, 750]);
    assert.equal(operation().pool, 0);
    const twentieth = to3(WIDE_PER_SECOND * (1 - KEPT));
    assert.deepEqual(brief(ask('c', 900)), [twentieth, 1, 0, 2_061, 1_030.5]);
  });
});

describe('what the pool has', () => {
  it('goes to a newcomer but for one call, which is for the next, and whole to who needs the last of it', () => {
    const startsWith = (atMs: number) => {
      const { ask, leave, operation } = askedLedger(WIDE);
      ask('a', 0);
      leave('a', 0); // One call is left, and all of the rate makes more.
      leave('nobody', atMs);
      const before = operation().pool;
      const alone = ask('b', atMs).startWith;
      leave('b', atMs);
      return [to3(before), alone, ask('c', atMs).startWith];
    };
    assert.deepEqual(startsWith(500), [10.708, 9.708, 1]);
    assert.deepEqual(startsWith(20), [1.388, 1, 0.388]);
  });

  it('goes whole to one beside whom there is another', () => {
    const { ask, leave, operation } = askedLedger(WIDE);
    ask('a', 0);
    ask('b', 0);
    leave('a', 0);
    leave('nobody', 500);
    const before = to3(operation().pool);
    assert.deepEqual([before > 2, ask('c', 500).startWith], [true, before]);
  });
});

describe('a first share whose holder wants a call or two', () => {
  /** Two have a share; what is free is a twentieth of the rate, and nothing is in the pool. */
  function busy() {
    const { ask, leave } = askedLedger(WIDE);
    ask('a', 0, { demand: 9_000 });
    ask('b', 0, { demand: 1 });
    ask('a', 100, { demand: 9_000, acting: 1 });
    ask('a', 200, { demand: 9_000, acting: 3 });
    return { ask, leave };
  }

  it('is none where its first call would come later than one of the pool', () => {
    assert.deepEqual(brief(busy().ask('c', 200, { demand: 4 })), nothingFor(934));
    assert.deepEqual(brief(busy().ask('c', 200, { demand: 5 })), [0.5, 11.667, 0, 4_000, 2_000]);
  });

  it('is one where what is in the pool brings the first call soon enough', () => {
    const withSomeInPool = (demand: number) => {
      const { ask, leave } = busy();
      leave('nobody', 500);
      return brief(ask('c', 500, { demand }));
    };
    assert.deepEqual(withSomeInPool(3), nothingFor(634));
    assert.deepEqual(withSomeInPool(4), [0.4, 11.667, 0.321, 5_000, 2_500]);
  });

  it('is all that is free where there is no more, however late its first call', () => {
    const { ask } = askedLedger({ calls: 300, perMs: 60_000 });
    const one = { demand: 1 };
    for (const holder of ['a', 'b']) ask(holder, 0, one);
    ask('a', 100, { ...one, acting: 1 });
    ask('a', 200, { ...one, acting: 3 });
    ask('c', 200, one);
    assert.deepEqual(brief(ask('d', 200, one)), [0.456, 1.333, 0, 4_389, 2_194.5]);
  });
});

describe('a share that is renewed', () => {
  it('is asked for twice as often by few that want more as by one or many', () => {
    const renewals = (count: number) => {
      const { ask } = askedLedger({ calls: 1_000, perMs: 1_000 });
      const acting = new Map<string, number>();
      let askAgainInMs = 0;
      for (const atMs of [0, 300, 400, 500, 600, 700])
        for (const holder of ['a', 'b', 'c', 'd', 'e'].slice(0, count)) {
          const last = acting.get(holder);
          const share = ask(holder, atMs, { demand: 90_000, ...(last !== undefined && { acting: last }) });
          if (share.number !== undefined) acting.set(holder, share.number);
          askAgainInMs = share.askAgainInMs;
        }
      return askAgainInMs;
    };
    assert.deepEqual([1, 2, 4, 5].map(renewals), [1_000, 500, 500, 1_000]);
  });

  it('is used to its end where it is a fair one of what the vendor has left, and no new one is worth it', () => {
    const { ask } = askedLedger({ calls: 60, perMs: 180_000 });
    ask('a', 0);
    ask('b', 0);
    ask('a', 3_000, { acting: 1 });
    ask('a', 3_100, { acting: 3 });
    ask('b', 3_200);
    assert.deepEqual(brief(ask('b', 9_000, { acting: 5 })), [0.153, 1, 0, 10_000, 5_000]);
    ask('a', 9_100, { acting: 4, throttled: { retryAfterMs: 0 } });
    const rest = ask('b', 9_200, { acting: 6 });
    assert.deepEqual([rest.number, ...brief(rest)], [6, 0.153, 1, 0, 9_800, 9_800]);
  });

  it('counts no more as what it was, as soon as its holder has heard that it is less', () => {
    const { ask } = askedLedger();
    ask('a', 0);
    ask('b', 0);
    const half = to3((PER_SECOND / 2) * KEPT);
    assert.deepEqual(brief(ask('a', 750, { acting: 1 })), [half, 1.5, 0, 10_000, 100]);
    assert.equal(ask('b', 800, { acting: 2 }).callsPerSecond, 0, 'the first may not have heard');
    assert.deepEqual(brief(ask('a', 850, { acting: 1 })), [half, 1.5, 0, 10_000, 100]);
    assert.equal(ask('b', 900).callsPerSecond, 0, 'nor has it then');
    ask('a', 950, { acting: 3 });
    assert.equal(ask('b', 1_000).callsPerSecond, half);
  });

  it('is asked for again soon where it is less than its part', () => {
    const { ask } = halves();
    const { number } = ask('c', 900);
    assert.equal(ask('c', 1_900, { acting: number! }).askAgainInMs, 500);
  });

  it('is asked for when the vendor can be called again, and no sooner', () => {
    const { ask } = askedLedger({ calls: 1_000, perMs: 1_000 });
    ask('a', 0);
    assert.equal(ask('b', 10, { throttled: { retryAfterMs: 8_000 } }).askAgainInMs, 8_000);
    assert.equal(ask('a', 7_800).askAgainInMs, 500);
  });

  it('is none where there is a rate, and no room for a call', () => {
    const { ask } = halves();
    assert.deepEqual(
      [ask('c', 900, { demand: 5 }).burst, ask('d', 900, { demand: 5 }).callsPerSecond],
      [1, 0],
    );
  });

  it('is asked for again after its half where it is as much as its holder wants', () => {
    const { ask } = askedLedger({ calls: 20, perMs: 500 });
    ask('a', 0, { demand: 390 });
    assert.equal(ask('a', 750, { demand: 390, acting: 1 }).askAgainInMs, 5_000);
    const { askAgainInMs } = ask('a', 1_000, { demand: 391, acting: 2 });
    assert.equal(Math.round(askAgainInMs), 2_564); // 100 calls
  });

  it('is soon tried again where another took the most of it, and used to its end where it is a fair one', () => {
    const { ask } = askedLedger({ calls: 200, perMs: 1_000 });
    const numbers: Record<string, number> = {};
    const renewed = (holder: string, atMs: number, demand = 9_000) => {
      const acting = numbers[holder];
      const share = ask(holder, atMs, { demand, ...(acting !== undefined && { acting }) });
      if (share.number !== undefined) numbers[holder] = share.number;
      return share;
    };
    for (const atMs of [0, 300, 400, 500]) for (const holder of ['a', 'b']) renewed(holder, atMs);
    assert.deepEqual(
      [renewed('a', 600), renewed('b', 600)].map(({ burst }) => burst),
      [2.5, 2.5],
    );
    renewed('b', 1_000, 1);
    renewed('b', 1_100, 1);
    renewed('a', 1_200);
    const { callsPerSecond, askAgainInMs } = renewed('b', 1_300);
    assert.deepEqual([callsPerSecond, askAgainInMs], [0.1, 513]);
  });

  it('leaves those before it in force that last longer or allow more, and no others', () => {
    const numbers = ({ operation }: Pick<ReturnType<typeof askedLedger>, 'operation'>, holder = 'a') =>
      operation().claims[holder]!.grants.map(({ number }) => number);

    const same = askedLedger();
    for (const atMs of [0, 750, 750]) same.ask('a', atMs);
    assert.deepEqual(numbers(same), [3]);

    const longer = askedLedger({ calls: 19, perMs: 185_000 });
    assert.equal(longer.ask('a', 0).validForMs, 19_974);
    longer.ask('a', 100);
    assert.deepEqual(numbers(longer), [1, 2]);
    longer.leave('nobody', 10_100);
    assert.deepEqual(numbers(longer), [1]);

    const faster = askedLedger();
    faster.ask('a', 0);
    faster.ask('a', 750, { throttled: { retryAfterMs: 0 } });
    assert.deepEqual(numbers(faster), [1, 2]);

    const larger = askedLedger(WIDE);
    larger.ask('a', 0, { demand: 100_000 });
    larger.ask('b', 0, { demand: 10 });
    larger.ask('a', 100, { demand: 100_000, acting: 1 });
    larger.ask('a', 200, { demand: 100_000, acting: 3 });
    const before = larger.ask('b', 200, { demand: 10, acting: 2 });
    assert.deepEqual(brief(before), [1, 17.5, 0, 2_000, 1_000]);
    larger.ask('c', 200, { demand: 5 });
    const after = larger.ask('b', 300, { demand: 100, acting: before.number! });
    assert.deepEqual([after.callsPerSecond > 1, after.burst], [true, to3(35 / 3)]);
    assert.deepEqual(numbers(larger, 'b'), [5, 7]);
  });

  it('is less by what the vendor throttled', () => {
    const { ask } = askedLedger();
    const throttled = { retryAfterMs: 0 };
    assert.deepEqual(brief(ask('a', 0, { throttled })), [to3(PER_SECOND * 0.7), 3, 3, 1_500, 750]);
    ask('b', 0);
    const pace = 0.7 + (0.05 * 750) / QUOTA.perMs;
    assert.equal(ask('a', 750).callsPerSecond, to3((PER_SECOND / 2) * KEPT * pace));
  });
});

describe('more holders than the bucket has room for', () => {
  it('have it one after the other, for those first that were without for longest', () => {
    const { ask } = askedLedger(NARROW);
    const all = to3(18.525 / 60);
    assert.deepEqual(brief(ask('a', 0)), [all, 1, 1, 6_478, 3_239]);
    assert.deepEqual(brief(ask('b', 0)), nothingFor(6_478));
    assert.deepEqual(brief(ask('c', 0)), nothingFor(6_478));
    const rest = ask('a', 3_000, { acting: 1 });
    assert.deepEqual([rest.number, ...brief(rest)], [1, all, 1, 0, 3_478, 3_478]);
    assert.deepEqual(brief(ask('a', 6_478)), nothingFor(9_717)); // Three calls are made by then.
    assert.deepEqual(brief(ask('b', 6_478)), [all, 1, 0, 6_578, 6_578]);
  });

  it('have turns of five seconds, shorter where all would not have one in fifteen, that end after a call', () => {
    const quota = { calls: 19, perMs: 1_000 };
    const perMs = 18.525 / 1_000;
    const turnAt = (atMs: number, others: readonly string[]) => {
      const { ask } = askedLedger(quota);
      for (const holder of ['a', ...others]) ask(holder, 0);
      return brief(ask('b', atMs));
    };
    const rest = [1_000 * perMs, 1] as const;
    const calls = (count: number, startWith: number): Brief => {
      const validForMs = Math.ceil((count - startWith) / perMs) + 100;
      return [...rest, to3(startWith), validForMs, validForMs];
    };
    assert.deepEqual(turnAt(1_500, ['b']), calls(92, 0)); // 5,000 ms bring 92.6
    assert.deepEqual(turnAt(1_510, ['b']), calls(92, 10 * perMs));
    assert.deepEqual(turnAt(1_500, ['b', 'c', 'd', 'e', 'f']), calls(55, 0)); // 3,000 ms bring 55.6
  });

  it('renew no share while more wait than there is room for beside those that have one', () => {
    const { ask } = askedLedger();
    ask('a', 0);
    for (const holder of ['b', 'b', 'c', 'd']) ask(holder, 0); // The first has used its only call.
    const quarter = to3((PER_SECOND / 4) * KEPT);
    assert.equal(ask('a', 750, { acting: 1 }).callsPerSecond, quarter);
    ask('e', 750);
    const rest = ask('a', 850, { acting: 2 });
    assert.deepEqual([rest.number, rest.callsPerSecond, rest.validForMs], [3, quarter, 9_900]);
  });

  it('take turns beside those that have a share', () => {
    const { ask } = askedLedger();
    for (const holder of ['a', 'b', 'c', 'd', 'e']) ask(holder, 0);
    // One has a call until 2,000; of the four that wait there is room for three.
    const quarter = (PER_SECOND / 4) * KEPT;
    assert.deepEqual(brief(ask('a', 1_500)), nothingFor(500));
    assert.deepEqual(brief(ask('c', 1_500)), [to3(quarter), 1, 0, 4_421, 4_421]);
  });

  it('forget none whose share lasts, however long that is', () => {
    const { ask, leave, operation } = askedLedger({ calls: 19, perMs: 185_000 });
    ask('b', 0);
    ask('a', 0);
    assert.equal(ask('a', 19_974).validForMs, 20_074);
    leave('nobody', 40_047);
    assert.deepEqual(Object.keys(operation().claims), ['a']);
    leave('nobody', 40_048);
    assert.deepEqual(operation().claims, {});
  });
});

describe('where no rate is worth it', () => {
  it('all the calls that there are go to one that is alone, and to several evenly', () => {
    const alone = askedLedger(RARE);
    assert.deepEqual(brief(alone.ask('a', 0)), [0, 3, 3, 2_000, 10_000]);

    const { ask } = askedLedger(RARE);
    ask('a', 0, { throttled: { retryAfterMs: 1_000 } });
    ask('b', 0);
    ask('c', 0);
    assert.deepEqual(brief(ask('a', 1_000)), [0, 1, 1, 2_000, 10_000]);
    assert.deepEqual(brief(ask('b', 1_000)), [0, 1, 1, 2_000, 2_000]);
    assert.deepEqual(brief(ask('c', 1_000)), [0, 1, 1, 2_000, 2_000]);
  });

  it('begins where the longest first share brings less than two', () => {
    assert.deepEqual(
      brief(askedLedger({ calls: 20, perMs: 195_000 }).ask('a', 0)),
      [0.1, 1, 1, 20_000, 10_000],
    );
    assert.equal(askedLedger({ calls: 20, perMs: 195_001 }).ask('a', 0).callsPerSecond, 0);
  });

  it('it is tried again when the next call is due', () => {
    const { ask } = askedLedger(RARE);
    ask('a', 0);
    // Those three count until 2,000; then one is made in 36,923 ms.
    assert.deepEqual(brief(ask('a', 33_000)), nothingFor(5_924));
  });

  it('it is tried again when a share ends, for each that waits another', () => {
    const { ask } = askedLedger();
    for (const holder of ['a', 'b']) ask(holder, 0);
    const waits = ['c', 'd', 'e'].map((holder) => ask(holder, 0).askAgainInMs);
    assert.deepEqual(waits, [1_500, 2_000, 2_000]);
    ask('a', 750, { acting: 1 });
    const again = ['c', 'd'].map((holder) => ask(holder, 750).askAgainInMs);
    assert.deepEqual(again, [750, 1_250]);
  });

  it('it is tried again when one that has more than its part has given it up, or the share that ends first has ended', () => {
    const { ask } = askedLedger();
    ask('a', 0);
    ask('a', 750, { acting: 1 }); // It asks again at 5,750.
    assert.deepEqual(brief(ask('b', 751)), [0, 1, 1, 2_000, 5_149]);
    assert.deepEqual(brief(ask('c', 751)), nothingFor(2_000));
  });

  it('another is waited for that has more than its part, until it has said so or is late', () => {
    const { ask } = askedLedger({ calls: 200, perMs: 1_000 });
    const again = (holder: string, atMs: number) => ask(holder, atMs, { demand: 9_000 }).askAgainInMs;
    ask('a', 0, { demand: 9_000 });
    ask('a', 300, { demand: 9_000, acting: 1 }); // It asks again at 1,300.
    assert.equal(again('b', 400), 513, 'its part would have been 50 calls');
    assert.deepEqual([again('b', 1_000), again('c', 1_300)], [450, 150], 'the first has said so');
    assert.equal(again('d', 1_400), 150, 'it will have said so by then');
    assert.equal(again('e', 1_500), 1_283, 'the first is late: it may be gone');
  });

  it('one that has two shares has ended when the longer one has', () => {
    const { ask } = askedLedger();
    ask('a', 0);
    ask('b', 0);
    ask('a', 750, { acting: 1 });
    assert.equal(ask('c', 751).askAgainInMs, 1_249);
  });

  it('goes by the tightest quota, wherever it stands', () => {
    const { ask, operation } = askedLedger();
    const tight = { calls: 60, perMs: 60_000 };
    ask('a', 0, { quota: tight });
    ask('b', 0);
    assert.deepEqual(operation().quota, tight);
    assert.notDeepEqual(operation().quota, QUOTA);
  });
});
