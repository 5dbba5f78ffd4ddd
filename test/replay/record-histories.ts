import { createSecretKey, randomBytes } from 'node:crypto';
import { Client } from '@temporalio/client';
import type { Payload } from '@temporalio/common';
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { historyToJSON } from '@temporalio/common/lib/proto-utils.js';
import { NativeConnection } from '@temporalio/worker';
import type { ConnectionKeeper } from '../../activities/connection-keeper.js';
import type { CancellationHandle, CancelOptions } from '../../client/index.js';
import type { EncryptionCodec } from '../../encryption/encryption-codec.js';
import { maskBy } from '../../encryption/mask-by.js';
import { parseHost } from '../../contract/allowed-host.js';
import { webhookId } from '../../contract/callback.js';
import type { CredentialRequest } from '../../contract/credential-turn.js';
import { taskUri } from '../../contract/task.js';
import type { FaultRequest, SeedRequest } from '../../simulator/control-requests.js';
import type { CampaignInput } from '../../contract/campaign.js';
import {
  ABORT_UPDATE,
  ADD_CALLBACK_UPDATE,
  callbackWorkflowId,
  campaignWorkflowId,
  CANCEL_TASK_WORKFLOW,
  laneWorkflowId,
  PAUSE_UPDATE,
  quotaWorkflowId,
  RESUME_UPDATE,
  SET_RATE_UPDATE,
  START_UPDATE,
  TASK_QUEUE,
} from '../../contract/names.js';
import { createConnectionKeeper } from '../../worker/connection-keeper.js';
import { answers, startReceiver } from '../callback-receiver.js';
import { simulatedConnections, startStack, type Stack } from '../harness.js';
import { playCampaign, type PlayedCampaign } from '../integration/campaign-play.js';

const CANCEL = 'CancelDataRepositoryTask';
const VERSION = process.env['npm_package_version'] ?? 'unreleased';
/** A folder for each version: the next version's is a new one, beside those of all before it. */
const HISTORIES = join(import.meta.dirname, '../../../test/replay/histories', VERSION);

interface Scenario {
  /** Left out: FSx. */
  readonly provider?: string;
  readonly seed: Partial<SeedRequest>;
  readonly fault?: FaultRequest;
  readonly options?: CancelOptions;
  /** Whom it tells its end. */
  readonly callback?: string;
  readonly meanwhile?: (handle: CancellationHandle, stack: Stack) => Promise<unknown>;
}

const receiver = await startReceiver();

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
  'callback-told': { seed: {}, callback: receiver.address('told') },
  'callback-told-of-failure': {
    seed: {},
    fault: { kind: 'error', code: 'MoonPhaseError', status: 400, match: { operation: CANCEL } },
    callback: receiver.address('failed'),
  },
  'callback-added': {
    seed: { onCancel: 'stuckCanceling' },
    callback: receiver.address('first'),
    meanwhile: async (handle) => {
      await handle.addCallback(receiver.address('second'));
      await handle.abandon({ by: 'ada', reason: 'enough' });
    },
  },
};

/** Of the Workflow that tells one address; what it is answered. */
const DELIVERIES: Record<string, readonly number[]> = {
  'callback-delivered': [500, 204],
  'callback-gone': [410],
};

/** Of the Workflow that keeps what a connection's Workers agree on. */
const SHARED: Record<string, (keeper: ConnectionKeeper) => Promise<void>> = {
  'share-quota': shareQuota,
  'share-credential': shareCredential,
};

interface CampaignScene {
  readonly provider: string;
  readonly seed: Partial<SeedRequest>;
  readonly input?: Partial<CampaignInput>;
  readonly laneSize?: number;
  readonly meanwhile?: (campaign: PlayedCampaign) => Promise<unknown>;
}

/** Of a campaign and its first lane. */
const CAMPAIGNS: Record<string, CampaignScene> = {
  campaign: { provider: 'aws-fsx', seed: { count: 6 } },
  // `campaign-with-four-seats` is the same, recorded with 08397d3, before `eight-lanes-ask`.
  'campaign-of-nine-lanes': { provider: 'aws-fsx', seed: { count: 9 }, laneSize: 1 },
  'campaign-planned': {
    provider: 'aws-fsx',
    seed: { count: 6 },
    input: { startAtOnce: false, options: { waves: [{ count: 1 }] } },
    meanwhile: async (campaign) => {
      await campaign.until(({ phase }) => phase === 'planned');
      await campaign.ask(START_UPDATE);
    },
  },
  'campaign-paused-and-aborted': {
    provider: 'aws-fsx',
    seed: { count: 40, delays: { cancelingMs: 2_000 } },
    input: { options: { callsPerSecond: 4 } },
    meanwhile: async (campaign) => {
      await sleep(3_000);
      await campaign.ask(PAUSE_UPDATE);
      await sleep(3_000);
      await campaign.ask(RESUME_UPDATE);
      await campaign.ask(SET_RATE_UPDATE, { callsPerSecond: 6 });
      await sleep(1_000);
      await campaign.ask(ABORT_UPDATE);
    },
  },
  'campaign-out-of-time': {
    provider: 'aws-fsx',
    seed: { count: 4, onCancel: 'stuckCanceling' },
    input: { options: { deadlineAfterMs: 2_000 } },
  },
  'campaign-told': {
    provider: 'aws-fsx',
    seed: { count: 2 },
    input: { callbackUrl: receiver.address('campaign') },
    meanwhile: (campaign) =>
      campaign.ask(ADD_CALLBACK_UPDATE, { callbackUrl: receiver.address('campaign-added') }),
  },
  'campaign-blocked': {
    provider: 'alibaba-cpfs',
    seed: { count: 3, details: { runningSubtasks: 2, subtaskMs: 1_500 } },
  },
};

