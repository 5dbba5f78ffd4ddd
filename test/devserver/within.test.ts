import assert from 'node:assert/strict';
import { test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { within } from '../../devserver/within.js';

function aborted(signal: AbortSignal): Promise<unknown> {
  return new Promise((resolve) => signal.addEventListener('abort', () => resolve(signal.reason)));
}

test(
  'it ends what takes too long, also when the garbage has been collected since',
  { timeout: 60_000 },
  async () => {
    setFlagsFromString('--expose-gc');
    const collect = runInNewContext('gc') as () => void;
    const other = new AbortController();
    const late = within(500, [other.signal], aborted);
    for (let times = 0; times < 5; times += 1) {
      await sleep(20);
      collect();
    }
    assert.equal(((await late) as Error).name, 'TimeoutError');
  },
);

test('it ends with any of the signals, for their reason, and forgets them', async () => {
  const [one, other] = [new AbortController(), new AbortController()];
  const ended = within(600_000, [one.signal, other.signal], aborted);
  other.abort(new Error('enough'));
  assert.match(String(await ended), /enough/);
  assert.equal(await within(600_000, [other.signal], async ({ aborted: isOver }) => isOver), true);
  await assert.rejects(
    within(600_000, [], () => Promise.reject(new Error('broken'))),
    /broken/,
  );
});
