import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import type { WorkflowHandle } from '@temporalio/client';
import { startStack, SECRET_ENV, type Stack } from '../harness.js';

const TASKS = 30;
const FIRST_COOLDOWN_MS = 1_000;

describe('a credential that the vendor does not accept', () => {
  let stack: Stack;
  let goodSecret: string;

  before(async () => {
    stack = await startStack({ cooldowns: { firstCooldownMs: FIRST_COOLDOWN_MS, longestCooldownMs: 4_000 } });
    goodSecret = process.env[SECRET_ENV.secret]!;
  });
  after(() => stack.close());

  const told = (level: string) =>
    stack.logs.filter((line) => line.startsWith(`${level} Connection "sim": the vendor`));
  const warnings = () => stack.logs.filter((line) => /^(WARN|ERROR) .*Activity failed/.test(line));

  async function lastFailure(workflow: WorkflowHandle) {
    const { raw } = await workflow.describe();
    return raw.pendingActivities?.[0]?.lastFailure;
  }

  it('is told once, is not tried by each that waits, and all go on when it is mended', async (t) => {
    process.env[SECRET_ENV.secret] = 'not+the/secret';
    await stack.startWorker();
    const tasks = await stack.simulator.seed({ provider: 'aws-fsx', state: 'running', count: TASKS });
    const handles = await Promise.all(
      tasks.map(({ id }) => stack.quiesce.cancel(`aws-fsx://sim/${id}`, { deadlineAfterMs: 300_000 })),
    );
    const workflows = handles.map(({ id }) => stack.client.workflow.getHandle(id));

    const failures = await Promise.all(
      workflows.map(async (workflow) => {
        for (;;) {
          const failure = await lastFailure(workflow);
          if (failure) return failure;
          await sleep(100);
        }
      }),
    );
    for (const { applicationFailureInfo, message } of failures) {
      assert.equal(applicationFailureInfo?.type, 'Provider.unauthenticated');
      assert.match(
        message ?? '',
        /^sim: InvalidSignatureException: .* The next call with it is made at 20.*Mend/,
      );
    }
    const callsBefore = (await stack.simulator.calls()).length;
    await sleep(3 * FIRST_COOLDOWN_MS);
    const calls = await stack.simulator.calls();
    t.diagnostic(`${calls.length} calls for ${TASKS} waiting cancellations, ${callsBefore} of them at first`);
    assert.equal(callsBefore > 0 && calls.every(({ status }) => status === 400), true);
    assert.ok(calls.length <= 5, `${calls.length} calls`);
    assert.equal(told('ERROR').length, 1, told('ERROR').join('\n'));
    assert.deepEqual(told('INFO'), []);

    process.env[SECRET_ENV.secret] = goodSecret;
    const verdicts = await Promise.all(handles.map(async (handle) => (await handle.verdict()).verdict));
    assert.deepEqual(new Set(verdicts), new Set(['canceled']));
    assert.equal(told('INFO').length, 1);
    assert.equal(told('ERROR').length, 1);
    assert.deepEqual(warnings(), []);
  });
});
