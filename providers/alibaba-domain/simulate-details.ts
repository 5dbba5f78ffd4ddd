import { AlibabaRefusal, type AlibabaOutput } from '../vendors/alibaba/simulate-answer.js';
import { mandatory } from '../vendors/alibaba/simulate-gateway.js';
import type { DomainCall } from './simulate.js';
import { inHistory } from './simulate-list.js';
import { UNLISTED_CODE } from './simulate-switches.js';
import { dataOf, pageOf, pageSize } from './simulate-page.js';
import { DETAIL_CODES, type DomainTask } from './simulate-task.js';

type DetailRow = ReturnType<DomainTask['detailRows']>[number];

const FINISHED: ReadonlySet<string> = new Set(['EXECUTE_SUCCESS', 'EXECUTE_FAILURE']);

/** @see https://www.alibabacloud.com/help/doc-detail/67710.html */
export function queryTaskDetailList(call: DomainCall): AlibabaOutput {
  const { detailsOfUnknown } = call.world.settings.switches;
  const task = call.table.find(mandatory(call.request, 'TaskNo'));
  if (task !== undefined && !inHistory(call, task)) return page(call, detailsOf(call, task, 'TaskStatus'));
  if (detailsOfUnknown === 'empty') return page(call, []);
  const code = detailsOfUnknown === 'unlisted' ? UNLISTED_CODE : detailsOfUnknown;
  throw new AlibabaRefusal(400, code, 'Parameter illegal.');
}

/** Finished entries of one task or of all. Nothing here acknowledges them, so none is ever taken away. */
export function pollTaskResult(call: DomainCall): AlibabaOutput {
  const { table, request, world } = call;
  const taskNo = request.parameters['TaskNo'];
  const { listOrder } = world.settings.switches;
  const tasks = taskNo === undefined ? table.inOrder(listOrder) : [table.find(taskNo) ?? []].flat();
  const rows = tasks.flatMap((task) => detailsOf(call, task, 'TaskResultStatus'));
  return page(
    call,
    rows.filter(({ TaskStatus }) => FINISHED.has(TaskStatus)),
  );
}

/** Of tasks that have moved to the history. Its cursors are left out: a page holds all there is up to PageSize. */
export function queryTaskDetailHistory(call: DomainCall): AlibabaOutput {
  const { table, request } = call;
  const size = pageSize(request);
  const task = table.find(mandatory(request, 'TaskNo'));
  const rows = task !== undefined && inHistory(call, task) ? detailsOf(call, task, 'TaskStatus') : [];
  return { output: { PageSize: size, Objects: rows.slice(0, size) } };
}

function detailsOf({ world, request }: DomainCall, task: DomainTask, statusFilter: string): DetailRow[] {
  const { parameters } = request;
  const status = parameters[statusFilter];
  return task
    .detailRows(world.now(), world.settings.switches)
    .filter((row) => status === undefined || String(DETAIL_CODES[row.TaskStatus]) === status)
    .filter((row) => [row['DomainName'], undefined].includes(parameters['DomainName']));
}

function page({ request, world }: DomainCall, rows: readonly DetailRow[]): AlibabaOutput {
  const { shown, envelope } = pageOf(request, rows);
  return { output: { ...envelope, ...dataOf('TaskDetail', shown, world.settings.switches) } };
}
