import {
  CancelDataRepositoryTaskCommand,
  DescribeDataRepositoryTasksCommand,
  FSxClient,
} from '@aws-sdk/client-fsx';
import type { CancelAnswer, Observation } from '../../contract/observation.js';
import type { CallGate } from '../call-gate.js';
import { ProviderError, type CallOptions, type Provider, type TaskIds } from '../provider.js';
import { requestIdIfAny } from '../request-id-if-any.js';
import { Sightings } from '../sightings.js';
import { ABSENT_CODE, CANCEL_ANSWERS, toProviderError } from './errors.js';
import { clientConfig } from './client-config.js';
import type { FsxSettings } from './index.js';
import { absence, toObservation } from './observation.js';
import { taskPage, type Describe } from './task-page.js';

/** https://docs.aws.amazon.com/fsx/latest/APIReference/API_DescribeDataRepositoryTasks.html: TaskIds, at most 50 items. */
const OBSERVE_BATCH_SIZE = 50;

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
        return {
          kind: 'accepted',
          ...rawState(output.Lifecycle),
          ...requestIdIfAny(output.$metadata.requestId),
        };
      } catch (thrown) {
        return answerOf(thrown);
      }
    },

    async observe(tasks, options): Promise<Observation[]> {
      const sightings = new Sightings(tasks.map(taskId), options);
      await observeAll(describe, tasks.map(taskId), sightings, options);
      return sightings.all();
    },

    list: (selection, options) => taskPage(describe, selection, options),

    async check(options) {
      const output = await describe({ MaxResults: 1 }, options);
      return requestIdIfAny(output.$metadata.requestId);
    },

    close: () => client.destroy(),
  };
}

async function observeAll(
  describe: Describe,
  taskIds: readonly string[],
  sightings: Sightings,
  options: CallOptions,
): Promise<void> {
  try {
    const output = await describe({ TaskIds: [...taskIds], MaxResults: OBSERVE_BATCH_SIZE }, options);
    const found = new Map(output.DataRepositoryTasks?.map((task) => [task.TaskId, task]));
    const isShown = (id: string) => found.get(id)?.Lifecycle !== undefined;
    // Those without a state come last: for them it throws.
    for (const id of [...taskIds.filter(isShown), ...taskIds.filter((each) => !isShown(each))]) {
      sightings.note(id, toObservation(found.get(id), id, output.$metadata.requestId));
    }
  } catch (thrown) {
    if (!(thrown instanceof ProviderError) || thrown.code !== ABSENT_CODE) throw thrown;
    await absentAmong(describe, taskIds, sightings, options, thrown);
  }
}

/** FSx does not say which id of a batch it could not find, nor whether one fails all: halve until it is alone. */
async function absentAmong(
  describe: Describe,
  taskIds: readonly string[],
  sightings: Sightings,
  options: CallOptions,
  error: ProviderError,
): Promise<void> {
  const [only, ...others] = taskIds;
  if (only !== undefined && others.length === 0) return sightings.note(only, absence(error));
  const middle = Math.ceil(taskIds.length / 2);
  await observeAll(describe, taskIds.slice(0, middle), sightings, options);
  await observeAll(describe, taskIds.slice(middle), sightings, options);
}

function answerOf(thrown: unknown): CancelAnswer {
  if (!(thrown instanceof ProviderError) || !Object.hasOwn(CANCEL_ANSWERS, thrown.code)) throw thrown;
  const { code, message, context } = thrown;
  const kind = CANCEL_ANSWERS[code as keyof typeof CANCEL_ANSWERS];
  return { kind, code, message, ...requestIdIfAny(context.requestId) };
}

const taskId = (ids: TaskIds): string => ids['taskId'] ?? '';
const rawState = (state: string | undefined) => (state === undefined ? {} : { rawState: state });
