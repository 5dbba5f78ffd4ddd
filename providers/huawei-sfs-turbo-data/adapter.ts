import type { CallGate } from '../call-gate.js';
import type { Provider, TaskIds } from '../provider.js';
import { createSfsTurboAdapter, type SfsTurboApi } from '../vendors/huawei/sfs-turbo-adapter.js';
import type { SfsTurboSettings } from '../vendors/huawei/sfs-turbo-connection.js';
import { queryOf } from '../vendors/huawei/sfs-turbo-query.js';
import { latestMomentMs } from '../zoneless-time.js';
import { DATA_TASK_STATES } from './states.js';

/** The default of the newer documents; an older one has 20. */
const PAGE_SIZE = 1_000;

/** The paths have no `shares/`, and `task` and `tasks`, unlike those of directory usage. */
const API: SfsTurboApi = {
  states: DATA_TASK_STATES,
  /** With status 400: https://github.com/huaweicloud/terraform-provider-huaweicloud/pull/5215 */
  absentCode: 'SFS.TURBO.0106',
  pageSize: PAGE_SIZE,
  delete: (task) => ({
    operation: 'DeleteHpcCacheTask',
    method: 'DELETE',
    path: `${onShare(task)}/task/${part(task['taskId'])}`,
    success: 202,
  }),
  show: (task) => ({
    operation: 'ShowHpcCacheTask',
    method: 'GET',
    path: `${onShare(task)}/task/${part(task['taskId'])}`,
    success: 200,
  }),
  list: (shareId, { seen, limit, status, type }) => ({
    operation: 'ListHpcCacheTasks',
    method: 'GET',
    path: `${onShare({ shareId })}/tasks`,
    query: queryOf({ limit, offset: seen, status, type }),
    success: 200,
  }),
  messageOf: (task) => task['message'],
  endedAt: () => undefined, // `end_time` has no zone, and no document says which it is.
  // There is no time of creation; a task was created before it began.
  createdByMs: ({ start_time: time }) => (typeof time === 'string' ? latestMomentMs(time) : undefined),
};

/** Speaks to SFS Turbo's data import and export tasks. */
export function createDataTaskAdapter(settings: SfsTurboSettings, gate: CallGate): Provider {
  return createSfsTurboAdapter(API, settings, gate);
}

const onShare = (task: TaskIds) => `${part(task['shareId'])}/hpc-cache`;
const part = (id = '') => encodeURIComponent(id);
