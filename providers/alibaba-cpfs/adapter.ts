import type { CallGate } from '../call-gate.js';
import { orInaccessible } from '../or-inaccessible.js';
import type { Provider, TaskIds } from '../provider.js';
import { AlibabaClient } from '../vendors/alibaba/client.js';
import { AlibabaKeySource } from '../vendors/alibaba/key-source.js';
import { ask, type Question } from './ask.js';
import { cancelAnswerOf, ERROR_KINDS, NO_FILE_SYSTEM_CODE } from './errors.js';
import type { CpfsSettings } from './index.js';
import { MOST_RESULTS } from './list-pages.js';
import { observeTasks } from './observe.js';
import { cancelSubtask, runningSubtasks } from './subtasks.js';
import { taskPage } from './task-page.js';
import { dataFlowIdOf, fileSystemIdOf, taskIdOf } from './task-ids.js';
import { requestIdIfAny } from '../request-id-if-any.js';

const VERSION = '2017-06-26';
/**
 * One reading of a list is for all of them. By ids they take thirty calls, and fifteen seconds at the documented quota: a third
 * of what one look has time for.
 */
const OBSERVE_BATCH_SIZE = 300;

/** Speaks to NAS, which CPFS is a part of. A cancel is made safe to repeat by its ClientToken. */
export function createCpfsAdapter(settings: CpfsSettings, gate: CallGate): Provider {
  const client = createClient(settings, gate);
  return {
    observeBatchSize: OBSERVE_BATCH_SIZE,
    observedPerCall: MOST_RESULTS,
    batchKey: fileSystemIdOf,
    observe: (tasks, options) =>
      orInaccessible(
        tasks,
        ({ code }) => code === NO_FILE_SYSTEM_CODE,
        () => observeTasks(client, tasks, options),
      ),

    cancel: (task, { clientToken, signal }) =>
      ask(client, cancelOf(task, { DryRun: 'false', ClientToken: clientToken }), signal),

    // Its answer is just like a cancel's. It has no token: under that of the cancel to come, it might be remembered as its answer.
    rehearse: (task, { signal }) => ask(client, cancelOf(task, { DryRun: 'true' }), signal),

    list: (selection, options) => taskPage(client, selection, options),

    subtasks: {
      running: (tasks, { signal }) => runningSubtasks(client, tasks, signal),
      cancel: (task, subtaskId, { clientToken, signal }) =>
        cancelSubtask(client, { task, subtaskId, clientToken }, signal),
    },

    // Every operation about tasks needs a file system, and a connection has none of its own.
    check: async ({ signal }) => {
      const { requestId } = await client.call('DescribeRegions', { PageSize: '1' }, signal);
      return requestIdIfAny(requestId);
    },

    close: () => client.close(),
  };
}

function createClient({ region, endpoint, credentials }: CpfsSettings, gate: CallGate): AlibabaClient {
  const source = new AlibabaKeySource(credentials);
  return new AlibabaClient({
    endpoint: endpoint ?? `https://nas.${region}.aliyuncs.com`,
    version: VERSION,
    keys: (signal) => source.keys(signal),
    forgetKeys: (refused) => source.forget(refused),
    gate,
    errorKinds: ERROR_KINDS,
  });
}

/** @see https://www.alibabacloud.com/help/en/cpfs/cpfsonecs/developer-reference/api-nas-2017-06-26-canceldataflowtask-cpfs */
function cancelOf(
  task: TaskIds,
  how: { readonly DryRun: 'true' } | { readonly DryRun: 'false'; readonly ClientToken: string },
): Question {
  const named = {
    FileSystemId: fileSystemIdOf(task),
    DataFlowId: dataFlowIdOf(task),
    TaskId: taskIdOf(task),
  };
  return { action: 'CancelDataFlowTask', parameters: { ...named, ...how }, answerOf: cancelAnswerOf };
}
