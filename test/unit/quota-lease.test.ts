import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { CallQueue } from '../../activities/call-queue.js';
import { HeldBackError } from '../../activities/held-back-error.js';
import { LeasedPace } from '../../activities/leased-pace.js';
import { QuotaLease } from '../../activities/quota-lease.js';
import type { RefusedCredential } from '../../contract/credential-turn.js';
import type { LeaseAnswer } from '../../contract/quota-share.js';
import { ledgerKeeper } from './ledger-keeper.js';
import { passTimeFast } from './pass-time-fast.js';

const QUOTA = { calls: 100, perMs: 1_000 };
const REFUSED: RefusedCredential = {
  refusal: { code: 'BadSignature', message: 'no' },
  cooldownMs: 30_000,
  restMs: 30_000,
  version: 1,
};

/** One process's shares, by the ledger itself, and what it was asked for when. */
function leased({ answerMs = 0, beside }: { answerMs?: number; beside?: Partial<LeaseAnswer> } = {}) {
  const { keeper } = ledgerKeeper();
  const asked: string[] = [];
  const refused: RefusedCredential[] = [];
  const startedAtMs = performance.now();
  const slow: typeof keeper.lease = async (connection, request) => {
    assert.deepEqual([connection, request.holder], ['prod', 'w1']);
    const needs = Object.entries(request.operations).map(([name, need]) => {
      assert.ok(Object.values(need).every((each) => each !== undefined));
      const { demand, throttled, acting } = need;
      const words = [name, demand, acting && `#${acting}`, throttled && `held ${throttled.retryAfterMs}`];
      return words.filter((each) => each !== undefined).join(' ');
    });
    asked.push(`${performance.now() - startedAtMs}: ${needs.join(', ')}`);
    await sleep(answerMs);
    return { ...(await keeper.lease(connection, request)), ...beside };
  };
  const lease = new QuotaLease('prod', 'w1', { ...keeper, lease: slow }, (each) => void refused.push(each));
  const queues = new Map<string, CallQueue>();
  for (const name of ['Cancel', 'Describe']) {
    const pace = new LeasedPace(QUOTA);
    const refuse = (ahead: number, ms: number) =>
      new HeldBackError('throttled', 'QuotaShare', `${ahead}`, ms);
    const queue = new CallQueue(name, pace, refuse);
    lease.add(name, { quota: QUOTA, pace, queue });
    queues.set(name, queue);
  }
  const call = (name = 'Cancel') => {
    lease.want(name);
    return queues.get(name)!.turn(new AbortController().signal, performance.now() + 20_000);
  };
  return { lease, keeper, asked, refused, call };
}

