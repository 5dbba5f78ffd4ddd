import assert from 'node:assert/strict';
import { describe, it, type TestContext } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { ConnectionGate, type GateOptions } from '../../activities/connection-gate.js';
import { HeldBackError } from '../../activities/held-back-error.js';
import { WaitLimit } from '../../activities/wait-limit.js';
import { LONGEST_RETRY_AFTER_MS } from '../../providers/pacing.js';
import { ProviderError } from '../../providers/provider.js';
import { keptLog } from './kept-log.js';
import { ledgerKeeper } from './ledger-keeper.js';
import { passTimeFast } from './pass-time-fast.js';

const QUOTA = { calls: 100, perMs: 1_000 };
const never = () => new AbortController().signal;

/** A gate whose keeper is the ledgers themselves, without Temporal between. */
function gateOf(t: TestContext, options: Partial<GateOptions> = {}) {
  const { keeper, ledger, requests, asked } = ledgerKeeper();
  const gate = new ConnectionGate({
    connection: 'prod',
    quotas: { Limited: QUOTA, Unlimited: null },
    keeper,
    holder: 'w1',
    waitLimit: new WaitLimit(20_000),
    logger: keptLog().logger,
    onRefused: () => {},
    ...options,
  });
  t.after(() => gate.close());
  const pass = (operation: string, call = () => Promise.resolve('done')) =>
    gate.pass(operation, never(), call);
  return { gate, pass, ledger, keeper, requests, asked };
}

