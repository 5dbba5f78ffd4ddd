import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { DefaultLogger, type LogEntry } from '@temporalio/worker';
import { CredentialBreaker, type Cooldowns } from '../../activities/credential-breaker.js';
import { CredentialTurns } from '../../activities/credential-turns.js';
import { HeldBackError } from '../../activities/held-back-error.js';
import type { ProviderErrorKind } from '../../contract/failures.js';
import { ProviderError } from '../../providers/provider.js';
import { ledgerKeeper } from './ledger-keeper.js';

const patient = () => ({ signal: new AbortController().signal, startByMs: performance.now() + 20_000 });

/** A breaker of one process, and a vendor that answers as it is told. */
function connection(cooldowns: Cooldowns = {}, { kept = ledgerKeeper(), holder = 'w1' } = {}) {
  const entries: LogEntry[] = [];
  let renewals = 0;
  const breaker = new CredentialBreaker({
    connection: 'prod',
    turns: new CredentialTurns('prod', holder, kept.keeper),
    logger: new DefaultLogger('INFO', (entry) => entries.push(entry)),
    onRefused: () => (renewals += 1),
    ...cooldowns,
  });
  let made = 0;
  let answer: ProviderErrorKind | undefined;
  const call = () =>
    breaker.guard(patient(), async (stillAllowed) => {
      stillAllowed();
      made += 1;
      const kind = answer;
      await sleep(5);
      if (kind !== undefined) throw new ProviderError(kind, 'BadSignature', 'no.', { requestId: 'r-1' });
      return 'done';
    });
  const outcomes = (count: number) =>
    Promise.all(Array.from({ length: count }, () => call().catch((error: unknown) => error)));
  return {
    outcomes,
    breaker,
    setAnswer: (kind?: ProviderErrorKind) => (answer = kind),
    made: () => made,
    renewals: () => renewals,
    told: (level: string) => entries.filter((entry) => entry.level === level),
  };
}

describe('the breaker of a credential', () => {
  it('lets one call go first, and no other follow when it is refused', async () => {
    const { outcomes, setAnswer, made, told } = connection();
    setAnswer('unauthenticated');
    const errors = await outcomes(100);
    assert.equal(made(), 1);
    for (const error of errors) {
      assert.ok(error instanceof HeldBackError);
      assert.deepEqual(
        [error.kind, error.code, error.context.requestId],
        ['unauthenticated', 'BadSignature', 'r-1'],
      );
      assert.match(error.message, /^no\. The next call with it is made at 20/);
      assert.ok(error.retryAfterMs > 25_000 && error.retryAfterMs <= 36_000, `${error.retryAfterMs}`);
    }
    assert.equal(told('ERROR').length, 1);
    assert.match(told('ERROR')[0]!.message, /Connection "prod": .* BadSignature: no\./);
  });

  it('lets all go when the first is accepted, whatever it was answered then', async () => {
    for (const kind of [undefined, 'invalid', 'denied'] as const) {
      const { outcomes, setAnswer, made } = connection();
      setAnswer(kind);
      await outcomes(1);
      await outcomes(20);
      assert.equal(made(), 21);
    }
  });

  it('tries one call after each pause, twice as long each time, and goes on when one is accepted', async () => {
    const { outcomes, setAnswer, made, renewals, told } = connection({
      firstCooldownMs: 100,
      longestCooldownMs: 200,
    });
    setAnswer('unauthenticated');
    const cooldowns: number[] = [];
    for (let n = 1; n <= 4; n++) {
      const startedAt = performance.now();
      while (made() < n) {
        await outcomes(20);
        await sleep(2);
      }
      cooldowns.push(Math.round(performance.now() - startedAt));
      assert.equal(made(), n);
    }
    const [, first, second, third] = cooldowns as [number, number, number, number];
    assert.ok(first >= 95 && second >= 195 && third >= 195 && third < 2_000, cooldowns.join(', '));
    assert.equal(renewals(), 4);
    setAnswer();
    await sleep(250);
    const answers = await outcomes(20);
    assert.deepEqual(new Set(answers), new Set(['done']), 'those that waited for the one go on with it');
    assert.deepEqual([told('ERROR').length, told('INFO').length], [1, 1]);
  });

  it('stays shut through outages, throttling and a proxy’s pages, which say nothing of the credential', async () => {
    for (const kind of ['unavailable', 'throttled', 'unrecognized'] as const) {
      const { outcomes, setAnswer, made, told } = connection({
        firstCooldownMs: 200,
        longestCooldownMs: 200,
      });
      setAnswer('unauthenticated');
      await outcomes(1);
      setAnswer(kind);
      await sleep(210);
      await outcomes(20);
      assert.deepEqual([made(), told('INFO').length], [2, 0], 'the next waits for another pause');
      setAnswer();
      await sleep(210);
      assert.deepEqual(await outcomes(1), ['done']);
      assert.equal(told('INFO').length, 1);
    }
  });

  it('makes no call that was under way to the vendor when another was refused', async () => {
    const { breaker, outcomes, setAnswer, made } = connection();
    await outcomes(1);
    let go = () => {};
    const turn = new Promise<void>((resolve) => (go = resolve));
    const waiting = breaker
      .guard(patient(), async (stillAllowed) => {
        await turn;
        stillAllowed();
        return 'made';
      })
      .catch((error: unknown) => error);
    setAnswer('unauthenticated');
    await outcomes(1);
    go();
    assert.ok((await waiting) instanceof HeldBackError);
    assert.equal(made(), 2);
  });

  it('keeps nobody behind the first call for longer than it may wait, or than it is wanted', async () => {
    const { breaker } = connection();
    let answer = () => {};
    const first = breaker.guard(patient(), () => new Promise<void>((resolve) => (answer = resolve)));
    const unmade = () => Promise.reject(new Error('it was made'));
    const leave = new AbortController();
    const left = breaker.guard({ ...patient(), signal: leave.signal }, unmade);
    const late = breaker.guard({ ...patient(), startByMs: performance.now() + 20 }, unmade);
    const stays = breaker.guard(patient(), () => Promise.resolve('made'));
    leave.abort();
    await assert.rejects(left, { name: 'ProviderError', kind: 'unavailable', code: 'AbortError' });
    const error = await late.catch((thrown: unknown) => thrown);
    assert.ok(error instanceof HeldBackError && error.code === 'CredentialUntried', String(error));
    assert.ok(error.retryAfterMs >= 5_000 && error.retryAfterMs <= 6_000);
    answer();
    await first;
    assert.equal(await stays, 'made');
  });

  it('holds back what reads the credential, too', async () => {
    const { breaker, told } = connection();
    const refuse = () =>
      Promise.reject(new ProviderError('unauthenticated', 'NoSuchFile', 'there is no key'));
    await assert.rejects(breaker.prepare(refuse), HeldBackError);
    await assert.rejects(
      breaker.prepare(() => Promise.resolve('read')),
      /there is no key/,
    );
    assert.equal(told('ERROR').length, 1);
  });
});
