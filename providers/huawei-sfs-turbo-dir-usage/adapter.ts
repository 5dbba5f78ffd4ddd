import type { CallGate } from '../call-gate.js';
import type { Provider, TaskIds } from '../provider.js';
import { createSfsTurboAdapter, type SfsTurboApi } from '../vendors/huawei/sfs-turbo-adapter.js';
import type { SfsTurboSettings } from '../vendors/huawei/sfs-turbo-connection.js';
import type { WireTask } from '../vendors/huawei/sfs-turbo-observe.js';
import { queryOf } from '../vendors/huawei/sfs-turbo-query.js';
import { DIR_USAGE_STATES } from './states.js';

/** The largest the list allows. */
const PAGE_SIZE = 100;

const API: SfsTurboApi = {
  states: DIR_USAGE_STATES,
  /** With status 404. A 404 without it may be the gateway's, of another API altogether. */
  absentCode: 'SFS.TURBO.0124',
  pageSize: PAGE_SIZE,
  delete: (task) => ({ operation: 'DeleteFsTask', method: 'DELETE', path: pathOf(task), success: 202 }),
  show: (task) => ({ operation: 'ShowFsTask', method: 'GET', path: pathOf(task), success: 200 }),
  list: (shareId, { last, limit }) => ({
    operation: 'ListFsTasks',
    method: 'GET',
    path: pathOfAll({ shareId }),
    query: queryOf({ limit, marker: last }),
    success: 200,
  }),
  messageOf: messageOf,
  endedAt: ({ end_time: time }) => {
    const ms = momentMs(time);
    return ms === undefined ? undefined : new Date(ms).toISOString();
  },
  // There is no time of creation; a task was created before it began.
  createdByMs: ({ begin_time: time }) => momentMs(time),
};

/** Speaks to SFS Turbo's directory usage tasks. */
export function createDirUsageAdapter(settings: SfsTurboSettings, gate: CallGate): Provider {
  return createSfsTurboAdapter(API, settings, gate);
}

function messageOf(task: WireTask): unknown {
  const usage = task['dir_usage'];
  return typeof usage === 'object' && usage !== null ? (usage as WireTask)['message'] : undefined;
}

/** `2006-01-02 15:04:05`, in UTC: https://support.huaweicloud.com/intl/en-us/api-sfsturbo/ShowFsTask.html */
function momentMs(text: unknown): number | undefined {
  if (typeof text !== 'string') return undefined;
  const [, day, time] = /^(\d{4}-\d{2}-\d{2}) (\d{2}:\d{2}:\d{2})$/.exec(text) ?? [];
  const ms = Date.parse(`${day}T${time}Z`);
  return Number.isNaN(ms) ? undefined : ms;
}

const pathOfAll = (task: TaskIds) => `shares/${part(task['shareId'])}/fs/dir-usage/tasks`;
const pathOf = (task: TaskIds) => `${pathOfAll(task)}/${part(task['taskId'])}`;
const part = (id = '') => encodeURIComponent(id);