describe('the shares of a process', () => {
  passTimeFast();

  it('are asked for together, when there are calls that need them', async () => {
    const { asked, call, lease } = leased();
    assert.equal(lease.hasAsked, false);
    lease.want('Unknown');
    await Promise.all([call(), call(), call('Describe')]);
    assert.equal(lease.hasAsked, true);
    assert.deepEqual(asked, ['1: Cancel 2, Describe 1']);
    assert.equal(lease.trouble, undefined);
  });

  it('are renewed for what was called meanwhile, and for four times that where calls still wait', async () => {
    const some = leased();
    await Promise.all([some.call(), some.call()]);
    await sleep(400);
    await some.call();
    await sleep(400);
    assert.deepEqual(some.asked, ['1: Cancel 2', '751: Cancel 40 #1']); // 3 in 750 ms

    const many = leased();
    const calls = Promise.all(Array.from({ length: 100 }, () => many.call()));
    await sleep(400);
    // 18 were made, 82 still wait.
    assert.deepEqual(many.asked, ['1: Cancel 100', '301: Cancel 2482 #1']);
    await calls;
  });

  it('are given back when no call was made for half a second, and asked for anew by the next', async () => {
    const { asked, call, lease } = leased();
    for (let n = 0; n < 10; n++) {
      await call();
      await sleep(100);
    }
    const before = asked.length;
    await sleep(2_000);
    assert.deepEqual(asked.slice(before), ['1451: Cancel 0 #2']);
    assert.equal(lease.hasAsked, false);
    await call();
    assert.equal(asked.length, before + 2);
  });

  it('are given back sooner where calls came one upon the other', async () => {
    const { asked, call } = leased();
    for (let n = 0; n < 100; n++) {
      await call();
      await sleep(20);
    }
    await sleep(400);
    assert.deepEqual(asked.slice(2), ['2251: Cancel 0 #2']); // 270 ms after the last
  });

  it('are not given back between calls that come together', async () => {
    const { asked, call } = leased();
    for (let n = 0; n < 10; n++) {
      await Promise.all(Array.from({ length: 10 }, () => call()));
      await sleep(300);
    }
    assert.deepEqual(
      asked.filter((each) => each.includes('Cancel 0')),
      [],
    );
  });

  it('are asked for again when more is needed than was said', async () => {
    const { asked, call } = leased();
    await call();
    await sleep(100);
    const calls = Promise.all(Array.from({ length: 100 }, () => call()));
    await sleep(500);
    assert.deepEqual(asked, ['1: Cancel 1', '301: Cancel 1689 #1']); // 12 in 300 ms, 89 wait
    await calls;
  });

  it('are asked for more and more rarely while Temporal is away, and says why', async () => {
    const { asked, call, lease, keeper } = leased();
    keeper.down = true;
    const waiting = call();
    await sleep(18_000);
    assert.deepEqual(
      asked,
      [1, 1_001, 3_001, 7_001, 12_001, 17_001].map((atMs) => `${atMs}: Cancel 1`),
    );
    assert.equal(lease.trouble, 'Temporal is away');
    keeper.down = false;
    await waiting.catch(() => {});
  });

  it('are asked for no more often while Temporal is away, where more is needed than was said', async () => {
    const { asked, call, keeper } = leased();
    await call();
    await sleep(400);
    keeper.down = true;
    const calls = Array.from({ length: 600 }, () => call().catch(() => {}));
    await sleep(7_000);
    assert.deepEqual(
      asked.map((each) => Number.parseInt(each, 10)),
      [1, 501, 1_501, 3_501],
    );
    keeper.down = false;
    await Promise.all(calls);
  });

  it('that are turns are used to their end', async () => {
    const { asked, call, keeper } = leased();
    const others = ['a', 'b', 'c', 'd', 'e', 'f'];
    const ask = (holder: string) =>
      keeper.lease('prod', { holder, operations: { Cancel: { quota: QUOTA, demand: 1_000 } } });
    for (const holder of others) await ask(holder);
    const calls = Array.from({ length: 50 }, () => call());
    for (let n = 0; n < 20; n++) {
      await sleep(500);
      for (const holder of others) await ask(holder);
    }
    // From its turn to the next.
    assert.deepEqual(asked.slice(-3), ['5474: Cancel 50', '9174: Cancel 237', '9533: Cancel 31']);
    await Promise.allSettled(calls);
  });

  it('are asked for at once when the vendor throttles, for as long as it said at most', async () => {
    const { asked, call, lease } = leased();
    await call();
    lease.throttled('Unknown', 7);
    await sleep(10);
    lease.throttled('Cancel', 400);
    lease.throttled('Cancel', 300);
    lease.throttled('Describe');
    await sleep(10);
    assert.deepEqual(asked, ['1: Cancel 1', '12: Cancel 910 #1 held 400, Describe 1 held 1000']); // 1 in 11 ms
  });

  it('tell of a call that was throttled until it is heard, and then no more', async () => {
    const { asked, call, lease, keeper } = leased({ answerMs: 20 });
    await call();
    keeper.down = true;
    lease.throttled('Cancel', 400);
    await sleep(500);
    keeper.down = false;
    await sleep(3_000);
    assert.deepEqual(asked, ['1: Cancel 1', '22: Cancel 477 #1 held 400', '1042: Cancel 1 #1 held 400']);
  });

  it('come with what the keeper says of the credential', async () => {
    const { call, refused } = leased({ beside: { refused: REFUSED } });
    await call();
    assert.deepEqual(refused, [REFUSED]);
    const well = leased();
    await well.call();
    assert.deepEqual(well.refused, []);
  });

  it('are asked for no more when it is closed', async () => {
    const { call, asked, lease } = leased();
    await call();
    lease.close();
    for (let n = 0; n < 100; n++) void call().catch(() => {});
    await sleep(2_000);
    assert.equal(asked.length, 1);

    const meanwhile = leased({ answerMs: 20 });
    const first = meanwhile.call();
    await sleep(10);
    meanwhile.lease.close();
    await first;
    for (let n = 0; n < 100; n++) void meanwhile.call().catch(() => {});
    await sleep(2_000);
    assert.equal(meanwhile.asked.length, 1);
  });

  it('are asked for again when the answer is there, where more is wanted meanwhile', async () => {
    const { asked, call } = leased({ answerMs: 20 });
    const first = call();
    await sleep(10);
    await Promise.all([first, call('Describe')]);
    assert.deepEqual(asked, ['1: Cancel 1', '22: Describe 1']); // 21 ms say nothing of the other.
  });

  it('are asked for as soon as one of them is due', async () => {
    const { asked, call } = leased();
    await call();
    await sleep(300);
    await call('Describe');
    assert.deepEqual(asked, ['1: Cancel 1', '302: Cancel 34 #1, Describe 1']);
  });

  it('are used on while they are renewed', async () => {
    const { asked, call } = leased({ answerMs: 50 });
    for (let n = 0; n < 7; n++) {
      await call();
      await sleep(100);
    }
    await sleep(10);
    const startedAt = performance.now();
    await call();
    assert.deepEqual([performance.now() - startedAt, asked], [0, ['1: Cancel 1', '751: Cancel 94 #1']]);
  });

  it('are given back when one call was made since they were asked for, and that is half a second ago', async () => {
    const { asked, call } = leased();
    for (let n = 0; n < 8; n++) {
      await call();
      await sleep(100);
    }
    await sleep(300);
    await call();
    await sleep(1_000);
    assert.deepEqual(asked.slice(0, 3), ['1: Cancel 1', '751: Cancel 107 #1', '1251: Cancel 0 #2']);
  });

  it('tell also of a call that is throttled while they are asked for', async () => {
    const { asked, call, lease } = leased({ answerMs: 20 });
    await call();
    lease.throttled('Cancel', 400);
    await sleep(10);
    lease.throttled('Cancel', 500);
    await sleep(1_000);
    assert.deepEqual(asked, ['1: Cancel 1', '22: Cancel 477 #1 held 400', '522: Cancel 1 held 500']);
  });
});
