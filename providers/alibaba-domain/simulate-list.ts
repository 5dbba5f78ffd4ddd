import { AlibabaRefusal, type AlibabaOutput } from '../vendors/alibaba/simulate-answer.js';
import type { DomainCall } from './simulate.js';
import { dataOf, pageOf, pageSize } from './simulate-page.js';
import type { DomainTask } from './simulate-task.js';

const DAY_MS = 24 * 60 * 60_000;
const ZONE_MS = { utc: 0, '+08:00': 8 * 60 * 60_000 } as const;

/** @see https://www.alibabacloud.com/help/doc-detail/67709.htm */
export function queryTaskList(call: DomainCall): AlibabaOutput {
  const { request, world } = call;
  const { switches } = world.settings;
  const now = world.now();
  const tasks = withinWindow(call);
  const listed = switches.movedToHistory === 'never' ? tasks : tasks.filter((task) => !inHistory(call, task));
  const { shown, envelope } = pageOf(request, listed, {
    largest: switches.largestListPage,
    largestAsked: switches.largestListPageSize,
  });
  const rows = shown.map((task) => task.row(task.timeline.shownAt(now, world.settings.refreshMs), switches));
  return { output: { ...envelope, ...dataOf('TaskInfo', rows, switches) } };
}

/** Pages by cursor: an object of the page before, by its number and its time. */
export function queryTaskInfoHistory(call: DomainCall): AlibabaOutput {
  const { request, world } = call;
  const { switches } = world.settings;
  const size = pageSize(request);
  const past = withinWindow(call).filter((task) => inHistory(call, task));
  const cursor = request.parameters['TaskNoCursor'];
  const start = cursor === undefined ? 0 : past.findIndex(({ id }) => id === cursor);
  if (start < 0) throw new AlibabaRefusal(400, 'ParameterIllegal', 'Parameter illegal.');
  const objects = past.slice(start, start + size).map((task) => task.historyRow(world.now(), switches));
  const row = (index: number) => past[index]?.historyRow(world.now(), switches);
  return {
    output: {
      PageSize: size,
      CurrentPageCursor: row(start),
      NextPageCursor: row(start + size),
      PrePageCursor: start === 0 ? undefined : row(Math.max(0, start - size)),
      Objects: objects,
    },
  };
}

/** Whether a task is shown by the history alone. */
export function inHistory({ world }: DomainCall, { timeline }: DomainTask): boolean {
  const { movedToHistory } = world.settings.switches;
  const endedAt = timeline.endedAt(world.now());
  if (endedAt === undefined || movedToHistory === 'never') return false;
  return movedToHistory === 'onceEnded' || world.now() - endedAt >= movedToHistory;
}

function withinWindow({ table, request, world }: DomainCall): readonly DomainTask[] {
  const { dayZone, endOfWindow, listOrder } = world.settings.switches;
  const dayOf = (at: number) => Math.floor((at + ZONE_MS[dayZone]) / DAY_MS);
  const begin = milliseconds(request.parameters['BeginCreateTime']);
  const end = milliseconds(request.parameters['EndCreateTime']);
  const first = begin === undefined ? -Infinity : dayOf(begin);
  const last = end === undefined ? Infinity : dayOf(end) - (endOfWindow === 'inclusive' ? 0 : 1);
  const tasks = table.inOrder(listOrder);
  const { oldestAt, newestAt } = table;
  // Many lists leave nothing out: those are not to cost more the more tasks there are.
  if (dayOf(oldestAt) >= first && dayOf(newestAt) <= last) return tasks;
  return tasks.filter(({ createdAt }) => {
    const day = dayOf(createdAt);
    return day >= first && day <= last;
  });
}

function milliseconds(text: string | undefined): number | undefined {
  if (text === undefined) return undefined;
  if (/^\d+$/.test(text)) return Number(text);
  throw new AlibabaRefusal(400, 'ParameterIllegal', 'Parameter illegal.');
}
