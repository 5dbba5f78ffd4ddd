import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { setImmediate as settled } from 'node:timers/promises';
import fc from 'fast-check';
import { inBulk, isBulk } from '../../activities/bulk-calls.js';
import { CallQueue } from '../../activities/call-queue.js';
import { HeldBackError } from '../../activities/held-back-error.js';
import { LeasedPace } from '../../activities/leased-pace.js';
import { WaitLimit } from '../../activities/wait-limit.js';
import { ProviderError } from '../../providers/provider.js';

type Kind = 'single' | 'bulk';

const MINUTE_MS = 60_000;

interface Call {
  readonly id: number;
  readonly kind: Kind;
  readonly controller: AbortController;
  fate: 'waits' | 'made' | 'aborted' | 'refused';
}

/** A queue whose turns are given out one by one, and what became of its calls: no time passes. */
class Calls {
  readonly all: Call[] = [];
  /** In the order of their turns. */
  readonly made: Call[] = [];
  readonly #pace = new LeasedPace({ calls: 100, perMs: 1_000 });
  readonly #queue = new CallQueue('CancelThing', this.#pace, (ahead, retryAfterMs) => {
    return new HeldBackError('throttled', `${ahead} ahead`, 'too late', retryAfterMs);
  });

  constructor() {
    this.#share(0); // Else the first would be let through for want of a share that says otherwise.
  }

  get waiting(): number {
    return this.#queue.waiting;
  }

  waitingOf(kind: Kind): Call[] {
    return this.all.filter((each) => each.kind === kind && each.fate === 'waits');
  }

  arrive(kind: Kind): Call {
    const controller = new AbortController();
    const signal = kind === 'bulk' ? inBulk(controller.signal) : controller.signal;
    const call: Call = { id: this.all.length, kind, controller, fate: 'waits' };
    this.all.push(call);
    this.#queue.turn(signal, performance.now() + 10 * MINUTE_MS).then(
      () => {
        call.fate = 'made';
        this.made.push(call);
      },
      (error: unknown) => {
        const isAborted = error instanceof ProviderError && error.code === 'AbortError';
        call.fate = isAborted ? 'aborted' : 'refused';
      },
    );
    return call;
  }

  /** How many calls one that came now would be told are ahead of it. */
  async aheadOf(kind: Kind): Promise<number> {
    const { signal } = new AbortController();
    const error: unknown = await this.#queue
      .turn(kind === 'bulk' ? inBulk(signal) : signal, -Infinity)
      .catch((thrown: unknown) => thrown);
    assert.ok(error instanceof HeldBackError);
    return Number.parseInt(error.code, 10);
  }

  async give(turns: number): Promise<void> {
    this.#share(turns);
    this.#queue.refresh();
    this.#share(0);
    await settled();
  }

  close(): void {
    this.#queue.close();
  }

  #share(turns: number): void {
    const share = { callsPerSecond: 0, expectedPerSecond: 100, burst: turns, startWith: turns, slowedTo: 1 };
    this.#pace.beginRenewal(1); // Gives up what was not used.
    const nowMs = performance.now();
    this.#pace.renew({ ...share, validForMs: MINUTE_MS, askAgainInMs: MINUTE_MS }, nowMs, nowMs);
  }
}

const kinds = fc.constantFrom<Kind>('single', 'bulk');
const steps = fc.array(
  fc.oneof(
    { weight: 3, arbitrary: fc.record({ step: fc.constant('arrive' as const), kind: kinds }) },
    { weight: 2, arbitrary: fc.record({ step: fc.constant('give' as const), turns: fc.nat(4) }) },
    { weight: 1, arbitrary: fc.record({ step: fc.constant('abort' as const), which: fc.nat() }) },
  ),
  { maxLength: 60 },
);

