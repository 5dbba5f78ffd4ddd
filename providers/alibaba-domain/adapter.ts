import type { CancelAnswer, Observation } from '../../contract/observation.js';
import type { CallGate } from '../call-gate.js';
import { ProviderError, type Provider, type TaskIds } from '../provider.js';
import { Sightings } from '../sightings.js';
import { AlibabaClient } from '../vendors/alibaba/client.js';
import { AlibabaKeySource } from '../vendors/alibaba/key-source.js';
import { creationWindow } from './creation-window.js';
import { CANCEL_ANSWERS, ERROR_KINDS } from './errors.js';
import type { DomainSettings } from './index.js';
import { listTasks, type TaskList, type TaskRow } from './list-tasks.js';
import { readDetails } from './read-details.js';
import { taskPage } from './task-page.js';
import { seenNow, toObservation } from './to-observation.js';
import { requestIdIfAny } from '../request-id-if-any.js';

const VERSION = '2018-01-29';
/** As the official client has them: https://github.com/aliyun/alibabacloud-typescript-sdk/tree/master/domain-20180129 */
const ENDPOINT = 'https://domain.aliyuncs.com';
const INTERNATIONAL_ENDPOINT = 'https://domain-intl.aliyuncs.com';
/** One reading of the list answers any number of tasks. */
const OBSERVE_BATCH_SIZE = 500;
/** The details of an ended task cost a call each. They are evidence, not proof: a look at many tasks does with fewer. */
const MOST_DETAILS = 10;

/** Speaks to Domain. CancelTask has no ClientToken: repeats are made safe by looking first. */
export function createDomainAdapter(settings: DomainSettings, gate: CallGate): Provider {
  const source = new AlibabaKeySource(settings.credentials);
  const client = new AlibabaClient({
    endpoint: settings.endpoint ?? (settings.international ? INTERNATIONAL_ENDPOINT : ENDPOINT),
    version: VERSION,
    signature: settings.signature,
    keys: (signal) => source.keys(signal),
    forgetKeys: (refused) => source.forget(refused),
    gate,
    errorKinds: ERROR_KINDS,
  });

  return {
    observeBatchSize: OBSERVE_BATCH_SIZE,
    batchKey: (task) => task['createdOn'] ?? '',

    async cancel(ids, { signal }): Promise<CancelAnswer> {
      try {
        const { requestId } = await client.call('CancelTask', { TaskNo: taskNo(ids) }, signal);
        return { kind: 'accepted', ...(requestId !== undefined && { requestId }) };
      } catch (thrown) {
        return answerOf(thrown);
      }
    },

    async observe(tasks, options): Promise<Observation[]> {
      const { signal } = options;
      const window = creationWindow(tasks.map(({ createdOn }) => createdOn));
      const sightings = new Sightings(tasks.map(taskNo), options);
      const list = await listTasks(client, new Set(tasks.map(taskNo)), window, signal, (row, requestId) =>
        sightings.note(row.taskNo, toObservation(row, requestId)),
      );
      for (const task of tasks.filter((each) => !list.rows.has(taskNo(each)))) {
        sightings.note(taskNo(task), toAbsence(list, task));
      }
      const rows = tasks.map((task) => list.rows.get(taskNo(task)));
      return withDetails(client, rows, sightings.all(), signal);
    },

    list: (selection, options) => taskPage(client, selection, options),

    async check({ signal }) {
      const { requestId } = await client.call('QueryTaskList', { PageNum: '1', PageSize: '1' }, signal);
      return requestIdIfAny(requestId);
    },

    close: () => client.close(),
  };
}

function toAbsence({ rows, requestId }: TaskList, { createdOn }: TaskIds): Observation {
  const days = createdOn === undefined ? '' : ` of the days around ${createdOn}`;
  const message = `It is none of the ${rows.size} tasks${days} that QueryTaskList shows.`;
  return { state: 'absent', rawState: 'not listed', ...seenNow(requestId), message };
}

/** What became of the domains of tasks that have ended. A look is not spoiled by its failure: the end is proven without it. */
async function withDetails(
  client: AlibabaClient,
  rows: readonly (TaskRow | undefined)[],
  observations: readonly Observation[],
  signal: AbortSignal,
): Promise<Observation[]> {
  const detailed = [...observations];
  let left = MOST_DETAILS;
  for (const [index, observation] of observations.entries()) {
    const row = rows[index];
    if (observation.state !== 'ended' || row === undefined || left-- <= 0) continue;
    try {
      detailed[index] = { ...observation, ...(await readDetails(client, row, signal)) };
    } catch (thrown) {
      if (!(thrown instanceof ProviderError)) throw thrown;
      break; // Those after it would most likely fail alike.
    }
  }
  return detailed;
}

function answerOf(thrown: unknown): CancelAnswer {
  if (!(thrown instanceof ProviderError) || !Object.hasOwn(CANCEL_ANSWERS, thrown.code)) throw thrown;
  const { code, message, context } = thrown;
  const kind = CANCEL_ANSWERS[code as keyof typeof CANCEL_ANSWERS];
  return { kind, code, message, ...(context.requestId !== undefined && { requestId: context.requestId }) };
}

const taskNo = (ids: TaskIds): string => ids['taskNo'] ?? '';
