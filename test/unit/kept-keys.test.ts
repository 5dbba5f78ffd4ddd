import assert from 'node:assert/strict';
import { beforeEach, describe, it } from 'node:test';
import { setImmediate } from 'node:timers/promises';
import { ProviderError } from '../../providers/provider.js';
import { KeptKeys, type LoadedKeys } from '../../providers/vendors/credentials/kept-keys.js';

const SECOND = 1_000;
const MINUTE = 60 * SECOND;

interface Keys {
  readonly id: number;
}

let now: number;
let loads: number;
/** How long the keys live that are loaded next; without it they have no end. */
let lifeMs: number | undefined;
let failure: ProviderError | undefined;

beforeEach(() => {
  now = Date.parse('2026-11-21T00:00:00Z');
  loads = 0;
  lifeMs = undefined;
  failure = undefined;
});

const load = async (): Promise<LoadedKeys<Keys>> => {
  loads++;
  await setImmediate();
  if (failure !== undefined) throw failure;
  return { keys: { id: loads }, ...(lifeMs !== undefined && { expiresAtMs: now + lifeMs }) };
};
const newKept = () => new KeptKeys(load, { renewBeforeMs: 15 * MINUTE, now: () => now });
const never = () => new AbortController().signal;
const settled = () => setImmediate().then(() => setImmediate());

describe('KeptKeys', () => {
  it('loads once for all who ask at a time', async () => {
    const kept = newKept();
    const keys = await Promise.all(Array.from({ length: 50 }, () => kept.get(never())));
    assert.equal(loads, 1);
    assert.equal(new Set(keys).size, 1);
  });

  it('reads keys without an end anew every few seconds', async () => {
    const kept = newKept();
    assert.equal((await kept.get(never())).id, 1);
    now += 4_999;
    assert.equal((await kept.get(never())).id, 1);
    now += 1;
    assert.equal((await kept.get(never())).id, 2);
    now += 60 * MINUTE;
    assert.equal((await kept.get(never())).id, 3);
  });

  it('outlives for a minute that lasting keys cannot be read, and not longer', async () => {
    const kept = newKept();
    await kept.get(never());
    failure = new ProviderError('denied', 'Test', 'no file');
    for (let seconds = 5; seconds < 60; seconds += 5) {
      now += 5 * SECOND;
      assert.equal((await kept.get(never())).id, 1);
    }
    assert.equal(loads, 12);
    now += 5 * SECOND;
    await assert.rejects(kept.get(never()), failure);
    failure = undefined;
    assert.equal((await kept.get(never())).id, 14);
  });

  it('renews temporary keys 15 minutes ahead, without a wait', async () => {
    lifeMs = 60 * MINUTE;
    const kept = newKept();
    await kept.get(never());
    now += 45 * MINUTE - 1;
    assert.equal((await kept.get(never())).id, 1);
    assert.equal(loads, 1);
    now += 1;
    assert.equal((await kept.get(never())).id, 1);
    await settled();
    assert.equal((await kept.get(never())).id, 2);
    assert.equal(loads, 2);
  });

  it('renews short-lived keys in the last third of their life', async () => {
    lifeMs = 15 * MINUTE;
    const kept = newKept();
    await kept.get(never());
    now += 10 * MINUTE - 1;
    await kept.get(never());
    assert.equal(loads, 1);
    now += 1;
    await kept.get(never());
    assert.equal(loads, 2);
  });

  it('keeps good temporary keys while their renewal fails, and tries once a minute', async () => {
    lifeMs = 60 * MINUTE;
    const kept = newKept();
    await kept.get(never());
    failure = new ProviderError('unavailable', 'Test', 'no STS');
    now += 45 * MINUTE;
    for (let uses = 0; uses < 10; uses++) {
      assert.equal((await kept.get(never())).id, 1);
      await settled();
    }
    assert.equal(loads, 2);
    now += MINUTE;
    assert.equal((await kept.get(never())).id, 1);
    await settled();
    assert.equal(loads, 3);
    now += 14 * MINUTE;
    await assert.rejects(kept.get(never()), failure);
    failure = undefined;
    assert.equal((await kept.get(never())).id, 5);
  });

  it('forgets refused keys when they are not quite new, and none that came in their place', async () => {
    lifeMs = 60 * MINUTE;
    const kept = newKept();
    const first = await kept.get(never());
    now += MINUTE;
    kept.forget(first);
    assert.equal(await kept.get(never()), first);
    now += 1;
    kept.forget(first);
    const second = await kept.get(never());
    assert.equal(second.id, 2);
    now += 2 * MINUTE;
    kept.forget(first);
    assert.equal(await kept.get(never()), second);
  });

  it('does not take keys that have ended, which a wrong clock would have it load for ever', async () => {
    lifeMs = 0;
    await assert.rejects(newKept().get(never()), { kind: 'unavailable', code: 'ExpiredKeys' });
  });

  it('lets one caller give up without the others', async () => {
    const kept = newKept();
    const controller = new AbortController();
    const [given, other] = [kept.get(controller.signal), kept.get(never())];
    controller.abort();
    await assert.rejects(given, { kind: 'unavailable', code: 'AbortError' });
    assert.equal((await other).id, 1);
    assert.equal(loads, 1);
  });
});
