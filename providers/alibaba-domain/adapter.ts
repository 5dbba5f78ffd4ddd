import type { CancelAnswer, Observation } from '../../contract/observation.js';
import type { CallGate } from '../call-gate.js';
import { isOutOfTime } from '../out-of-time.js';
import { ProviderError, type Provider, type TaskIds } from '../provider.js';
import { Sightings } from '../sightings.js';
import { AlibabaClient } from '../vendors/alibaba/client.js';
import { AlibabaKeySource } from '../vendors/alibaba/key-source.js';
import { creationWindow } from './creation-window.js';
import { CANCEL_ANSWERS, ERROR_KINDS } from './errors.js';
import type { DomainSettings } from './index.js';
import { ListPages } from './list-pages.js';
import { listTasks, type TaskList } from './list-tasks.js';
import { noteEnded, type EndedRow } from './note-ended.js';
import { mayHaveFinished } from './states.js';
import { taskPage } from './task-page.js';
import { seenNow, toObservation } from './to-observation.js';
import { requestIdIfAny } from '../request-id-if-any.js';

const VERSION = '2018-01-29';
/** As the official client has them: https://github.com/aliyun/alibabacloud-typescript-sdk/tree/master/domain-20180129 */
const ENDPOINT = 'https://domain.aliyuncs.com';
const INTERNATIONAL_ENDPOINT = 'https://domain-intl.aliyuncs.com';
/** One reading of the list answers any number of tasks. */
const OBSERVE_BATCH_SIZE = 500;

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
  const pages = new ListPages(client);

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
      const wanted = new Set(tasks.map(taskNo));
      const ended = new Map<string, EndedRow>();
      const reading = listTasks(pages, wanted, window, signal, (row, requestId) => {
        const seen = toObservation(row, requestId);
        if (!wanted.has(row.taskNo)) return;
        if (seen.state === 'ended' || mayHaveFinished(row)) ended.set(row.taskNo, { row, requestId });
        else sightings.note(row.taskNo, seen);
      });
      await reading.catch(() => {}); // Thrown below.
      try {
        // Whatever becomes of the list, and before anything else is told of them: the first that is told of a task counts.
        await noteEnded(client, [...ended.values()], sightings, signal);
      } catch (thrown) {
        if (isOutOfTime(thrown)) await reading; // It has taken the time, and its error says what to do.
        throw thrown;
      }
      const list = await reading;
      for (const task of tasks.filter((each) => !list.rows.has(taskNo(each)))) {
        sightings.note(taskNo(task), toAbsence(list, task));
      }
      return sightings.all();
    },

    list: (selection, options) => taskPage(pages, selection, options),

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

function answerOf(thrown: unknown): CancelAnswer {
  if (!(thrown instanceof ProviderError) || !Object.hasOwn(CANCEL_ANSWERS, thrown.code)) throw thrown;
  const { code, message, context } = thrown;
  const kind = CANCEL_ANSWERS[code as keyof typeof CANCEL_ANSWERS];
  return { kind, code, message, ...(context.requestId !== undefined && { requestId: context.requestId }) };
}

const taskNo = (ids: TaskIds): string => ids['taskNo'] ?? '';
