import { z } from 'zod';
import type { SimulatedProvider } from '../../simulator/simulated-provider.js';
import { Timeline } from '../../simulator/timeline.js';
import { HuaweiRefusal, type HuaweiOutput } from '../vendors/huawei/simulate-answer.js';
import { deleteTask, refusal } from '../vendors/huawei/simulate-sfs-turbo-delete.js';
import { shownAt, shownOnShare } from '../vendors/huawei/simulate-sfs-turbo-task.js';
import {
  invalidParameter,
  SFS_TURBO_SIMULATED,
  SfsTurboSimulation,
  wholeNumber,
  type SfsTurboCall,
  type SfsTurboRoute,
} from '../vendors/huawei/simulate-sfs-turbo.js';
import { dirUsageSwitches, type DirUsageSwitches } from './simulate-switches.js';
import { dirUsageDetails, DirUsageTask } from './simulate-task.js';

/** https://support.huaweicloud.com/api-sfsturbo/CreateFsTask.html: so many running tasks of a file system at once. */
const MOST_RUNNING = 10;
/** https://support.huaweicloud.com/intl/en-us/api-sfsturbo/ListFsTasks.html */
const DEFAULT_LIMIT = 20;
const LARGEST_LIMIT = 100;

type Call = SfsTurboCall<DirUsageSwitches, DirUsageTask>;
type Route = SfsTurboRoute<DirUsageSwitches, DirUsageTask>;

const TASKS = '^/v1/(?<projectId>[^/]+)/sfs-turbo/shares/(?<shareId>[^/]+)/fs/(?<feature>[^/]+)/tasks';
const TASK = new RegExp(`${TASKS}/(?<taskId>[^/]+)$`);

const ROUTES: readonly Route[] = [
  { operation: 'CreateFsTask', method: 'POST', path: new RegExp(`${TASKS}$`), run: createTask },
  { operation: 'ListFsTasks', method: 'GET', path: new RegExp(`${TASKS}$`), run: listTasks },
  { operation: 'ShowFsTask', method: 'GET', path: TASK, run: showTask },
  {
    operation: 'DeleteFsTask',
    method: 'DELETE',
    path: TASK,
    run: (call) => deleteTask(call, () => absent('SFS.TURBO.0124')),
  },
];

/** SFS Turbo's directory usage tasks. */
export const dirUsageSimulation: SimulatedProvider<typeof dirUsageSwitches, typeof dirUsageDetails> = {
  ...SFS_TURBO_SIMULATED,
  provider: 'huawei-sfs-turbo-dir-usage',
  switches: dirUsageSwitches,
  seedDetails: dirUsageDetails,
  operations: { cancel: 'DeleteFsTask', observe: ['ShowFsTask', 'ListFsTasks'] },
  start: (world) =>
    new SfsTurboSimulation(world, {
      routes: ROUTES.map(ofFeature),
      make: (seed) => new DirUsageTask(seed, world),
    }),
};

/** @see https://support.huaweicloud.com/intl/en-us/api-sfsturbo/DeleteFsTask.html: "can only be the following: dir-usage". */
function ofFeature(route: Route): Route {
  return {
    ...route,
    run(call) {
      if (call.path['feature'] === 'dir-usage') return route.run(call);
      throw new HuaweiRefusal(400, 'SFS.TURBO.0123', 'feature invalid');
    },
  };
}

const createInput = z.object({ path: z.string().max(4096).startsWith('/') });

/** @see https://support.huaweicloud.com/api-sfsturbo/CreateFsTask.html */
function createTask({ world, tasks, shareId, input }: Call): HuaweiOutput {
  const request = createInput.safeParse(input);
  if (!request.success) throw invalidParameter();
  const now = world.now();
  const { atTaskLimit, createStatus } = world.settings.switches;
  const running = tasks
    .on(shareId)
    .filter((task) => !task.goneAt(now) && task.timeline.endedAt(now) === undefined);
  if (running.length >= MOST_RUNNING) throw refusal(atTaskLimit);
  const timeline = new Timeline({ now, delays: world.settings.delays });
  const details = dirUsageDetails.parse({ shareId, path: request.data.path });
  const task = tasks.add(new DirUsageTask({ timeline, details }, world));
  return { status: createStatus, output: { task_id: task.id }, effect: { task: task.id } };
}

/** @see https://support.huaweicloud.com/intl/en-us/api-sfsturbo/ShowFsTask.html */
function showTask(call: Call): HuaweiOutput {
  const task = call.tasks.find(call.path['taskId'] ?? '');
  const at = shownAt(task, call);
  if (task === undefined || at === undefined) throw absent(call.world.settings.switches.showOfAbsent);
  return { status: 200, output: describe(task, at, call) };
}

/** @see https://support.huaweicloud.com/intl/en-us/api-sfsturbo/ListFsTasks.html */
function listTasks(call: Call): HuaweiOutput {
  const { query, world } = call;
  const limit = wholeNumber(query, 'limit', DEFAULT_LIMIT, 1);
  if (limit > LARGEST_LIMIT) throw invalidParameter();
  const shown = shownOnShare(call);
  const marker = query.get('marker');
  const start = marker === null ? 0 : shown.findIndex(({ task }) => task.id === marker) + 1;
  if (marker !== null && start === 0) {
    if (world.settings.switches.unknownMarker === 'SFS.TURBO.0001') throw invalidParameter();
    return { status: 200, output: { tasks: [] } };
  }
  const page = shown.slice(start, start + limit);
  return { status: 200, output: { tasks: page.map(({ task, at }) => describe(task, at, call)) } };
}

function describe(task: DirUsageTask, at: number, { world }: Call) {
  const isDeleting = task.timeline.stateAt(at) === 'canceling';
  const { deletingShown } = world.settings.switches;
  return task.describe(at, isDeleting && task.statusAt(at) === 'DOING' ? deletingShown : task.statusAt(at));
}

function absent(body: DirUsageSwitches['showOfAbsent']): HuaweiRefusal {
  return new HuaweiRefusal(404, 'SFS.TURBO.0124', 'task_id not found', body === 'empty');
}
