import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { DefaultLogger, type LogEntry } from '@temporalio/worker';
import { CredentialBreaker, type Cooldowns } from '../../activities/credential-breaker.js';
import { CredentialTurns } from '../../activities/credential-turns.js';
import { HeldBackError } from '../../activities/held-back-error.js';
import type { ProviderErrorKind } from '../../contract/failures.js';
import { ProviderError } from '../../providers/provider.js';
import { refusedNow } from '../../workflows/credential-ledger.js';
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

  it('makes no call that waited for its turn while the credential was refused and mended', async () => {
    const { outcomes, breaker, setAnswer } = connection({ firstCooldownMs: 20 });
    await outcomes(1);
    let goOn = () => {};
    const turn = new Promise<void>((resolve) => (goOn = resolve));
    const waiting = breaker.guard(patient(), async (stillAllowed) => {
      await turn;
      stillAllowed();
      assert.fail('it would be made with the credential that was refused');
    });
    setAnswer('unauthenticated');
    await outcomes(1);
    setAnswer();
    await sleep(100);
    await outcomes(1);
    goOn();
    await assert.rejects(waiting, { name: 'ProviderError', code: 'CredentialRenewed', kind: 'unavailable' });
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

/** Longer than one that waits for another's try leaves between two questions. */
const PAUSE_MS = 800;
const PAUSES = { firstCooldownMs: PAUSE_MS, longestCooldownMs: PAUSE_MS };

/** The breakers of several processes, which have one keeper. */
function processes(count: number, cooldowns?: Cooldowns) {
  const kept = ledgerKeeper();
  const all = Array.from({ length: count }, (_, n) => connection(cooldowns, { kept, holder: `w${n}` }));
  const told = (level: string) => all.flatMap((each) => each.told(level));
  const made = () => all.reduce((sum, each) => sum + each.made(), 0);
  const outcomes = async (each: number) => (await Promise.all(all.map((one) => one.outcomes(each)))).flat();
  const setAnswer = (kind?: ProviderErrorKind) => all.forEach((each) => each.setAnswer(kind));
  return { all, kept, told, made, outcomes, setAnswer };
}

describe('the breakers of one connection in several processes', () => {
  it('make one call together, and say so once, when the credential is refused', async () => {
    const { outcomes, made, told, setAnswer } = processes(3);
    setAnswer('unauthenticated');
    for (const error of await outcomes(30)) {
      assert.ok(error instanceof HeldBackError);
      assert.deepEqual([error.kind, error.code], ['unauthenticated', 'BadSignature']);
    }
    assert.deepEqual([made(), told('ERROR').length], [1, 1]);
  });

  it('make one call together after each pause, and all go on when it is accepted', async () => {
    const { all, outcomes, made, told, setAnswer } = processes(3, PAUSES);
    setAnswer('unauthenticated');
    await outcomes(10);
    for (let tries = 2; tries <= 4; tries++) {
      await sleep(PAUSE_MS + 10);
      await outcomes(10);
      assert.equal(made(), tries);
    }
    setAnswer();
    await sleep(PAUSE_MS + 10);
    const answers = await outcomes(10);
    assert.deepEqual(new Set(answers), new Set(['done']));
    assert.deepEqual([told('ERROR').length, told('INFO').length], [1, 1]);
    assert.ok(
      all.every((each) => each.renewals() > 0),
      'each reads the credential anew',
    );
  });

  it('ask nothing while all is well', async () => {
    const { outcomes, kept } = processes(3);
    await outcomes(10);
    const before = kept.asked.length;
    assert.ok(before <= 12, `${before} requests to begin with`);
    await outcomes(100);
    assert.equal(kept.asked.length, before);
  });

  it('stop as soon as one hears of a refusal', async () => {
    const { all, kept, outcomes, setAnswer, made } = processes(2);
    await outcomes(10);
    setAnswer('unauthenticated');
    const [first, second] = all;
    await first!.outcomes(1);
    const before = made();
    second!.breaker.heard(refusedNow(kept.credential, Date.now())!);
    const [error] = await second!.outcomes(1);
    assert.ok(error instanceof HeldBackError && error.code === 'BadSignature', String(error));
    assert.equal(made(), before);
  });

  it('are not stopped anew by what is out of date', async () => {
    const { all, kept, outcomes, setAnswer } = processes(2, PAUSES);
    setAnswer('unauthenticated');
    await outcomes(1);
    const old = refusedNow(kept.credential, Date.now())!;
    setAnswer();
    await sleep(PAUSE_MS + 10);
    assert.deepEqual(await outcomes(1), ['done', 'done']);
    for (const { breaker } of all) breaker.heard(old);
    assert.deepEqual(await outcomes(1), ['done', 'done']);
  });

  it('go on where only one has a bad credential, which alone is held back and tells so', async () => {
    const { all, told } = processes(2, PAUSES);
    const [bad, good] = all;
    bad!.setAnswer('unauthenticated');
    await bad!.outcomes(1);
    await sleep(PAUSE_MS + 10);
    assert.deepEqual(
      await good!.outcomes(10),
      Array.from({ length: 10 }, () => 'done'),
    );
    assert.ok((await bad!.outcomes(1))[0] instanceof HeldBackError);
    assert.match(told('ERROR')[1]!.message, /credential this Worker has, though it accepts another Worker's/);
    assert.deepEqual(
      await good!.outcomes(10),
      Array.from({ length: 10 }, () => 'done'),
    );
    assert.deepEqual([told('ERROR').length, told('INFO').length], [2, 1]);
  });

  it('tell the refusal, once, however often the keeper’s answer is lost', async () => {
    const { all, kept, told } = processes(1);
    const [one] = all;
    await one!.outcomes(1);
    one!.setAnswer('unauthenticated');
    kept.keeper.mute = true;
    const refused = one!.outcomes(1);
    await sleep(1_500);
    assert.deepEqual(told('ERROR'), []);
    kept.keeper.mute = false;
    const [error] = await refused;
    assert.ok(error instanceof HeldBackError && error.code === 'BadSignature');
    assert.equal(told('ERROR').length, 1);
  });
});
