import assert from 'node:assert/strict';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, it, type TestContext } from 'node:test';
import { stringify } from 'yaml';
import { startWorkerProcess, type WorkerProcess } from '../../cli/stack/worker-process.js';
import { quotaWorkflowId } from '../../contract/names.js';
import { ALL_PROVIDERS } from '../../providers/all.js';
import { SIMULATED_CREDENTIALS } from '../../providers/vendors/simulated-credentials.js';
import type { JournalCall } from '../../simulator/journal.js';
import { startStack, type Stack } from '../harness.js';

const PROVIDER = 'alibaba-cpfs';
const CONNECTION = 'cpfs';
const CANCEL = 'CancelDataFlowTask';
const DESCRIBE = 'DescribeDataFlowTasks';
const WORKERS = 3;
const TASKS = 200;

/** Seven times what the vendor allows, so that the test takes seconds; the simulator holds it in any window. */
const QUOTA = { calls: 60, perMs: 4_000 };

describe('a quota shared by Workers in processes of their own', () => {
  let stack: Stack;
  let folder: string;
  let env: NodeJS.ProcessEnv;
  const workers: WorkerProcess[] = [];

  before(async () => {
    stack = await startStack();
    folder = await mkdtemp(join(tmpdir(), 'quiesce-quota-'));
    const quotas = { [CANCEL]: QUOTA, [DESCRIBE]: QUOTA };
    await stack.simulator.settings({ provider: PROVIDER, quotas, delays: { cancelingMs: 2_000 } });
    const definition = ALL_PROVIDERS.find(({ id }) => id === PROVIDER)!;
    const simulated = definition.simulatedConnection({
      endpoint: stack.endpoint,
      credentials: SIMULATED_CREDENTIALS,
    });
    env = { ...process.env, ...simulated.env, TEMPORAL_ADDRESS: stack.address };
    const quota = { calls: QUOTA.calls, per: `${QUOTA.perMs}ms` };
    const connection = {
      provider: PROVIDER,
      ...simulated.settings,
      pollEvery: '2s',
      quotas: { [CANCEL]: quota, [DESCRIBE]: quota },
    };
    await writeFile(
      join(folder, 'quiesce.config.yaml'),
      stringify({ connections: { [CONNECTION]: connection } }),
    );
  });
  after(async () => {
    await Promise.all(workers.map((worker) => worker.stop()));
    await stack.close();
    await rm(folder, { recursive: true });
  });

  async function startWorkers(): Promise<void> {
    const starting = Array.from({ length: WORKERS }, (_, index) =>
      startWorkerProcess({
        configPath: join(folder, 'quiesce.config.yaml'),
        env,
        logPath: join(folder, `worker-${index}.log`),
        signal: AbortSignal.timeout(60_000),
      }),
    );
    workers.push(...(await Promise.all(starting)));
  }

  it('keeps the cancellations of several Workers within it', async (t) => {
    const tasks = await stack.simulator.seed({ provider: PROVIDER, state: 'running', count: TASKS });
    await startWorkers();
    const startedAtMs = Date.now();
    const results = await Promise.all(
      tasks.map(async ({ ids }) => {
        const task = { provider: PROVIDER, connection: CONNECTION, ids };
        const handle = await stack.quiesce.cancel(task, { deadlineAfterMs: 300_000 });
        return handle.verdict();
      }),
    );
    const tookMs = Date.now() - startedAtMs;
    const calls = await stack.simulator.calls();
    report(t, calls, tookMs);

    assert.deepEqual(new Set(results.map(({ verdict }) => verdict)), new Set(['canceled']));
    const asked = calls.filter(({ operation, status }) => operation === CANCEL && status === 200);
    assert.equal(asked.length, TASKS, 'answered asks');
    assert.equal(new Set(asked.flatMap(({ taskIds }) => taskIds)).size, TASKS, 'tasks that were asked');
    const throttled = calls.filter(({ status }) => status !== 200);
    assert.ok(
      throttled.length < calls.length / 100,
      `${throttled.length} of ${calls.length} calls throttled`,
    );
    // How many looks come together is the machine's affair; that those which wait are made together shows in the first.
    const [firstLooks] = calls.filter(
      ({ operation, taskIds }) => operation === DESCRIBE && taskIds.length > 1,
    );
    assert.ok(firstLooks !== undefined, 'no looks were made together');
  });

  it('shows in the Temporal UI who has which share', async () => {
    const handle = stack.client.workflow.getHandle(quotaWorkflowId(CONNECTION));
    const { currentDetails } = await handle.query<{ currentDetails: string }>('__temporal_workflow_metadata');
    assert.match(currentDetails, /### Quotas of cpfs/);
    assert.match(currentDetails, new RegExp(`\\*\\*${CANCEL}\\*\\*: 60 calls in 4 s`));
    const { historyLength, status } = await handle.describe();
    assert.equal(status.name, 'RUNNING');
    assert.ok(historyLength < 1_000, `${historyLength} events`);
  });

  it('is no warning for each call that waits', async () => {
    const logs = await Promise.all(
      workers.map((_, index) => readFile(join(folder, `worker-${index}.log`), 'utf8')),
    );
    assert.deepEqual(logs.join('\n').match(/.*(QuotaShare|Activity failed).*/g) ?? [], []);
  });
});

function report(t: TestContext, calls: readonly JournalCall[], tookMs: number): void {
  const counts = [CANCEL, DESCRIBE].map((operation) => {
    const made = calls.filter((call) => call.operation === operation);
    const looked = made.reduce((sum, { taskIds }) => sum + taskIds.length, 0);
    const throttled = made.filter(({ status }) => status !== 200).length;
    return `${operation}: ${made.length} calls for ${looked} tasks, ${throttled} throttled`;
  });
  t.diagnostic(`${tookMs} ms; ${counts.join('; ')}`);
}
