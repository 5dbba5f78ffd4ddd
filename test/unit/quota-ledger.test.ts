import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { LeasedPace } from '../../activities/leased-pace.js';
import { LEASE_MS, type LeaseNeed } from '../../contract/quota-share.js';
import { giveBack, lease, newLedger } from '../../workflows/quota-ledger.js';
import { limitsOf, paceOf } from '../../workflows/quota-limits.js';

const CALL = 'CancelDataFlowTask';
const STEP_MS = 25;
const STARTED_AT = 1_800_000_000_000;

type Quota = LeaseNeed['quota'];

/** A Worker process as far as the ledger knows one: the real bucket, and shares that are asked for over a slow line. */
class Holder {
  readonly pace: LeasedPace;
  made = 0;
  renewAtMs = 0;
  answers: { atMs: number; act: () => void }[] = [];
  /** The share it acts on, which is not yet the newest while the answer is under way. */
  share = { callsPerSecond: 0, burst: 0, endsAtMs: -Infinity };

  constructor(
    readonly name: string,
    readonly quota: Quota,
    /** Makes a call in a step with this chance, if it may. */
    readonly haste: number,
    readonly demand: number,
  ) {
    this.pace = new LeasedPace(quota);
  }
}

/** Holders and a ledger in simulated time. The ledger's clock is the server's and may be set back. */
class World {
  nowMs = 0;
  ledgerOffsetMs = 0;
  readonly ledger = newLedger();
  readonly calls: number[] = [];

  /** @param stepMs how often a Worker comes to make its calls. */
  constructor(readonly stepMs = STEP_MS) {}

  ask(holder: Holder, answerDelayMs = 0, throttled?: LeaseNeed['throttled']): void {
    const { name, quota, demand, pace } = holder;
    const askedAtMs = this.nowMs;
    const acting = pace.acting(this.nowMs);
    pace.beginRenewal(demand);
    // Calls given one by one are used up or given up by asking.
    if (holder.share.callsPerSecond === 0) holder.share = { ...holder.share, burst: 0 };
    const need: LeaseNeed = {
      quota,
      demand,
      ...(acting !== undefined && { acting }),
      ...(throttled !== undefined && { throttled }),
    };
    const request = { holder: name, operations: { [CALL]: need } };
    const share = lease(this.ledger, request, STARTED_AT + this.nowMs + this.ledgerOffsetMs)[CALL]!;
    holder.renewAtMs = askedAtMs + share.askAgainInMs;
    const act = () => {
      pace.renew(share, askedAtMs, this.nowMs);
      holder.share = { ...share, endsAtMs: askedAtMs + share.validForMs };
    };
    if (answerDelayMs === 0) act();
    else holder.answers.push({ atMs: askedAtMs + answerDelayMs, act });
  }

  pass(ms: number, holders: readonly Holder[], random: () => number): void {
    for (const endMs = this.nowMs + ms; this.nowMs < endMs; this.nowMs += this.stepMs) {
      for (const holder of holders) {
        for (const { act } of holder.answers.filter(({ atMs }) => atMs <= this.nowMs)) act();
        holder.answers = holder.answers.filter(({ atMs }) => atMs > this.nowMs);
        while (random() < holder.haste && holder.pace.take(this.nowMs)) {
          this.calls.push(this.nowMs);
          holder.made += 1;
        }
      }
    }
  }

  /** Lets holders ask as the Worker does: at the half of a share, for a time. */
  run(ms: number, holders: readonly Holder[]): void {
    for (const endMs = this.nowMs + ms; this.nowMs < endMs;) {
      for (const holder of holders) if (holder.renewAtMs <= this.nowMs) this.ask(holder);
      this.pass(this.stepMs, holders, () => 0);
    }
  }

  /** What they may do now, not only what they did. */
  assertShares(quota: Quota, holders: readonly Holder[]): void {
    const live = holders.map(({ share }) => share).filter(({ endsAtMs }) => endsAtMs > this.nowMs);
    const rate = live.reduce((sum, { callsPerSecond }) => sum + callsPerSecond / 1_000, 0);
    const burst = live.reduce((sum, share) => sum + share.burst, 0);
    const limits = limitsOf(quota);
    assert.ok(rate <= limits.callsPerMs * 1.000001, `a rate of ${rate} is in use, of ${limits.callsPerMs}`);
    assert.ok(burst <= limits.burst * 1.000001, `a burst of ${burst} is in use, of ${limits.burst}`);
  }

  assertWithin({ calls, perMs }: Quota): void {
    for (const [index, startMs] of this.calls.entries()) {
      const next = this.calls[index + calls];
      if (next === undefined) return;
      assert.ok(next - startMs >= perMs, `${calls + 1} calls in ${next - startMs} ms at ${startMs}`);
    }
  }
}

