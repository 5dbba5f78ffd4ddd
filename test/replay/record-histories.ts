import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { historyToJSON } from '@temporalio/common/lib/proto-utils.js';
import { NativeConnection } from '@temporalio/worker';
import type { CancellationHandle, CancelOptions } from '../../client/index.js';
import { taskUri } from '../../contract/task.js';
import type { FaultRequest, SeedRequest } from '../../simulator/control-requests.js';
import { quotaWorkflowId } from '../../contract/names.js';
import { createConnectionKeeper } from '../../worker/connection-keeper.js';
import { simulatedConnections, startStack, type Stack } from '../harness.js';

const CANCEL = 'CancelDataRepositoryTask';
const VERSION = process.env['npm_package_version'] ?? 'unreleased';
const HISTORIES = join(import.meta.dirname, '../../../test/replay/histories');

interface Scenario {
  /** Left out: FSx. */
  readonly provider?: string;
  readonly seed: Partial<SeedRequest>;
  readonly fault?: FaultRequest;
  readonly options?: CancelOptions;
  readonly meanwhile?: (handle: CancellationHandle, stack: Stack) => Promise<unknown>;
}

/** Every way through the Workflow; add one with every new branch. */
const SCENARIOS: Record<string, Scenario> = {
  canceled: { seed: {} },
  completed: { seed: { onCancel: 'finishFirst' } },
  'already-ended': { seed: { state: 'completed' } },
  refused: { seed: { onCancel: 'unsupported' } },
  'reply-lost': {
    seed: { delays: { cancelingMs: 3_000 } },
    fault: { kind: 'reset', afterEffect: true, match: { operation: CANCEL } },
  },
  unrecognized: {
    seed: {},
    fault: { kind: 'error', code: 'MoonPhaseError', status: 400, match: { operation: CANCEL } },
  },
  'dry-run': { seed: {}, options: { dryRun: true } },
  rehearsed: { provider: 'alibaba-cpfs', seed: {}, options: { dryRun: true } },
  'rehearsed-blocked': {
    provider: 'alibaba-cpfs',
    seed: { details: { runningSubtasks: 2, subtaskMs: 60_000 } },
    options: { dryRun: true, onRunningSubtasks: 'fail' },
  },
  'waited-for-subtasks': {
    provider: 'alibaba-cpfs',
    seed: { details: { runningSubtasks: 2, subtaskMs: 1_500 } },
  },
  'canceled-subtasks': {
    provider: 'alibaba-cpfs',
    seed: { details: { runningSubtasks: 2, subtaskMs: 60_000 } },
    options: { onRunningSubtasks: 'cancel' },
  },
  'refused-over-subtasks': {
    provider: 'alibaba-cpfs',
    seed: { details: { runningSubtasks: 2, subtaskMs: 60_000 } },
    options: { onRunningSubtasks: 'fail' },
  },
  deleted: { provider: 'huawei-sfs-turbo-data', seed: { delays: { cancelingMs: 1_000 } } },
  'erased-ended': {
    provider: 'huawei-sfs-turbo-data',
    seed: { state: 'completed' },
    options: { deleteEnded: true },
  },
  'would-erase': {
    provider: 'huawei-sfs-turbo-data',
    seed: { state: 'completed' },
    options: { deleteEnded: true, dryRun: true },
  },
  'poked-while-asking': {
    seed: {},
    fault: { kind: 'latency', ms: 2_000, afterEffect: true, match: { operation: CANCEL } },
    meanwhile: (handle) => handle.pollNow(),
  },
  'given-up-while-asking': {
    seed: { onCancel: 'stuckCanceling' },
    fault: { kind: 'latency', ms: 2_000, afterEffect: true, match: { operation: CANCEL } },
    meanwhile: (handle) => handle.abandon({ by: 'ada', reason: 'enough' }),
  },
  deadline: { seed: { onCancel: 'stuckCanceling' }, options: { deadlineAfterMs: 1_000 } },
  abandoned: {
    seed: { onCancel: 'stuckCanceling' },
    meanwhile: (handle) => handle.abandon({ by: 'ada', reason: 'enough' }),
  },
  'workflow-cancelled': {
    seed: { onCancel: 'stuckCanceling' },
    meanwhile: (handle, { client }) => client.workflow.getHandle(handle.id).cancel(),
  },
  'poll-now-and-extended': {
    seed: { onCancel: 'stuckCanceling' },
    options: { deadlineAfterMs: 2_000 },
    meanwhile: async (handle) => {
      await handle.pollNow();
      await handle.extendDeadline(1_000);
    },
  },
};

/** `npm run record-histories`: runs every scenario on a real server and keeps its history for the replay tests. */
async function recordAll(): Promise<void> {
  const stack = await startStack({ connect: simulatedConnections });
  const worker = await stack.startWorker();
  mkdirSync(HISTORIES, { recursive: true });
  for (const [name, scenario] of Object.entries(SCENARIOS)) {
    const file = join(HISTORIES, `${VERSION}-${name}.json`);
    writeFileSync(file, await record(stack, scenario));
    console.log(file);
  }
  const file = join(HISTORIES, `${VERSION}-share-quota.json`);
  writeFileSync(file, await recordShareQuota(stack));
  console.log(file);
  await worker.stop();
  await stack.close();
}

/** Two Workers that ask for shares, one of them throttled; one gives back what it has. */
async function recordShareQuota({ address, client }: Stack): Promise<string> {
  const temporal = await NativeConnection.connect({ address });
  const keeper = createConnectionKeeper(temporal, 'default');
  const need = { quota: { calls: 120, perMs: 60_000 }, demand: 10 };
  const throttled = { ...need, throttled: { retryAfterMs: 0 } };
  for (const [holder, operation] of [
    ['w1', need],
    ['w2', need],
    ['w1', throttled],
    ['w2', need],
  ] as const) {
    await keeper.lease('sim', { holder, operations: { [CANCEL]: operation } });
    await sleep(200);
  }
  await keeper.giveBack('sim', 'w1');
  await keeper.lease('sim', { holder: 'w2', operations: { [CANCEL]: need } });
  const handle = client.workflow.getHandle(quotaWorkflowId('sim'));
  const history = historyToJSON(await handle.fetchHistory());
  await handle.terminate();
  await temporal.close();
  return history;
}

async function record(stack: Stack, scenario: Scenario): Promise<string> {
  const { provider = 'aws-fsx', seed, fault, options, meanwhile } = scenario;
  const [task] = await stack.simulator.seed({ provider, state: 'running', ...seed });
  if (fault !== undefined)
    await stack.simulator.fault({ ...fault, match: { ...fault.match, taskIds: [task!.id] }, times: 1 });
  const definition = stack.connections.find((each) => each.provider.id === provider)!;
  const ids = Object.fromEntries(definition.provider.fields.map(({ name }) => [name, task!.ids[name]!]));
  const uri = taskUri({ provider, connection: definition.name, ids });
  const handle = await stack.quiesce.cancel(uri, { deadlineAfterMs: 60_000, ...options });
  if (meanwhile !== undefined) {
    await sleep(500);
    await meanwhile(handle, stack);
  }
  await handle.verdict().catch((thrown: Error) => console.log(`  ${thrown.message}`));
  const history = historyToJSON(await stack.client.workflow.getHandle(handle.id).fetchHistory());
  // Replay does not read them, and they hold the paths of whoever recorded.
  return history.replaceAll(/("stackTrace": )"(?:[^"\\]|\\.)*"/g, '$1""');
}

await recordAll();
