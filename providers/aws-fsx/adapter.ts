import type { CancelAnswer, Observation } from '../../contract/observation.js';
import type { CallGate } from '../call-gate.js';
import { LONGEST_WORD } from '../longest-message.js';
import { ProviderError, type CallOptions, type Provider, type TaskIds } from '../provider.js';
import { requestIdIfAny } from '../request-id-if-any.js';
import { Sightings } from '../sightings.js';
import { ABSENT_CODE, CANCEL_ANSWERS } from './errors.js';
import { FsxEndpoint } from './fsx-endpoint.js';
import type { FsxSettings } from './index.js';
import { absence, toObservation } from './observation.js';
import { taskPage, type Describe } from './task-page.js';

/** https://docs.aws.amazon.com/fsx/latest/APIReference/API_DescribeDataRepositoryTasks.html: TaskIds, at most 50 items. */
const OBSERVE_BATCH_SIZE = 50;

/** FSx has no ClientToken: repeats are made safe by looking first. */
export function createFsxAdapter(settings: FsxSettings, gate: CallGate): Provider {
  const fsx = new FsxEndpoint(settings, gate);
  const describe: Describe = (input, { signal }) => fsx.call('DescribeDataRepositoryTasks', input, signal);

  return {
    observeBatchSize: OBSERVE_BATCH_SIZE,

    async cancel(ids, { signal }): Promise<CancelAnswer> {
      try {
        const answer = await fsx.call('CancelDataRepositoryTask', { TaskId: taskId(ids) }, signal);
        return { kind: 'accepted', ...rawState(answer.Lifecycle), ...requestIdIfAny(answer.requestId) };
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
      return requestIdIfAny((await describe({ MaxResults: 1 }, options)).requestId);
    },

    close: () => fsx.close(),
  };
}

async function observeAll(
  describe: Describe,
  taskIds: readonly string[],
  sightings: Sightings,
  options: CallOptions,
): Promise<void> {
  try {
    const answer = await describe({ TaskIds: [...taskIds], MaxResults: OBSERVE_BATCH_SIZE }, options);
    const found = new Map(answer.DataRepositoryTasks?.map((task) => [task.TaskId, task]));
    const isShown = (id: string) => found.get(id)?.Lifecycle !== undefined;
    // Those without a state come last: for them it throws.
    for (const id of [...taskIds.filter(isShown), ...taskIds.filter((each) => !isShown(each))]) {
      sightings.note(id, toObservation(found.get(id), id, answer.requestId));
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
const rawState = (state: string | undefined) =>
  state === undefined ? {} : { rawState: state.slice(0, LONGEST_WORD) };