/**
 * `npm run record-histories`: runs every scenario on a real server and keeps its history for the replay tests; with
 * `-- name`, those whose name has it in it.
 */
async function recordAll(wanted = ''): Promise<void> {
  process.env['QUIESCE_TEST_CALLBACK_SECRET'] = receiver.secret;
  const host = { ...parseHost(`127.0.0.1:${receiver.port}`)!, allowPrivate: true, allowInsecure: true };
  const secret = { env: 'QUIESCE_TEST_CALLBACK_SECRET' };
  const callbacks = { hosts: [{ ...host, secret, secretSetting: 'callbacks.secret' }] };
  const stack = await startStack({ connect: simulatedConnections, callbacks });
  const worker = await stack.startWorker();
  mkdirSync(HISTORIES, { recursive: true });
  const keep = async (name: string, recorded: () => Promise<string>) => {
    if (!name.includes(wanted)) return;
    const file = join(HISTORIES, `${name}.json`);
    writeFileSync(file, withoutStackTraces(await recorded()));
    console.log(file);
  };
  for (const [name, scenario] of Object.entries(SCENARIOS)) await keep(name, () => record(stack, scenario));
  for (const [name, act] of Object.entries(SHARED)) await keep(name, () => recordShared(stack, name, act));
  for (const [name, statuses] of Object.entries(DELIVERIES))
    await keep(name, () => recordDelivery(stack, receiver.address(name, answers(...statuses))));
  for (const [name, scene] of Object.entries(CAMPAIGNS)) {
    if (!name.includes(wanted)) continue;
    const [campaign, lane] = await recordCampaign(stack, scene);
    await keep(name, async () => campaign);
    await keep(`${name}-lane`, async () => lane);
  }
  await worker.stop();
  await stack.close();
  if ('masked-campaign-blocked-lane'.includes(wanted)) await recordMasked(keep);
  receiver.close();
}

/** Where Workflow ids hide their tasks. What is encrypted could not be replayed without the key: here nothing is. */
async function recordMasked(
  keep: (name: string, recorded: () => Promise<string>) => Promise<void>,
): Promise<void> {
  const asItIs = async (payloads: Payload[]) => payloads;
  const codec: EncryptionCodec = {
    encode: asItIs,
    decode: asItIs,
    mask: maskBy(createSecretKey(randomBytes(32))),
  };
  const dataConverter = { payloadCodecs: [codec] };
  const stack = await startStack({ connect: simulatedConnections, dataConverter });
  const worker = await stack.startWorker();
  await keep('masked', () => recordStartedPlainly(stack));
  const scene = {
    provider: 'alibaba-cpfs',
    seed: { count: 2, details: { runningSubtasks: 1, subtaskMs: 1_500 } },
  };
  const [, lane] = await recordCampaign(stack, scene);
  await keep('masked-campaign-blocked-lane', async () => lane);
  await worker.stop();
  await stack.close();
}

/** With nothing but Temporal, and so without the memo that says which task it is. */
async function recordStartedPlainly({ client, quiesce, simulator, connections }: Stack): Promise<string> {
  const [seeded] = await simulator.seed({ provider: 'aws-fsx', state: 'running' });
  const connection = connections.find(({ provider }) => provider.id === 'aws-fsx')!.name;
  const task = { provider: 'aws-fsx', connection, ids: { taskId: seeded!.id } };
  const workflowId = quiesce.cancellation(taskUri(task)).id;
  const handle = await client.workflow.start(CANCEL_TASK_WORKFLOW, {
    workflowId,
    taskQueue: TASK_QUEUE,
    args: [{ task }],
  });
  await handle.result();
  return historyToJSON(await handle.fetchHistory());
}

async function recordDelivery(stack: Stack, callbackUrl: string): Promise<string> {
  const [task] = await stack.simulator.seed({ provider: 'aws-fsx', state: 'completed' });
  const connection = stack.connections.find(({ provider }) => provider.id === 'aws-fsx')!;
  const cancellation = await stack.quiesce.cancel(`aws-fsx://${connection.name}/${task!.id}`, {
    callbackUrl,
  });
  const { runId } = await cancellation.verdict();
  const delivery = stack.client.workflow.getHandle(callbackWorkflowId(webhookId(runId, callbackUrl)));
  await delivery.result().catch((thrown: Error) => console.log(`  ${String(thrown.cause)}`));
  return historyToJSON(await delivery.fetchHistory());
}

