import {
  CancelDataRepositoryTaskCommand,
  DescribeDataRepositoryTasksCommand,
  FSxClient,
  type DataRepositoryTask,
  type DescribeDataRepositoryTasksCommandInput,
  type DescribeDataRepositoryTasksCommandOutput,
  type FSxClientConfig,
} from '@aws-sdk/client-fsx';
import type { CancelAnswer, Observation } from '../../contract/observation.js';
import type { CallGate } from '../call-gate.js';
import { ProviderError, type CallOptions, type Provider, type TaskIds } from '../provider.js';
import { readSecret } from '../secret-ref.js';
import { ABSENT_CODE, CANCEL_ANSWERS, toProviderError } from './errors.js';
import type { FsxSettings } from './index.js';
import { LIFECYCLE_STATES } from './states.js';

/** https://docs.aws.amazon.com/fsx/latest/APIReference/API_DescribeDataRepositoryTasks.html: TaskIds, at most 50 items. */
const OBSERVE_BATCH_SIZE = 50;
/** A pending Activity's failure above 4 KB is dropped by the Temporal server. */
const LONGEST_MESSAGE = 500;
const CONNECT_TIMEOUT_MS = 5_000;
const REQUEST_TIMEOUT_MS = 10_000;
/** The SDK renews what ends within five minutes. */
const REREAD_SECRETS_MS = 15 * 60_000;

/** Speaks to FSx through the official SDK. FSx has no ClientToken: repeats are made safe by looking first. */
export function createFsxAdapter(settings: FsxSettings, gate: CallGate): Provider {
  // The SDK's advice to leave Node 20 is for whoever maintains Quiesce, not for an operator's log.
  process.env['AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED'] ??= 'true';
  // The config alone says where FSx is: by a forgotten AWS_ENDPOINT_URL, tasks would seem not to exist.
  process.env['AWS_IGNORE_CONFIGURED_ENDPOINT_URLS'] = 'true';
  const client = new FSxClient(clientConfig(settings));
  const describe: Describe = (input, { signal }) =>
    send('DescribeDataRepositoryTasks', signal, (abortSignal) =>
      client.send(new DescribeDataRepositoryTasksCommand(input), { abortSignal }),
    );

  function send<T>(operation: string, signal: AbortSignal, call: (signal: AbortSignal) => Promise<T>) {
    return gate.pass(operation, signal, () =>
      call(signal).catch((thrown: unknown) => {
        throw toProviderError(thrown);
      }),
    );
  }

  return {
    observeBatchSize: OBSERVE_BATCH_SIZE,

    async cancel(ids, { signal }): Promise<CancelAnswer> {
      try {
        const command = new CancelDataRepositoryTaskCommand({ TaskId: taskId(ids) });
        const output = await send('CancelDataRepositoryTask', signal, (abortSignal) =>
          client.send(command, { abortSignal }),
        );
        return { kind: 'accepted', ...rawState(output.Lifecycle), ...requestId(output.$metadata.requestId) };
      } catch (thrown) {
        return answerOf(thrown);
      }
    },

    async observe(tasks, options): Promise<Observation[]> {
      return observeAll(describe, tasks.map(taskId), options);
    },

    async check(options) {
      const output = await describe({ MaxResults: 1 }, options);
      return requestId(output.$metadata.requestId);
    },

    close: () => client.destroy(),
  };
}

type Describe = (
  input: DescribeDataRepositoryTasksCommandInput,
  options: CallOptions,
) => Promise<DescribeDataRepositoryTasksCommandOutput>;

async function observeAll(
  describe: Describe,
  taskIds: readonly string[],
  options: CallOptions,
): Promise<Observation[]> {
  try {
    const output = await describe({ TaskIds: [...taskIds], MaxResults: OBSERVE_BATCH_SIZE }, options);
    const found = new Map(output.DataRepositoryTasks?.map((task) => [task.TaskId, task]));
    return taskIds.map((id) => toObservation(found.get(id), id, output.$metadata.requestId));
  } catch (thrown) {
    if (!(thrown instanceof ProviderError) || thrown.code !== ABSENT_CODE) throw thrown;
    return absentAmong(describe, taskIds, options, thrown);
  }
}

