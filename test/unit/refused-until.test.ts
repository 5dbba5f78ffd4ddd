import assert from 'node:assert/strict';
import { describe, it, type TestContext } from 'node:test';
import { RefusedUntil } from '../../activities/refused-until.js';

const REFUSAL = { code: 'BadSignature', message: 'no', requestId: 'r-1' };

function at(context: TestContext, nowMs: number, random = 0): void {
  context.mock.method(performance, 'now', () => nowMs);
  context.mock.method(Date, 'now', () => Date.UTC(2026, 0, 1) + nowMs);
  context.mock.method(Math, 'random', () => random);
}

describe('a credential that is refused', () => {
  it('may be tried again when its pause is over', (context) => {
    at(context, 1_000);
    const refused = RefusedUntil.from({ refusal: REFUSAL, cooldownMs: 30_000, restMs: 500, version: 1 });
    assert.deepEqual([refused.nextTryAtMs, refused.cooldownMs, refused.isDue], [1_500, 30_000, false]);
    at(context, 1_499);
    assert.equal(refused.isDue, false);
    at(context, 1_500);
    assert.equal(refused.isDue, true);
  });

  it('is told by the vendor’s own code and words, with the time of the next call', (context) => {
    at(context, 1_000);
    const {
      kind,
      code,
      message,
      retryAfterMs,
      context: told,
    } = new RefusedUntil(REFUSAL, 30_000, 9_000).heldBack();
    assert.deepEqual(
      [kind, code, message, retryAfterMs, told],
      [
        'unauthenticated',
        'BadSignature',
        'no. The next call with it is made at 2026-01-01T00:00:09.000Z.',
        8_000,
        { requestId: 'r-1', retryAfterMs: 8_000 },
      ],
    );
    const { requestId: _, ...nameless } = REFUSAL;
    assert.ok(!('requestId' in new RefusedUntil(nameless, 30_000, 9_000).heldBack().context));
  });

  it('is asked about again within a fifth of the pause after it, or of a minute', (context) => {
    const retryAfterMs = (nextTryAtMs: number) =>
      new RefusedUntil(REFUSAL, 30_000, nextTryAtMs).heldBack().retryAfterMs;
    at(context, 1_000, 0.5);
    assert.deepEqual(
      [retryAfterMs(9_000), retryAfterMs(500), retryAfterMs(3_600_000)],
      [11_000, 3_000, 66_000],
    );
    at(context, 1_000, 0.99999);
    assert.deepEqual([retryAfterMs(9_000), retryAfterMs(3_600_000)], [14_000, 72_000]);
  });
});
