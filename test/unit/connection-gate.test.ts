import assert from 'node:assert/strict';
import { describe, it, type TestContext } from 'node:test';
import { DefaultLogger } from '@temporalio/worker';
import { ConnectionGate, type GateOptions } from '../../activities/connection-gate.js';
import { HeldBackError } from '../../activities/held-back-error.js';
import { WaitLimit } from '../../activities/wait-limit.js';
import { ProviderError } from '../../providers/provider.js';
import { ledgerKeeper } from './ledger-keeper.js';

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
    logger: new DefaultLogger('ERROR', () => {}),
    onRefused: () => {},
    ...options,
  });
  t.after(() => gate.close());
  const pass = (operation: string, call = () => Promise.resolve('done')) =>
    gate.pass(operation, never(), call);
  return { gate, pass, ledger, keeper, requests, asked };
}

describe('the gate before a connection', () => {
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
    for (let answer: unknown; answer !== 'done';) answer = await pass('Limited').catch(() => undefined);
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

  it('starts no call later than an Activity may, however its look took', async (t) => {
    const { gate } = gateOf(t, { waitLimit: new WaitLimit(50) });
    const { signal } = new AbortController();
    await gate.pass('Unlimited', signal, () => new Promise((resolve) => setTimeout(resolve, 60)));
    let made = 0;
    await assert.rejects(
      gate.pass('Unlimited', signal, () => Promise.resolve((made += 1))),
      HeldBackError,
    );
    assert.equal(made, 0);
  });
});