/** FSx does not say which id of a batch it could not find, nor whether one fails all: halve until it is alone. */
async function absentAmong(
  describe: Describe,
  taskIds: readonly string[],
  options: CallOptions,
  error: ProviderError,
): Promise<Observation[]> {
  if (taskIds.length === 1) {
    return [
      { state: 'absent', rawState: error.code, ...seenNow(error.context.requestId), message: error.message },
    ];
  }
  const middle = Math.ceil(taskIds.length / 2);
  return [
    ...(await observeAll(describe, taskIds.slice(0, middle), options)),
    ...(await observeAll(describe, taskIds.slice(middle), options)),
  ];
}

function toObservation(
  task: DataRepositoryTask | undefined,
  id: string,
  callId: string | undefined,
): Observation {
  if (task?.Lifecycle === undefined) {
    // Not in the answer, yet not called absent either: no proof of anything.
    throw new ProviderError('unrecognized', 'MissingFromAnswer', `FSx answered without the state of ${id}.`, {
      ...requestId(callId),
    });
  }
  const { TotalCount: total, SucceededCount: succeeded, FailedCount: failed } = task.Status ?? {};
  const counts = {
    ...(total !== undefined && { total }),
    ...(succeeded !== undefined && { succeeded }),
    ...(failed !== undefined && { failed }),
  };
  const seen = {
    rawState: task.Lifecycle,
    ...seenNow(callId),
    ...(task.FailureDetails?.Message !== undefined && {
      message: task.FailureDetails.Message.slice(0, LONGEST_MESSAGE),
    }),
    ...(Object.keys(counts).length > 0 && { progress: counts }),
  };
  const known = Object.hasOwn(LIFECYCLE_STATES, task.Lifecycle)
    ? LIFECYCLE_STATES[task.Lifecycle]
    : undefined;
  if (known === undefined) return { ...seen, state: 'unknown' };
  if (known.state !== 'ended') return { ...seen, state: known.state };
  return { ...seen, ...known, ...(task.EndTime !== undefined && { endedAt: task.EndTime.toISOString() }) };
}

function answerOf(thrown: unknown): CancelAnswer {
  if (!(thrown instanceof ProviderError) || !Object.hasOwn(CANCEL_ANSWERS, thrown.code)) throw thrown;
  const { code, message, context } = thrown;
  const kind = CANCEL_ANSWERS[code as keyof typeof CANCEL_ANSWERS];
  return { kind, code, message, ...requestId(context.requestId) };
}

function clientConfig({ region, endpoint, credentials }: FsxSettings): FSxClientConfig {
  return {
    region,
    // One attempt: Temporal retries, and a repeated cancel must be preceded by a look.
    maxAttempts: 1,
    requestHandler: {
      connectionTimeout: CONNECT_TIMEOUT_MS,
      requestTimeout: REQUEST_TIMEOUT_MS,
      // Without it the SDK only logs a warning when requestTimeout passes, and waits for ever.
      throwOnRequestTimeout: true,
      // A body that stops in the middle: requestTimeout ends with the headers.
      socketTimeout: REQUEST_TIMEOUT_MS,
    },
    ...(endpoint !== undefined && { endpoint }),
    ...credentialsConfig(credentials),
  };
}

function credentialsConfig(credentials: FsxSettings['credentials']): Partial<FSxClientConfig> {
  if (credentials === undefined) return {}; // The SDK's default chain, with its own renewal.
  if ('profile' in credentials) return { profile: credentials.profile };
  const { accessKeyId, secretAccessKey, sessionToken } = credentials;
  return {
    credentials: async () => ({
      accessKeyId: await readSecret(accessKeyId, 'credentials.accessKeyId'),
      secretAccessKey: await readSecret(secretAccessKey, 'credentials.secretAccessKey'),
      ...(sessionToken !== undefined && {
        sessionToken: await readSecret(sessionToken, 'credentials.sessionToken'),
      }),
      // The SDK asks again when this comes near, and so picks up a rotated file.
      expiration: new Date(Date.now() + REREAD_SECRETS_MS),
    }),
  };
}

const taskId = (ids: TaskIds): string => ids['taskId'] ?? '';
const requestId = (id: string | undefined) => (id === undefined ? {} : { requestId: id });
const rawState = (state: string | undefined) => (state === undefined ? {} : { rawState: state });
const seenNow = (callId: string | undefined) => ({
  observedAt: new Date().toISOString(),
  ...requestId(callId),
});