async function recordShared(
  { address, client }: Stack,
  connection: string,
  act: (keeper: ConnectionKeeper) => Promise<void>,
): Promise<string> {
  const temporal = await NativeConnection.connect({ address });
  await act(createConnectionKeeper(new Client({ connection: temporal })));
  const handle = client.workflow.getHandle(quotaWorkflowId(connection));
  const history = historyToJSON(await handle.fetchHistory());
  await handle.terminate();
  await temporal.close();
  return history;
}

/** Two Workers that ask for shares, one of them throttled; one gives back what it has. */
async function shareQuota(keeper: ConnectionKeeper): Promise<void> {
  const need = { quota: { calls: 120, perMs: 60_000 }, demand: 10 };
  const throttled = { ...need, throttled: { retryAfterMs: 0 } };
  for (const [holder, operation] of [
    ['w1', need],
    ['w2', need],
    ['w1', throttled],
    ['w2', need],
  ] as const) {
    await keeper.lease('share-quota', { holder, operations: { [CANCEL]: operation } });
    await sleep(200);
  }
  await keeper.giveBack('share-quota', 'w1');
  await keeper.lease('share-quota', { holder: 'w2', operations: { [CANCEL]: need } });
}

/** A credential that is refused, tried again, told nothing of, and accepted by another Worker. */
async function shareCredential(keeper: ConnectionKeeper): Promise<void> {
  const refused = {
    is: 'refused',
    refusal: { code: 'BadSignature', message: 'no', requestId: 'r-1' },
    cooldowns: { firstMs: 300, longestMs: 300 },
  } as const;
  const requests: readonly CredentialRequest[] = [
    { holder: 'w1', is: 'asking' },
    { holder: 'w1', ...refused },
    { holder: 'w2', is: 'asking' },
    { holder: 'w2', ...refused },
    { holder: 'w1', is: 'asking' },
    { holder: 'w1', is: 'unclear' },
    { holder: 'w2', is: 'asking' },
    { holder: 'w2', is: 'accepted' },
    { holder: 'w1', is: 'asking' },
    { holder: 'w1', ...refused },
  ];
  for (const [number, request] of requests.entries()) {
    await keeper.credential('share-credential', request, `${number}`);
    await sleep(350);
  }
  await keeper.giveBack('share-credential', 'w1');
}

/** Histories of a campaign and of its first lane. */
async function recordCampaign(
  stack: Stack,
  { provider, seed, input, laneSize, meanwhile }: CampaignScene,
): Promise<[campaign: string, lane: string]> {
  const tasks = await stack.simulator.seed({ provider, state: 'running', ...seed });
  const definition = stack.connections.find((each) => each.provider.id === provider)!;
  const fields = definition.provider.fields.map(({ name }) => name);
  const paths = tasks.map(({ ids }) => fields.map((name) => encodeURIComponent(ids[name]!)).join('/'));
  const campaign = await playCampaign(
    stack,
    [{ connection: definition.name, provider, fields, paths }],
    input,
    laneSize,
  );
  await meanwhile?.(campaign);
  console.log(`  ${JSON.stringify((await campaign.result()).verdicts)}`);
  const historyOf = async (id: string) =>
    historyToJSON(await stack.client.workflow.getHandle(id).fetchHistory());
  return [await historyOf(campaignWorkflowId(campaign.id)), await historyOf(laneWorkflowId(campaign.id, 1))];
}

async function record(stack: Stack, scenario: Scenario): Promise<string> {
  const { provider = 'aws-fsx', seed, fault, options, callback, meanwhile } = scenario;
  const [task] = await stack.simulator.seed({ provider, state: 'running', ...seed });
  if (fault !== undefined)
    await stack.simulator.fault({ ...fault, match: { ...fault.match, taskIds: [task!.id] }, times: 1 });
  const definition = stack.connections.find((each) => each.provider.id === provider)!;
  const ids = Object.fromEntries(definition.provider.fields.map(({ name }) => [name, task!.ids[name]!]));
  const uri = taskUri({ provider, connection: definition.name, ids });
  const handle = await stack.quiesce.cancel(uri, {
    deadlineAfterMs: 60_000,
    ...options,
    ...(callback !== undefined && { callbackUrl: callback }),
  });
  if (meanwhile !== undefined) {
    await sleep(500);
    await meanwhile(handle, stack);
  }
  await handle.verdict().catch((thrown: Error) => console.log(`  ${thrown.message}`));
  return historyToJSON(await stack.client.workflow.getHandle(handle.id).fetchHistory());
}

/** Replay does not read them, and they hold the paths of whoever recorded. */
function withoutStackTraces(history: string): string {
  return history.replaceAll(/("stackTrace": )"(?:[^"\\]|\\.)*"/g, '$1""');
}

await recordAll(process.argv[2]);