describe('single calls and those of campaigns in one queue', () => {
  it('take turns while both wait, each kind in its order, and none is lost', async () => {
    await fc.assert(
      fc.asyncProperty(steps, async (plan) => {
        const calls = new Calls();
        for (const each of plan) {
          if (each.step === 'arrive') calls.arrive(each.kind);
          else if (each.step === 'abort') {
            const waiting = calls.all.filter(({ fate }) => fate === 'waits');
            waiting[each.which % Math.max(1, waiting.length)]?.controller.abort();
            await settled();
          } else {
            const before = { single: calls.waitingOf('single'), bulk: calls.waitingOf('bulk') };
            const from = calls.made.length;
            await calls.give(each.turns);
            assertFair(before, calls.made.slice(from), each.turns, calls.made[from - 1]);
          }
        }
        const waiting = calls.all.filter(({ fate }) => fate === 'waits');
        assert.equal(calls.waiting, waiting.length);
        await calls.give(waiting.length);
        assert.equal(calls.waiting, 0);
        assert.ok(waiting.every(({ fate }) => fate === 'made'));
        assert.equal(new Set(calls.made).size, calls.made.length, 'one had two turns');
        assert.ok(calls.all.every(({ fate, controller }) => fate === 'made' || controller.signal.aborted));
      }),
    );
  });

  it('are told right how many turns come before theirs', async () => {
    await fc.assert(
      fc.asyncProperty(steps, kinds, async (plan, kind) => {
        const calls = new Calls();
        for (const each of plan) {
          if (each.step === 'arrive') calls.arrive(each.kind);
          else if (each.step === 'give') await calls.give(each.turns);
        }
        const ahead = await calls.aheadOf(kind);
        const newcomer = calls.arrive(kind);
        await calls.give(ahead);
        assert.equal(newcomer.fate, 'waits');
        await calls.give(1);
        assert.equal(newcomer.fate, 'made');
        calls.close();
      }),
    );
  });

  it('lets a single one go within two turns, however many of a campaign wait', async () => {
    const calls = new Calls();
    for (let n = 0; n < 300; n++) calls.arrive('bulk');
    await calls.give(10);
    const single = calls.arrive('single');
    await calls.give(2);
    assert.equal(single.fate, 'made');
    assert.equal(calls.waiting, 289);
    calls.close();
  });

  it('differ in how long they may wait: a campaign’s until its signal is aborted', async () => {
    const limit = new WaitLimit(20_000);
    const single = new AbortController().signal;
    const bulk = inBulk(new AbortController().signal);
    assert.deepEqual([isBulk(single), isBulk(bulk)], [false, true]);
    const nowMs = performance.now();
    assert.ok(limit.endsAtMs(single) <= nowMs + 21_000);
    assert.ok(limit.endsAtMs(bulk) >= nowMs + 60 * MINUTE_MS);

    const pace = new LeasedPace({ calls: 1, perMs: 10 * MINUTE_MS });
    const queue = new CallQueue('CancelThing', pace, (ahead, retryAfterMs) => {
      return new HeldBackError('throttled', 'QuotaShare', `${ahead}`, retryAfterMs);
    });
    const controller = new AbortController();
    const signal = inBulk(controller.signal);
    const turns = Array.from({ length: 50 }, () => queue.turn(signal, limit.endsAtMs(signal)));
    assert.equal(queue.waiting, 50, 'the last of them would wait for eight hours');
    controller.abort();
    const outcomes = await Promise.allSettled(turns);
    assert.ok(outcomes.every((each) => each.status === 'rejected' && each.reason.code === 'AbortError'));
    assert.equal(queue.waiting, 0);
  });
});

/** Of those that waited when the turns were given out, and none came meanwhile. */
function assertFair(
  before: Readonly<Record<Kind, readonly Call[]>>,
  made: readonly Call[],
  turns: number,
  last: Call | undefined,
): void {
  const waiting = { single: [...before.single], bulk: [...before.bulk] };
  assert.equal(made.length, Math.min(turns, waiting.single.length + waiting.bulk.length));
  for (const [index, call] of made.entries()) {
    assert.equal(call, waiting[call.kind].shift(), 'out of the order of its kind');
    const other = call.kind === 'bulk' ? 'single' : 'bulk';
    const isSecond = (index === 0 ? last : made[index - 1])?.kind === call.kind;
    assert.ok(!isSecond || waiting[other].length === 0, `two ${call.kind} turns while a ${other} one waits`);
  }
}