const quotas = fc.record({
  calls: fc.integer({ min: 1, max: 150 }),
  perMs: fc.integer({ min: 400, max: 60_000 }),
});

const events = fc.array(
  fc.record({
    // Mostly soon after each other, so that shares overlap.
    waitMs: fc.oneof(
      { weight: 4, arbitrary: fc.integer({ min: 0, max: 1_000 }) },
      fc.integer({ min: 0, max: 12_000 }),
    ),
    holder: fc.nat(3),
    act: fc.oneof(
      { weight: 8, arbitrary: fc.constant('ask' as const) },
      { weight: 1, arbitrary: fc.constantFrom('leave' as const, 'throttled' as const, 'clockBack' as const) },
    ),
    answerDelayMs: fc.oneof({ weight: 4, arbitrary: fc.constant(0) }, fc.integer({ min: 0, max: 12_000 })),
  }),
  { minLength: 1, maxLength: 100 },
);

const holders = fc.tuple(
  ...Array.from({ length: 4 }, () =>
    fc.record({ haste: fc.constantFrom(1, 1, 0.02), demand: fc.constantFrom(1, 20, 1_000, 1_000) }),
  ),
);

describe('the quota ledger', () => {
  it('never lets all holders together exceed the quota in any window, whatever they do', () => {
    fc.assert(
      fc.property(
        quotas,
        holders,
        events,
        fc.infiniteStream(fc.double({ min: 0, max: 1, noNaN: true })),
        (quota, kinds, plan, stream) => {
          const world = new World();
          let all = kinds.map(({ haste, demand }, index) => new Holder(`w${index}`, quota, haste, demand));
          const random = () => stream.next().value as number;
          for (const [number, { waitMs, holder, act, answerDelayMs }] of plan.entries()) {
            const who = all[holder]!;
            if (act === 'clockBack') world.ledgerOffsetMs -= waitMs;
            else if (act === 'leave') {
              // The process ends, and another takes its place under its own name.
              giveBack(world.ledger, who.name, STARTED_AT + world.nowMs + world.ledgerOffsetMs);
              all = all.with(holder, new Holder(`w${holder}-${number}`, quota, who.haste, who.demand));
            } else if (who.answers.length === 0) {
              world.ask(who, answerDelayMs, act === 'throttled' ? { retryAfterMs: 300 } : undefined);
            }
            world.pass(waitMs, all, random);
            world.assertShares(quota, all);
          }
          world.assertWithin(quota);
        },
      ),
      { numRuns: 300 },
    );
  });

  it('lets nobody starve: holders that want as much get as much', () => {
    fc.assert(
      fc.property(quotas, fc.integer({ min: 1, max: 8 }), (quota, count) => {
        const world = new World();
        const all = Array.from({ length: count }, (_, index) => new Holder(`w${index}`, quota, 1, 1_000));
        // Long enough for a hundred calls, and for as many turns where the bucket is too small for all.
        const ms = Math.min(20 * 60_000, Math.max(200_000, (100 * quota.perMs) / quota.calls));
        world.run(ms, all);
        world.assertWithin(quota);
        const total = all.reduce((sum, { made }) => sum + made, 0);
        const least = Math.min(...all.map(({ made }) => made));
        const fair = total / count;
        const possible = Math.floor((ms * quota.calls) / quota.perMs);
        // Where calls have to be given one by one, or more come in a step than a bucket holds, much goes unused.
        assert.ok(total >= possible / 5 - 1, `${total} of ${possible} calls`);
        assert.ok(
          least >= Math.floor(fair * 0.5 - 1),
          `${all.map(({ made }) => made).join(', ')} of ${total}`,
        );
      }),
      { numRuns: 60 },
    );
  });

  it('uses the quota: one that wants all gets nearly all of it, and several together as much', () => {
    const perMinute = { calls: 120, perMs: 60_000 };
    const perSecond = { calls: 200, perMs: 1_000 };
    for (const [quota, count, least] of [
      [perMinute, 1, 0.97],
      [perMinute, 3, 0.97],
      [perMinute, 8, 0.85],
      [perSecond, 1, 0.97],
      [perSecond, 3, 0.97],
    ] as const) {
      const world = new World(5);
      const all = Array.from({ length: count }, (_, index) => new Holder(`w${index}`, quota, 1, 100_000));
      world.run(300_000, all);
      world.assertWithin(quota);
      const possible = (300_000 * quota.calls) / quota.perMs;
      const used = world.calls.length / possible;
      assert.ok(used >= least, `${count} holders: ${used} of ${JSON.stringify(quota)}`);
    }
  });

  it('gives what one does not want to those that want more', () => {
    const quota = { calls: 120, perMs: 60_000 };
    const world = new World();
    const busy = new Holder('busy', quota, 1, 1_000);
    const idle = new Holder('idle', quota, 0, 1);
    world.run(600_000, [idle, busy]);
    assert.ok(busy.made >= 0.7 * 1_200, `${busy.made} calls of 1200`);
  });

  it('lets a newcomer begin at once, and has divided evenly within a lease', () => {
    const quota = { calls: 120, perMs: 60_000 };
    const world = new World();
    const first = new Holder('first', quota, 1, 1_000);
    world.run(60_000, [first]);
    const second = new Holder('second', quota, 1, 1_000);
    world.run(15_000, [first, second]);
    assert.ok(second.made >= 1, 'the newcomer made no call within 15 s');
    const before = [first.made, second.made];
    world.run(60_000, [first, second]);
    const [a, b] = [first.made - before[0]!, second.made - before[1]!];
    assert.ok(Math.abs(a - b) <= 5, `${a} and ${b} in a minute`);
    world.assertWithin(quota);
  });

  it('has a call at once for who wants one, also beside one that has just begun and wants all', () => {
    const quota = { calls: 300, perMs: 60_000 };
    const world = new World();
    const campaign = new Holder('campaign', quota, 1, 1_000);
    world.run(1_000, [campaign]);
    giveBack(world.ledger, 'campaign', STARTED_AT + world.nowMs);
    world.nowMs += 700;
    const again = new Holder('campaign', quota, 1, 1_000);
    world.run(1_000, [again]);
    const single = new Holder('single', quota, 1, 1);
    world.run(100, [again, single]);
    assert.equal(single.made, 1);
    world.assertWithin(quota);
  });

  it('has one within seconds for who comes after another that had the one that was kept', () => {
    const quota = { calls: 300, perMs: 60_000 };
    const world = new World();
    const campaign = new Holder('campaign', quota, 1, 1_000);
    world.run(20_000, [campaign]);
    const single = new Holder('single', quota, 1, 1);
    world.run(100, [campaign, single]);
    giveBack(world.ledger, 'single', STARTED_AT + world.nowMs);
    const next = new Holder('next', quota, 1, 1);
    world.run(5_000, [campaign, next]);
    assert.ok(next.made >= 1, 'it made no call within 5 s');
    world.assertWithin(quota);
  });

  it('gives what a process held that died to the others, and forgets it', () => {
    const quota = { calls: 120, perMs: 60_000 };
    const world = new World();
    const dead = new Holder('dead', quota, 1, 1_000);
    const alive = new Holder('alive', quota, 1, 1_000);
    world.run(60_000, [dead, alive]);
    world.run(3 * LEASE_MS, [alive]);
    assert.deepEqual(Object.keys(world.ledger.operations[CALL]!.claims), ['alive']);
    const before = alive.made;
    world.run(60_000, [alive]);
    assert.ok(alive.made - before >= 95, `${alive.made - before} calls in a minute`);
  });

  it('slows all down when the vendor throttles one, once a window, and recovers slowly', () => {
    const quota = { calls: 120, perMs: 60_000 };
    const world = new World();
    const all = ['a', 'b'].map((name) => new Holder(name, quota, 1, 1_000));
    world.run(60_000, all);
    const paces: number[] = [];
    const note = () =>
      paces.push(Math.round(100 * paceOf(world.ledger.operations[CALL]!, world.ledger.nowMs)));
    world.ask(all[0]!, 0, { retryAfterMs: 2_000 });
    world.ask(all[1]!, 0, { retryAfterMs: 2_000 });
    note();
    const callsBefore = world.calls.length;
    world.run(2_000, all);
    assert.equal(world.calls.length - callsBefore, 0, 'calls within retry-after');
    world.run(58_000, all);
    note();
    const slow = world.calls.length - callsBefore;
    assert.ok(slow >= 45 && slow <= 85, `${slow} calls in the minute after`);
    world.run(6 * 60_000, all);
    note();
    assert.deepEqual(paces, [70, 75, 100]);
  });

  it('stays small and plain JSON however many processes come and go', () => {
    const quota = { calls: 120, perMs: 60_000 };
    const world = new World();
    for (let n = 0; n < 500; n++) {
      const holder = new Holder(`w${n}`, quota, 1, 50);
      world.run(1_000, [holder]);
    }
    const text = JSON.stringify(world.ledger);
    assert.deepEqual(JSON.parse(text), world.ledger);
    assert.ok(text.length < 10_000, `${text.length} characters`);
  });

  it('keeps burst and rate within the quota, and room for one call at least', () => {
    fc.assert(
      fc.property(quotas, (quota) => {
        const { burst, callsPerMs } = limitsOf(quota);
        assert.ok(burst >= 1 && callsPerMs > 0);
        // Calls are whole: less than one more than the quota is the quota.
        assert.ok(burst + callsPerMs * quota.perMs < quota.calls + 1);
      }),
    );
  });
});
