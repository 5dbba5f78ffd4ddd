import assert from 'node:assert/strict';
import { describe, it, type TestContext } from 'node:test';
import { MemoryBoundSlots } from '../../worker/memory-bound-slots.js';

const CEILING = { bytes: 1_000, holdAtBytes: 850, goOnBelowBytes: 800 };
const CONTEXT = {
  slotType: 'activity',
  taskQueue: 'quiesce',
  workerIdentity: 'w',
  workerBuildId: '',
  isSticky: false,
} as const;

/** Slots of a process whose resident set is what the test says, and the log. */
function slotsAt(context: TestContext, slots = 200) {
  const now = { ms: 0, resident: 0 };
  context.mock.method(performance, 'now', () => now.ms);
  context.mock.method(process.memoryUsage, 'rss', () => now.resident);
  const log: string[] = [];
  const logger = { warn: (text: string) => log.push(text), info: (text: string) => log.push(text) };
  const taken = new MemoryBoundSlots(slots, CEILING, logger);
  return {
    slots: taken,
    log,
    /** Half a second later. */
    resident: (bytes: number) => {
      now.ms += 500;
      now.resident = bytes;
    },
    /** How many can be had at once. */
    take: (): number => {
      let count = 0;
      while (taken.tryReserveSlot() !== null) count += 1;
      return count;
    },
  };
}

describe('slots that are bound by memory', () => {
  it('are as many as there may be while there is room', (context) => {
    const { resident, take } = slotsAt(context);
    resident(849);
    assert.equal(take(), 200);
  });

  it('are a hundred close to the ceiling, and more when it is well below again', (context) => {
    const { resident, take, log } = slotsAt(context);
    resident(851);
    assert.equal(take(), 100);
    resident(801);
    assert.equal(take(), 0);
    resident(799);
    assert.equal(take(), 100);
    assert.deepEqual(log, [
      'Close to the memory ceiling: fewer Activities are begun',
      'Below the memory ceiling again: Activities are begun as before',
    ]);
  });

  it('tell that it is over also when few are wanted by then', (context) => {
    const { slots, resident, take, log } = slotsAt(context);
    resident(851);
    assert.equal(take(), 100);
    for (let given = 100; given > 10; given--) slots.releaseSlot();
    resident(801);
    assert.notEqual(slots.tryReserveSlot(), null);
    assert.equal(log.length, 1);
    resident(799);
    assert.notEqual(slots.tryReserveSlot(), null);
    assert.equal(log.length, 2);
  });

  it('are given when there is room again, though none was given back', async (context) => {
    const { slots, resident, take } = slotsAt(context);
    resident(851);
    assert.equal(take(), 100);
    const waiting = slots.reserveSlot(CONTEXT, new AbortController().signal);
    resident(799);
    const awake = setTimeout(() => {}, 60_000); // Who waits for a slot keeps no process alive.
    await waiting;
    clearTimeout(awake);
  });

  it('that are given back go to who waits longest', async (context) => {
    const { slots, take } = slotsAt(context, 1);
    assert.equal(take(), 1);
    const order: string[] = [];
    const { signal } = new AbortController();
    const first = slots.reserveSlot(CONTEXT, signal).then(() => order.push('first'));
    const second = slots.reserveSlot(CONTEXT, signal).then(() => order.push('second'));
    slots.releaseSlot();
    await first;
    slots.releaseSlot();
    await second;
    assert.deepEqual(order, ['first', 'second']);
  });

  it('are not waited for by who has given up', async (context) => {
    const { slots, take } = slotsAt(context, 1);
    assert.equal(take(), 1);
    const controller = new AbortController();
    const waiting = slots.reserveSlot(CONTEXT, controller.signal);
    controller.abort();
    slots.releaseSlot();
    await assert.rejects(waiting, { name: 'AbortError' });
    assert.equal(take(), 1);
  });
});
