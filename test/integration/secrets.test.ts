import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { historyTexts, SECRET_ENV, startStack, type Stack } from '../harness.js';

const WRONG_SECRET = 'wrong/secret+that+must+not+be+seen+anywhere';
const SESSION_TOKEN = 'session-token-that-a-vendor-echoes-in-its-error';

describe('secrets', () => {
  let stack: Stack;
  let realSecret: string;

  before(async () => {
    stack = await startStack({ cooldowns: { firstCooldownMs: 200 } });
    realSecret = process.env[SECRET_ENV.secret]!;
  });
  after(() => stack.close());

  async function seed(): Promise<string> {
    const [task] = await stack.simulator.seed({ provider: 'aws-fsx', state: 'running' });
    return task!.id;
  }

  it('never enter a history, a pending failure, a result or a log', async () => {
    process.env[SECRET_ENV.secret] = WRONG_SECRET;
    const worker = await stack.startWorker();
    const denied = await stack.quiesce.cancel(`aws-fsx://sim/${await seed()}`, { deadlineAfterMs: 2_000 });
    const workflow = stack.client.workflow.getHandle(denied.id);

    let pending;
    do {
      await sleep(50);
      pending = (await workflow.describe()).raw.pendingActivities?.[0]?.lastFailure;
    } while (!pending);
    assert.equal(pending.applicationFailureInfo?.type, 'Provider.unauthenticated');
    assert.match(pending.message ?? '', /Signature/);
    const unproven = await denied.verdict();
    assert.equal(unproven.verdict, 'unproven');
    await worker.stop();

    process.env[SECRET_ENV.secret] = realSecret;
    await stack.startWorker();
    const echoed = await seed();
    await stack.simulator.fault({
      kind: 'error',
      match: { taskIds: [echoed] },
      times: 2,
      status: 400,
      code: 'InvalidSignatureException',
      message: `The request signature we calculated does not match.\n\nThe Canonical String for this request should have been\n'POST\n/\n\nx-amz-security-token:${SESSION_TOKEN}`,
    });
    const proven = await stack.quiesce.cancel(`aws-fsx://sim/${echoed}`, { deadlineAfterMs: 60_000 });
    const result = await proven.verdict();
    assert.equal(result.verdict, 'canceled');

    const histories = await historyTexts(stack.client);
    assert.ok(
      histories.some((text) => text.includes('"clientToken":')),
      'no payload was looked at',
    );
    const told = [JSON.stringify([unproven, result, pending]), ...stack.logs, ...histories];
    assert.ok(
      stack.logs.length > 0 && told.some((text) => text.includes('aws-fsx://sim/')),
      'nothing was looked at',
    );
    for (const secret of [WRONG_SECRET, SESSION_TOKEN, realSecret]) {
      assert.deepEqual(
        told.filter((text) => text.includes(secret)),
        [],
      );
    }
  });
});
