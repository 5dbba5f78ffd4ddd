import type { CallGate } from '../call-gate.js';
import type { Provider, TaskIds } from '../provider.js';
import { canonicalQuery } from '../vendors/canonical-request.js';
import { createSfsTurboAdapter, type SfsTurboApi } from '../vendors/huawei/sfs-turbo-adapter.js';
import type { SfsTurboSettings } from '../vendors/huawei/sfs-turbo-connection.js';
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
  list: (shareId, seen) => ({
    operation: 'ListHpcCacheTasks',
    method: 'GET',
    path: `${onShare({ shareId })}/tasks`,
    query: canonicalQuery([
      ['limit', String(PAGE_SIZE)],
      ['offset', String(seen)],
    ]),
    success: 200,
  }),
  messageOf: (task) => task['message'],
  endedAt: () => undefined, // `end_time` has no zone, and no document says which it is.
};

/** Speaks to SFS Turbo's data import and export tasks. */
export function createDataTaskAdapter(settings: SfsTurboSettings, gate: CallGate): Provider {
  return createSfsTurboAdapter(API, settings, gate);
}

const onShare = (task: TaskIds) => `${part(task['shareId'])}/hpc-cache`;
const part = (id = '') => encodeURIComponent(id);