describe('the gate before a connection', () => {
  passTimeFast();

  it('asks for a share when there is a call that needs one, and gives it back at the end', async (t) => {
    const { gate, pass, ledger, requests } = gateOf(t);
    await pass('Unlimited');
    assert.equal(requests.length, 0);
    await Promise.all(Array.from({ length: 30 }, () => pass('Limited')));
    assert.equal(requests[0]!.operations['Limited']!.demand, 30);
    assert.deepEqual(Object.keys(ledger.operations['Limited']!.claims), ['w1']);
    await gate.close();
    assert.deepEqual(ledger.operations['Limited']!.claims, {});
  });

  it('makes no call without a share, says so, and goes on when Temporal is back', async (t) => {
    const { pass, keeper, requests } = gateOf(t, { waitLimit: new WaitLimit(1_500) });
    await pass('Unlimited');
    keeper.down = true;
    let made = 0;
    const call = () => Promise.resolve((made += 1));
    const error = await pass('Limited', call as never).catch((thrown: unknown) => thrown);
    assert.ok(error instanceof HeldBackError, String(error));
    assert.deepEqual([error.kind, error.code, made], ['unavailable', 'QuotaUnknown', 0]);
    assert.match(error.message, /^Temporal does not say .* quota of Limited .*: Temporal is away$/);
    assert.ok(requests.length >= 2, 'it was asked again');
    keeper.down = false;
    await sleep(5_000); // By then it was asked again.
    assert.equal(await pass('Limited'), 'done');
  });

  it('makes no first call while Temporal does not say whether it may, and later ones without asking', async (t) => {
    const { pass, keeper, asked } = gateOf(t, { waitLimit: new WaitLimit(1_500) });
    keeper.down = true;
    let made = 0;
    const call = () => Promise.resolve(String((made += 1)));
    const error = await pass('Unlimited', call).catch((thrown: unknown) => thrown);
    assert.ok(error instanceof HeldBackError, String(error));
    assert.deepEqual([error.kind, error.code, made], ['unavailable', 'CredentialUnknown', 0]);
    assert.match(error.message, /^Temporal does not say .* credential may be used: Temporal is away$/);
    assert.ok(error.retryAfterMs >= 5_000 && error.retryAfterMs <= 6_000);
    assert.ok(asked.length >= 2, 'it was asked again');
    keeper.down = false;
    assert.equal(await pass('Unlimited', call), '1');
    keeper.down = true;
    for (let n = 2; n < 10; n++) assert.equal(await pass('Unlimited', call), String(n));
  });

  it('makes calls also of a quota that allows one only now and then', async (t) => {
    for (const [quota, atOnce] of [
      [{ calls: 1, perMs: 60_000 }, 1],
      [{ calls: 3, perMs: 60_000 }, 1],
      [{ calls: 100, perMs: 3_600_000 }, 3],
    ] as const) {
      const { pass } = gateOf(t, { quotas: { Limited: quota } });
      const calls = Array.from({ length: 10 }, () => pass('Limited').catch((thrown: unknown) => thrown));
      const outcomes = await Promise.all(calls);
      assert.equal(outcomes.filter((each) => each === 'done').length, atOnce, JSON.stringify(quota));
      for (const each of outcomes) assert.ok(each === 'done' || each instanceof HeldBackError, String(each));
    }
  });

  it('makes the next call of such a quota when it is due', async (t) => {
    const { pass } = gateOf(t, { quotas: { Limited: { calls: 2, perMs: 2_000 } } });
    for (let n = 0; n < 3; n++) assert.equal(await pass('Limited'), 'done');
  });

  it('keeps the share it has while Temporal is away', async (t) => {
    const { pass, keeper } = gateOf(t);
    await pass('Limited');
    keeper.down = true;
    for (let n = 0; n < 20; n++) assert.equal(await pass('Limited'), 'done');
  });

  it('tells the keeper at once of a call that was throttled, and holds the others back meanwhile', async (t) => {
    const { pass, ledger, requests } = gateOf(t);
    await pass('Limited');
    const throttle = () =>
      Promise.reject(new ProviderError('throttled', 'Busy', 'no', { retryAfterMs: 400 }));
    await assert.rejects(pass('Limited', throttle), { code: 'Busy' });
    const startedAt = performance.now();
    await pass('Limited');
    assert.ok(performance.now() - startedAt >= 395);
    assert.deepEqual(
      requests.find(({ operations }) => operations['Limited']!.throttled)?.operations['Limited']!.throttled,
      {
        retryAfterMs: 400,
      },
    );
    assert.ok(ledger.operations['Limited']!.slowedTo < 1);
  });

  it('counts how long each call of a look waits, and not how long those before it took', async (t) => {
    const { gate } = gateOf(t, { waitLimit: new WaitLimit(1_000) });
    const { signal } = new AbortController();
    let pages = 0;
    for (let n = 0; n < 40; n++)
      await gate.pass('Unlimited', signal, () => sleep(500).then(() => (pages += 1)));
    assert.equal(pages, 40);
  });

  it('starts no call later than an Activity may, and says that its time is over', async (t) => {
    const { gate } = gateOf(t, { waitLimit: new WaitLimit(1_000, 2_000) });
    const { signal } = new AbortController();
    let pages = 0;
    const page = () => gate.pass('Unlimited', signal, () => sleep(500).then(() => (pages += 1)));
    const error = await (async () => {
      for (;;) await page();
    })().catch((thrown: unknown) => thrown);
    assert.ok(error instanceof ProviderError && !(error instanceof HeldBackError), String(error));
    assert.deepEqual([error.kind, error.code], ['unavailable', 'OutOfTime']);
    assert.equal(
      error.message,
      'Unlimited was not called: the time that one look has for all of its calls is over',
    );
    assert.ok(pages === 4 || pages === 5, `${pages} pages`);
    assert.equal(await gate.pass('Unlimited', never(), () => Promise.resolve('done')), 'done');
  });

  it('holds calls back where the vendor throttled one whose quota nobody knows', async (t) => {
    const { pass, requests } = gateOf(t, { waitLimit: new WaitLimit(1_000) });
    await pass('Unlimited');
    const throttle = () =>
      Promise.reject(new ProviderError('throttled', 'Busy', 'no', { retryAfterMs: 30_000 }));
    await assert.rejects(pass('Unlimited', throttle), { code: 'Busy' });
    await assert.rejects(pass('Unlimited'), {
      name: 'ProviderError',
      kind: 'throttled',
      code: 'Throttled',
      message: 'the vendor throttled Unlimited lately, and 0 calls are ahead of this one',
      retryAfterMs: 25_714, // Of 1.4 a second one turn after the hold, and five seconds early.
    });
    assert.equal(requests.length, 0);
  });

  it('holds calls back for no longer than a vendor may say', async (t) => {
    const { pass } = gateOf(t);
    await pass('Unlimited');
    const forever = { retryAfterMs: 10 * LONGEST_RETRY_AFTER_MS };
    const throttle = () => Promise.reject(new ProviderError('throttled', 'Busy', 'no', forever));
    await assert.rejects(pass('Unlimited', throttle), { code: 'Busy' });
    await assert.rejects(pass('Unlimited'), { retryAfterMs: LONGEST_RETRY_AFTER_MS - 5_000 + 714 });
  });

  it('holds calls back for a second where the vendor throttled one and did not say for how long', async (t) => {
    const { pass, requests } = gateOf(t);
    for (const operation of ['Limited', 'Unlimited']) {
      await pass(operation);
      const throttle = () => Promise.reject(new ProviderError('throttled', 'Busy', 'no'));
      await assert.rejects(pass(operation, throttle), { code: 'Busy' });
      const startedAt = performance.now();
      await pass(operation);
      const tookMs = performance.now() - startedAt;
      assert.ok(tookMs >= 1_000 && tookMs < 1_500, `${operation}: ${tookMs} ms`);
    }
    const told = requests.flatMap(({ operations }) => operations['Limited']?.throttled ?? []);
    assert.deepEqual(told, [{ retryAfterMs: 1_000 }]);
  });

  it('holds no call back for an error of another kind, and hands it on', async (t) => {
    const { pass } = gateOf(t);
    for (const thrown of [new ProviderError('invalid', 'Busy', 'no'), new TypeError('ours')]) {
      await assert.rejects(
        pass('Unlimited', () => Promise.reject(thrown)),
        thrown,
      );
      const startedAt = performance.now();
      await pass('Unlimited');
      assert.equal(performance.now(), startedAt);
    }
  });

  it('says how many calls are ahead where the quota is used up', async (t) => {
    const quotas = { Limited: { calls: 1, perMs: 60_000 } };
    const { pass } = gateOf(t, { quotas, waitLimit: new WaitLimit(1_000) });
    assert.equal(await pass('Limited'), 'done');
    const error = await pass('Limited').catch((thrown: unknown) => thrown);
    assert.ok(error instanceof HeldBackError, String(error));
    assert.deepEqual([error.kind, error.code], ['throttled', 'QuotaShare']);
    assert.equal(error.message, '0 calls of Limited are ahead of this one');
  });

  it('knows no quota for what has the name of something else', async (t) => {
    const { pass, requests } = gateOf(t);
    assert.equal(await pass('constructor'), 'done');
    assert.equal(requests.length, 0);
  });

  it('makes no adapter, and no call, with a credential that is known to be refused', async (t) => {
    let refusals = 0;
    const { gate, pass } = gateOf(t, {
      onRefused: () => (refusals += 1),
      cooldowns: { firstCooldownMs: 70_000 },
    });
    assert.equal(await gate.connect(() => Promise.resolve('adapter')), 'adapter');
    const refuse = () =>
      Promise.reject(new ProviderError('unauthenticated', 'NoSuchFile', 'there is no key'));
    await assert.rejects(gate.connect(refuse), { code: 'NoSuchFile', kind: 'unauthenticated' });
    assert.equal(refusals, 1);
    const unmade = () => Promise.resolve(assert.fail('it was made'));
    await assert.rejects(gate.connect(unmade), { code: 'NoSuchFile' });
    await assert.rejects(pass('Unlimited', unmade), { code: 'NoSuchFile' });
  });

  it('hears with its share that the credential of another was refused', async (t) => {
    const { gate, pass, keeper } = gateOf(t);
    await pass('Limited');
    const refusal = { code: 'BadSignature', message: 'no' };
    const cooldowns = { firstMs: 30_000, longestMs: 30_000 };
    await keeper.credential('prod', { holder: 'w2', is: 'refused', refusal, cooldowns }, 'w2:1');
    const outcomes: unknown[] = [];
    for (let n = 0; n < 100; n++) {
      outcomes.push(await pass('Limited').catch((thrown: unknown) => thrown));
      await sleep(20);
    }
    const last = outcomes.at(-1);
    assert.ok(last instanceof HeldBackError && last.code === 'BadSignature', String(last));
    await gate.close();
  });

  it('sends away who waits when it closes, and gives back only what it may have', async (t) => {
    const given: string[] = [];
    const { keeper } = ledgerKeeper();
    const giveBack = async (connection: string, holder: string) => void given.push(`${connection} ${holder}`);
    const options = {
      keeper: { ...keeper, giveBack },
      quotas: { Limited: { calls: 20, perMs: 60_000 } },
    };
    await gateOf(t, options).gate.close();
    assert.deepEqual(given, [], 'it has asked for nothing');
    const { gate, pass } = gateOf(t, options);
    await pass('Limited');
    const waiting = pass('Limited');
    await sleep(100);
    const closing = gate.close();
    await assert.rejects(waiting, { code: 'AbortError', message: /^Limited was given up/ });
    await closing;
    assert.deepEqual(given, ['prod w1']);
    const unlimited = gateOf(t, options);
    await unlimited.pass('Unlimited');
    await unlimited.gate.close();
    assert.equal(given.length, 2, 'it has asked for leave');
    const away = gateOf(t, { keeper });
    await away.pass('Unlimited');
    keeper.down = true;
    await away.gate.close();
  });
});
