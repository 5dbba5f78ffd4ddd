import assert from 'node:assert/strict';
import { getEventListeners } from 'node:events';
import { setImmediate as later } from 'node:timers/promises';
import { describe, it } from 'node:test';
import { AskRate } from '../../activities/ask-rate.js';
import { AskSlots, type AskLine } from '../../activities/ask-slots.js';

const NEVER = new AbortController().signal;

/** Asks for slots, and tells which were given by now. */
function asks(line: AskLine, name: string, count: number, given: string[], signal = NEVER) {
  for (let number = 1; number <= count; number += 1)
    void line.slot(signal).then((hasSlot) => void (hasSlot && given.push(`${name}${number}`)));
}

async function giveBack(line: AskLine, times: number) {
  for (let time = 0; time < times; time += 1) {
    line.giveBack();
    await later();
  }
}

describe('the slots of a connection’s asks', () => {
  it('go to the Activity of a campaign that came first, for as long as it has something to ask', async () => {
    const slots = new AskSlots(2);
    const [first, second] = [slots.enter('one'), slots.enter('one')];
    const given: string[] = [];
    asks(second, 'b', 3, given);
    asks(first, 'a', 3, given);
    await later();
    assert.deepEqual(given, ['b1', 'b2']);
    await giveBack(first, 4);
    assert.deepEqual(given, ['b1', 'b2', 'a1', 'a2', 'a3', 'b3']);
  });

  it('go to campaigns in turns, also where one of them has come first with more', async () => {
    const slots = new AskSlots(1);
    const [early, late] = [slots.enter('one'), slots.enter('two')];
    const given: string[] = [];
    asks(early, 'a', 6, given);
    asks(late, 'b', 2, given);
    await later();
    await giveBack(early, 6);
    assert.deepEqual(given, ['a1', 'a2', 'b1', 'a3', 'b2', 'a4', 'a5']);
  });

  it('are not lost by those who give up', async () => {
    const slots = new AskSlots(1);
    const [first, second] = [slots.enter('one'), slots.enter('one')];
    const given: string[] = [];
    const giveUp = new AbortController();
    asks(first, 'a', 1, given);
    asks(first, 'late', 2, given, giveUp.signal);
    asks(second, 'b', 1, given);
    await later();
    giveUp.abort();
    assert.equal(await first.slot(giveUp.signal), false);
    await giveBack(first, 1);
    assert.deepEqual(given, ['a1', 'b1']);
  });

  it('are free again when nobody waits, and after an Activity has left', async () => {
    const slots = new AskSlots(2);
    const gone = slots.enter('one');
    await gone.slot(NEVER);
    await gone.slot(NEVER);
    gone.giveBack();
    gone.giveBack();
    gone.close();
    const given: string[] = [];
    asks(slots.enter('one'), 'a', 3, given);
    await later();
    assert.deepEqual(given, ['a1', 'a2']);
  });

  it('forget a campaign whose last Activity has left, and not one that has others', async () => {
    for (const [hasOthers, expected] of [
      [false, ['a1', 'b1', 'c1', 'a2']],
      [true, ['a1', 'b1', 'a2', 'c1']],
    ] as const) {
      const slots = new AskSlots(0);
      const [first, leaving] = [slots.enter('one'), slots.enter('two')];
      const given: string[] = [];
      asks(first, 'a', 2, given);
      asks(leaving, 'b', 1, given);
      await giveBack(first, 2);
      if (hasOthers) slots.enter('two');
      leaving.close();
      asks(slots.enter('two'), 'c', 1, given);
      await giveBack(first, 2);
      assert.deepEqual(given, expected);
    }
  });

  it('leave nothing at the signal of those who have got one, or given up', async () => {
    const slots = new AskSlots(0);
    const line = slots.enter('one');
    const giveUp = new AbortController();
    const given: string[] = [];
    asks(line, 'a', 2, given, giveUp.signal);
    await giveBack(line, 1);
    assert.deepEqual([given, getEventListeners(giveUp.signal, 'abort').length], [['a1'], 1]);
    giveUp.abort();
    await later();
    assert.deepEqual([given, getEventListeners(giveUp.signal, 'abort').length], [['a1'], 0]);
    assert.equal(await slots.enter('one').slot(giveUp.signal), false);
  });

  it('save up no turns of a campaign’s rate while there is none', async () => {
    const rate = new AskRate(10);
    const slots = new AskSlots(0);
    const line = slots.enter('one');
    const endsAtMs = performance.now() + 60_000;
    let made = 0;
    for (let number = 1; number <= 5; number += 1)
      void rate.turn(endsAtMs, NEVER, () => line.slot(NEVER)).then((isMade) => void (isMade && (made += 1)));
    // Time for all five turns passes without a slot; then there are more than enough of them.
    await new Promise((resolve) => setTimeout(resolve, 700));
    await giveBack(line, 5);
    assert.equal(made, 1);
  });
});
