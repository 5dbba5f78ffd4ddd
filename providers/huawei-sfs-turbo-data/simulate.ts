import { z } from 'zod';
import type { SimulatedProvider } from '../../simulator/simulated-provider.js';
import { Timeline } from '../../simulator/timeline.js';
import { HuaweiRefusal, type HuaweiOutput } from '../vendors/huawei/simulate-answer.js';
import { iamRoutes } from '../vendors/huawei/simulate-iam.js';
import { deleteTask } from '../vendors/huawei/simulate-sfs-turbo-delete.js';
import { shownAt, shownOnShare } from '../vendors/huawei/simulate-sfs-turbo-task.js';
import {
  invalidParameter,
  listSharesRoute,
  SFS_TURBO_SIMULATED,
  SfsTurboSimulation,
  wholeNumber,
  type SfsTurboCall,
  type SfsTurboRoute,
} from '../vendors/huawei/simulate-sfs-turbo.js';
import { dataTaskSwitches, type DataTaskSwitches } from './simulate-switches.js';
import { DataTask, dataTaskDetails, dataTaskType } from './simulate-task.js';

type Call = SfsTurboCall<DataTaskSwitches, DataTask>;

const ON_SHARE = '^/v1/(?<projectId>[^/]+)/sfs-turbo/(?<shareId>[^/]+)/hpc-cache';
const TASK = new RegExp(`${ON_SHARE}/task/(?<taskId>[^/]+)$`);

const ROUTES: readonly SfsTurboRoute<DataTaskSwitches, DataTask>[] = [
  { operation: 'CreateHpcCacheTask', method: 'POST', path: new RegExp(`${ON_SHARE}/task$`), run: createTask },
  { operation: 'ListHpcCacheTasks', method: 'GET', path: new RegExp(`${ON_SHARE}/tasks$`), run: listTasks },
  { operation: 'ShowHpcCacheTask', method: 'GET', path: TASK, run: showTask },
  {
    operation: 'DeleteHpcCacheTask',
    method: 'DELETE',
    path: TASK,
    run: (call) => deleteTask(call, () => absent(call)),
  },
];

/** SFS Turbo's import and export tasks; IAM and the list of file systems are answered here, for directory usage as well. */
export const dataTaskSimulation: SimulatedProvider<typeof dataTaskSwitches, typeof dataTaskDetails> = {
  ...SFS_TURBO_SIMULATED,
  provider: 'huawei-sfs-turbo-data',
  switches: dataTaskSwitches,
  seedDetails: dataTaskDetails,
  operations: { cancel: 'DeleteHpcCacheTask', observe: ['ShowHpcCacheTask', 'ListHpcCacheTasks'] },
  start: (world) =>
    new SfsTurboSimulation(world, {
      routes: ROUTES,
      others: [...iamRoutes<DataTaskSwitches>(), listSharesRoute<DataTaskSwitches>()],
      make: (seed) => new DataTask(seed, world),
    }),
};

const createInput = z.object({
  type: dataTaskType,
  src_target: z.string().min(1),
  dest_target: z.string().min(1),
  src_prefix: z.string().max(1024).default(''),
  dest_prefix: z.string().max(1024).default(''),
  attributes: z.record(z.string(), z.unknown()).optional(),
});

/** @see https://support.huaweicloud.com/intl/en-us/api-sfsturbo/CreateHpcCacheTask.html */
function createTask({ world, tasks, shareId, input }: Call): HuaweiOutput {
  const request = createInput.safeParse(input);
  if (!request.success) throw invalidParameter();
  const { type, src_target: srcTarget, dest_target, src_prefix: srcPrefix, dest_prefix } = request.data;
  if (dest_target !== srcTarget || dest_prefix !== srcPrefix) throw invalidParameter();
  const timeline = new Timeline({ now: world.now(), delays: world.settings.delays });
  const details = dataTaskDetails.parse({ shareId, type, srcTarget, srcPrefix });
  const task = tasks.add(new DataTask({ timeline, details }, world));
  const { createStatus } = world.settings.switches;
  return { status: createStatus, output: { task_id: task.id }, effect: { task: task.id } };
}

/** @see https://support.huaweicloud.com/intl/en-us/api-sfsturbo/ShowHpcCacheTask.html */
function showTask(call: Call): HuaweiOutput {
  const task = call.tasks.find(call.path['taskId'] ?? '');
  const at = shownAt(task, call);
  if (task === undefined || at === undefined) throw absent(call);
  return { status: 200, output: describe(task, at, call) };
}

/** @see https://support.huaweicloud.com/intl/en-us/api-sfsturbo/ListHpcCacheTasks.html */
function listTasks(call: Call): HuaweiOutput {
  const { query, world } = call;
  const { listDefaultLimit, largestListLimit, count } = world.settings.switches;
  const offset = wholeNumber(query, 'offset', 0, 0);
  const limit = wholeNumber(query, 'limit', listDefaultLimit, 1);
  if (limit > largestListLimit) throw invalidParameter();
  const shown = shownOnShare(call).map(({ task, at }) => describe(task, at, call));
  const matching = shown.filter(
    ({ type, status }) => type === (query.get('type') ?? type) && status === (query.get('status') ?? status),
  );
  const page = matching.slice(offset, offset + limit);
  return {
    status: 200,
    output: { tasks: page, count: count === 'total' ? matching.length : page.length },
  };
}

function describe(task: DataTask, at: number, { world }: Call) {
  const status = task.statusAt(at);
  return task.describe(at, status === 'DELETING' ? world.settings.switches.deletingShown : status);
}

/** The words of the wire: https://github.com/huaweicloud/terraform-provider-huaweicloud/pull/5215 */
function absent({ world }: Call): HuaweiRefusal {
  return new HuaweiRefusal(world.settings.switches.absentStatus, 'SFS.TURBO.0106', 'Invalid task id.');
}
