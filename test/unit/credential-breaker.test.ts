import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { CredentialBreaker, type Cooldowns } from '../../activities/credential-breaker.js';
import { CredentialTurns } from '../../activities/credential-turns.js';
import { HeldBackError } from '../../activities/held-back-error.js';
import type { CredentialRequest } from '../../contract/credential-turn.js';
import type { ProviderErrorKind } from '../../contract/failures.js';
import { ProviderError } from '../../providers/provider.js';
import { refusedNow } from '../../workflows/credential-ledger.js';
import { keptLog } from './kept-log.js';
import { ledgerKeeper } from './ledger-keeper.js';
import { passTimeFast } from './pass-time-fast.js';

const patient = () => ({ signal: new AbortController().signal, startByMs: performance.now() + 20_000 });

/** A breaker of one process, and a vendor that answers as it is told. */
function connection(cooldowns: Cooldowns = {}, { kept = ledgerKeeper(), holder = 'w1' } = {}) {
  const { logger, lines } = keptLog();
  let renewals = 0;
  const breaker = new CredentialBreaker({
    connection: 'prod',
    turns: new CredentialTurns('prod', holder, kept.keeper),
    logger,
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
    told: (level: string) => lines.filter((line) => line.level === level),
    asked: (is: CredentialRequest['is']) => kept.asked.filter((each) => each.is === is).length,
    keeper: kept.keeper,
  };
}

describe('the breaker of a credential', () => {
  passTimeFast();

  it('lets one call go first, and no other follow when it is refused', async () => {
    const kept = ledgerKeeper();
    const { outcomes, setAnswer, made, told } = connection({}, { kept });
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
    const [refused] = kept.asked.filter((each) => each.is === 'refused');
    assert.deepEqual(refused?.cooldowns, { firstMs: 30_000, longestMs: 300_000 });
  });

  it('lets all go when the first is accepted, whatever it was answered then', async () => {
    for (const kind of [undefined, 'invalid', 'denied'] as const) {
      const { outcomes, setAnswer, made, asked } = connection();
      setAnswer(kind);
      await outcomes(1);
      await outcomes(20);
      assert.deepEqual([made(), asked('asking'), asked('accepted')], [21, 1, 1]);
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
      while (made() < n && performance.now() < startedAt + 2_000) {
        await outcomes(20);
        await sleep(10);
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
    const error = await waiting;
    assert.ok(error instanceof HeldBackError && error.code === 'BadSignature', String(error));
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
    await assert.rejects(left, {
      name: 'ProviderError',
      kind: 'unavailable',
      code: 'AbortError',
      message: 'the call was given up before it was made',
    });
    const error = await late.catch((thrown: unknown) => thrown);
    assert.ok(error instanceof HeldBackError && error.code === 'CredentialUntried', String(error));
    assert.equal(error.kind, 'unavailable');
    assert.equal(error.message, 'another call tries the credential first, and has no answer yet');
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

/** Waits for as long as it says, and fails with what comes of it. */
const failureOf = (promise: Promise<unknown>) =>
  promise.then(
    () => assert.fail('it was made'),
    (thrown: unknown) => {
      assert.ok(thrown instanceof HeldBackError, String(thrown));
      return thrown;
    },
  );

describe('what a breaker says', () => {
  passTimeFast();

  it('is a line in the log when the credential is refused, and one when it is accepted again', async () => {
    const { outcomes, setAnswer, told } = connection({ firstCooldownMs: 100 });
    setAnswer('unauthenticated');
    await outcomes(1);
    setAnswer();
    await sleep(110);
    await outcomes(1);
    assert.deepEqual(
      [...told('ERROR'), ...told('INFO')],
      [
        {
          level: 'ERROR',
          message:
            'Connection "prod": the vendor does not accept its credential: BadSignature: no. Its calls are held back; one is made now and then, until one is accepted.',
          meta: { connection: 'prod', code: 'BadSignature', requestId: 'r-1' },
        },
        {
          level: 'INFO',
          message: 'Connection "prod": the vendor accepts its credential again; its work goes on.',
          meta: { connection: 'prod' },
        },
      ],
    );
  });

  it('is the vendor’s code and message, cut where they are long, and no request id where there is none', async () => {
    const { breaker } = connection();
    const wordy = new ProviderError('unauthenticated', 'C'.repeat(201), 'm'.repeat(1_001));
    const { code, message, context } = await failureOf(breaker.prepare(() => Promise.reject(wordy)));
    assert.equal(code, 'C'.repeat(200));
    assert.match(message, /^m{1000}\. The next/);
    assert.deepEqual(Object.keys(context), ['retryAfterMs']);
  });

  it('is nothing of the credential where another error kept it from being read', async () => {
    const { breaker, renewals } = connection();
    for (const thrown of [new ProviderError('unavailable', 'ECONNRESET', 'no'), new TypeError('ours')])
      await assert.rejects(
        breaker.prepare(() => Promise.reject(thrown)),
        thrown,
      );
    assert.equal(renewals(), 0);
  });

  it('is told by the first of the calls that were under way together', async () => {
    const { outcomes, setAnswer, made, renewals, asked } = connection();
    await outcomes(1);
    setAnswer('unauthenticated');
    await outcomes(20);
    assert.deepEqual([made(), renewals(), asked('refused')], [21, 1, 1]);
  });

  it('is a pause by its own guess, in five seconds, where the keeper does not answer', async () => {
    const { outcomes, setAnswer, keeper } = connection({
      firstCooldownMs: 20_000,
      longestCooldownMs: 30_000,
    });
    await outcomes(1);
    setAnswer('unauthenticated');
    keeper.down = true;
    const startedAt = performance.now();
    const [first] = await outcomes(1);
    assert.equal(performance.now() - startedAt, 5_005);
    assert.ok(first instanceof HeldBackError && first.code === 'BadSignature');
    // Fifteen seconds are left of it, and up to a fifth of it is added.
    assert.ok(first.retryAfterMs >= 15_000 && first.retryAfterMs <= 19_000, `${first.retryAfterMs}`);
    keeper.down = false;
    await sleep(21_010); // The keeper hears of it a second later.
    setTimeout(() => (keeper.down = true), 2);
    const [second] = await outcomes(1);
    assert.ok(second instanceof HeldBackError);
    // Twice as long, up to the longest.
    assert.ok(second.retryAfterMs >= 25_000 && second.retryAfterMs <= 31_000, `${second.retryAfterMs}`);
  });

  it('is asked each second while the keeper does not answer', async () => {
    const { outcomes, keeper, asked } = connection();
    keeper.down = true;
    const startedAt = performance.now();
    setTimeout(() => (keeper.down = false), 1_500);
    assert.deepEqual(await outcomes(1), ['done']);
    assert.deepEqual([asked('asking'), performance.now() - startedAt], [3, 2_005]);
  });

  it('is told of a try that was not made, and of one that failed by our own fault', async () => {
    const { breaker, outcomes, setAnswer, asked, made } = connection({ firstCooldownMs: 1_000 });
    setAnswer('unauthenticated');
    await outcomes(1);
    await sleep(1_000);
    const late = new HeldBackError('throttled', 'QuotaShare', 'others are ahead', 1);
    await assert.rejects(
      breaker.guard(patient(), () => Promise.reject(late)),
      late,
    );
    const ours = new TypeError('ours');
    const fail = (stillAllowed: () => void) => {
      stillAllowed();
      return Promise.reject(ours);
    };
    await assert.rejects(breaker.guard(patient(), fail), ours);
    assert.deepEqual([asked('unmade'), asked('unclear')], [1, 1]);
    setAnswer();
    const before = asked('asking');
    assert.ok((await outcomes(1))[0] instanceof HeldBackError, 'as long a pause');
    assert.deepEqual([made(), asked('asking')], [1, before], 'nobody has to be asked for that');
    await sleep(1_000);
    assert.deepEqual(await outcomes(1), ['done']);
    assert.equal(asked('accepted'), 1);
  });

  it('is why a call was not made, and when it is worth another try', async () => {
    const { breaker, outcomes, setAnswer } = connection({ firstCooldownMs: 1_000 });
    await outcomes(1);
    let goOn = () => {};
    const turn = new Promise<void>((resolve) => (goOn = resolve));
    const outlived = failureOf(
      breaker.guard(patient(), async (stillAllowed) => {
        await turn;
        stillAllowed();
      }),
    );
    setAnswer('unauthenticated');
    await outcomes(1);
    await sleep(1_000);
    // One tries, and has no answer yet.
    let answer = () => {};
    const tried = breaker.guard(patient(), (stillAllowed) => {
      stillAllowed();
      return new Promise<void>((resolve) => (answer = resolve));
    });
    const late = { ...patient(), startByMs: performance.now() + 20 };
    assert.equal((await failureOf(breaker.guard(late, () => Promise.resolve()))).code, 'BadSignature');
    answer();
    await tried;
    goOn();
    const { message, retryAfterMs } = await outlived;
    assert.deepEqual(
      [message, retryAfterMs],
      ['the credential was refused while the call waited for its turn; it is made with the new one', 100],
    );
  });

  it('is that Temporal does not answer, where a call waits for that', async () => {
    const { breaker, keeper } = connection();
    keeper.down = true;
    const limit = { ...patient(), startByMs: performance.now() + 1_500 };
    const { kind, code, message } = await failureOf(breaker.guard(limit, () => Promise.resolve()));
    assert.deepEqual([kind, code], ['unavailable', 'CredentialUnknown']);
    const words = "Temporal does not say whether the connection's credential may be used: Temporal is away";
    assert.equal(message, words);
  });

  it('is nothing of the calls that were under way before the refusal, whatever is answered to them', async () => {
    for (const answer of [undefined, new ProviderError('unauthenticated', 'BadSignature', 'no')]) {
      const { breaker, outcomes, setAnswer, asked, renewals } = connection({ firstCooldownMs: 100 });
      await outcomes(1);
      const slow = breaker.guard(patient(), async (stillAllowed) => {
        stillAllowed();
        await sleep(200);
        if (answer !== undefined) throw answer;
      });
      setAnswer('unauthenticated');
      await outcomes(1);
      await slow.catch(() => {});
      assert.deepEqual([asked('accepted'), asked('refused'), renewals()], [1, 1, 1]);
      const before = asked('asking');
      await outcomes(1);
      assert.equal(asked('asking'), before + 1, 'a try needs leave');
    }
  });

  it('is nothing of calls that fail while the credential is accepted', async () => {
    const { outcomes, setAnswer, asked } = connection();
    await outcomes(1);
    setAnswer('unavailable');
    await outcomes(5);
    assert.deepEqual([asked('unclear'), asked('unmade'), asked('asking')], [0, 0, 1]);
  });

  it('is the vendor’s own error where the first call has told nothing of the credential', async () => {
    const { outcomes, setAnswer, asked } = connection();
    setAnswer('unavailable');
    const [error] = await outcomes(1);
    assert.ok(error instanceof ProviderError && error.kind === 'unavailable', String(error));
    assert.equal(asked('unclear'), 1);
    setAnswer();
    assert.deepEqual(await outcomes(1), ['done']);
  });

  it('is a refusal after each pause, where the credential cannot be read', async () => {
    const { breaker, asked, renewals } = connection({ firstCooldownMs: 100 });
    const read = () =>
      breaker.prepare(() => Promise.reject(new ProviderError('unauthenticated', 'NoSuchFile', 'no')));
    await failureOf(read());
    await sleep(100);
    await failureOf(read());
    assert.deepEqual([asked('refused'), renewals()], [2, 2]);
  });

  it('is given up where the keeper does not answer for a minute', async () => {
    const { outcomes, keeper, asked } = connection();
    setTimeout(() => (keeper.down = true), 2);
    assert.deepEqual(await outcomes(1), ['done']);
    await sleep(61_000);
    assert.equal(asked('accepted'), 61);
    assert.deepEqual(await outcomes(1), ['done']);
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
  passTimeFast();

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

  it('ask no more when they have heard that they may call, though none of their own was accepted yet', async () => {
    const { all } = processes(2);
    const [first, second] = all;
    await first!.outcomes(1);
    second!.setAnswer('unavailable');
    const before = second!.asked('asking');
    await second!.outcomes(3);
    assert.equal(second!.asked('asking'), before + 1);
    assert.equal(second!.made(), 3);
  });

  it('make calls side by side as soon as one of their own was accepted', async () => {
    const { all } = processes(2);
    for (const each of all) await each.outcomes(1);
    const startedAt = performance.now();
    await all[1]!.outcomes(10);
    assert.equal(performance.now() - startedAt, 5);
  });

  it('hold back by what the keeper says, not by what they would guess', async () => {
    const { all } = processes(2);
    const [first, second] = all;
    for (const each of all) await each.outcomes(1);
    for (const each of all) each.setAnswer('unauthenticated');
    await first!.outcomes(1);
    await sleep(30_000);
    await first!.outcomes(1);
    const [error] = await second!.outcomes(1);
    assert.ok(error instanceof HeldBackError && error.retryAfterMs >= 59_000, String(error));
  });

  it('tell nothing of a call that was held back at the last moment', async () => {
    const { all } = processes(2);
    const [first, second] = all;
    await first!.outcomes(1);
    const late = second!.breaker.guard(patient(), async (stillAllowed) => {
      await sleep(300);
      stillAllowed();
    });
    const refusal = { code: 'BadSignature', message: 'no' };
    await sleep(10);
    second!.breaker.heard({ refusal, cooldownMs: 100, restMs: 100, version: 1 });
    await assert.rejects(late, { name: 'ProviderError', code: 'BadSignature' });
    assert.equal(second!.asked('refused'), 0);
  });

  it('hear nothing of what is older than what they know', async () => {
    const { all, kept } = processes(2);
    const [first, second] = all;
    first!.setAnswer('unauthenticated');
    await first!.outcomes(1);
    const refused = refusedNow(kept.credential, Date.now())!;
    second!.breaker.heard(refused);
    second!.breaker.heard({ ...refused, version: refused.version - 1, restMs: 0 });
    const before = second!.asked('asking');
    assert.ok((await second!.outcomes(1))[0] instanceof HeldBackError);
    assert.equal(second!.asked('asking'), before);
  });

  it('read the credential anew when they hear of a refusal only as they try', async () => {
    const { all } = processes(2, PAUSES);
    const [first, second] = all;
    first!.setAnswer('unauthenticated');
    await first!.outcomes(1);
    await sleep(PAUSE_MS);
    assert.deepEqual(await second!.outcomes(1), ['done']);
    assert.equal(second!.renewals(), 1);
  });

  it('wait for as long as the keeper says, whatever they have heard', async () => {
    const { all, kept } = processes(2);
    const [first, second] = all;
    first!.setAnswer('unauthenticated');
    await first!.outcomes(1);
    second!.breaker.heard({ ...refusedNow(kept.credential, Date.now())!, restMs: 0 });
    const [error] = await second!.outcomes(1);
    assert.ok(error instanceof HeldBackError && error.retryAfterMs >= 29_000, String(error));
  });

  it('hear that who was refused has left, and try at once', async () => {
    const { all, kept } = processes(2);
    const [first, second] = all;
    first!.setAnswer('unauthenticated');
    await first!.outcomes(1);
    const refused = () => refusedNow(kept.credential, Date.now())!;
    second!.breaker.heard(refused());
    second!.breaker.heard({ ...refused(), restMs: 60_000 });
    await kept.keeper.giveBack('prod', 'w0');
    assert.ok((await second!.outcomes(1))[0] instanceof HeldBackError, 'it has not heard of it');
    second!.breaker.heard(refused());
    assert.deepEqual(await second!.outcomes(1), ['done']);
    assert.equal(second!.renewals(), 1);
  });

  it('are not held back for longer by what is told again', async () => {
    const { all, kept } = processes(2, PAUSES);
    const [first, second] = all;
    first!.setAnswer('unauthenticated');
    await first!.outcomes(1);
    const refused = refusedNow(kept.credential, Date.now())!;
    second!.breaker.heard(refused);
    second!.breaker.heard({ ...refused, restMs: 60_000 });
    await sleep(PAUSE_MS);
    assert.deepEqual(await second!.outcomes(1), ['done']);
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
