import { z } from 'zod';
import type { AlibabaOutput } from '../vendors/alibaba/simulate-answer.js';
import type { CpfsCall } from './simulate.js';
import { isListed } from './simulate-listed.js';
import { filterBy, idsRule, readPage, statusRule, wordsRule, type FilterRule } from './simulate-page.js';
import { fileSystemId, flag, readFilters, readParameters } from './simulate-parameters.js';
import { refusal } from './simulate-refusals.js';
import type { CpfsSwitches } from './simulate-switches.js';
import type { CpfsTask } from './simulate-task.js';
import { checkIdsExist, idsIn } from './simulate-unknown-ids.js';
import { wrappedList } from './simulate-wrapped-list.js';

const FEWEST_RESULTS = 10;

const describeParameters = z.object({
  FileSystemId: fileSystemId,
  WithReports: flag.default(true),
});

/** A task, and the time as of which it is shown. */
interface Shown {
  readonly task: CpfsTask;
  readonly at: number;
}

/** `yyyy-MM-ddThh:mmZ`. */
const MINUTE_MS = 60_000;
const MINUTE = /^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}Z$/;

function timeRule(
  timeOf: (shown: Shown) => number | undefined,
  fits: (time: number, limit: number, switches: CpfsSwitches) => boolean,
): FilterRule<Shown> {
  return (value, switches) => {
    const limit = MINUTE.test(value) ? Date.parse(value) : Number.NaN;
    if (Number.isNaN(limit)) throw refusal('InvalidParameter');
    return (shown) => {
      const time = timeOf(shown);
      return time !== undefined && fits(time, limit, switches);
    };
  };
}

const notBefore = (time: number, limit: number) => time >= limit;
const notAfter = (time: number, limit: number, { lastMinute }: CpfsSwitches) =>
  lastMinute === 'included' ? time < limit + MINUTE_MS : time <= limit;
const createdAt = ({ task }: Shown) => task.timeline.createdAt;
const startedAt = ({ task, at }: Shown) => task.timeline.startedAt(at);
const endedAt = ({ task, at }: Shown) => task.timeline.endedAt(at);

const RULES = {
  DataFlowIds: idsRule(({ task }) => task.details.dataFlowId),
  TaskIds: idsRule(({ task }) => task.id),
  TaskActions: wordsRule(({ task }) => task.action),
  DataTypes: wordsRule(({ task }) => task.details.dataType),
  Originator: wordsRule(({ task }) => task.details.originator),
  Status: statusRule(({ task, at }) => task.wordAt(at)),
  CreateTimeBegin: timeRule(createdAt, notBefore),
  CreateTimeEnd: timeRule(createdAt, notAfter),
  StartTimeBegin: timeRule(startedAt, notBefore),
  StartTimeEnd: timeRule(startedAt, notAfter),
  EndTimeBegin: timeRule(endedAt, notBefore),
  EndTimeEnd: timeRule(endedAt, notAfter),
} as const satisfies Record<string, FilterRule<Shown>>;

/** @see https://www.alibabacloud.com/help/en/cpfs/cpfsonecs/developer-reference/api-nas-2017-06-26-describedataflowtasks-cpfs */
export function describeTasks(call: CpfsCall): AlibabaOutput {
  const { world, table, request } = call;
  const { FileSystemId, WithReports } = readParameters(describeParameters, request);
  const isLingjun = FileSystemId.startsWith('bmcpfs-');
  const filters = readFilters(request);
  const { switches, refreshMs } = world.settings;
  const now = world.now();
  const refusesReports = !isLingjun && switches.reportsOfOthers !== 'ignored';
  if (refusesReports && 'WithReports' in request.parameters) throw refusal('InvalidParameter');
  const candidates = table.candidates(
    FileSystemId,
    switches.shortPages ? undefined : idsIn(filters, 'TaskIds'),
    switches,
  );
  const shown = (task: CpfsTask) => ({ task, at: task.timeline.shownAt(now, refreshMs) });
  const listed = (task: CpfsTask) => isListed(task, shown(task).at, switches);
  checkIdsExist(call, {
    fileSystemId: FileSystemId,
    filters,
    key: 'TaskIds',
    known: () => candidates.filter(listed),
  });

  const fits = filterBy<Shown>(filters, RULES, switches);
  const { page, next } = readPage(request, candidates, (task) => listed(task) && fits(shown(task)), {
    fewest: FEWEST_RESULTS,
    switches,
  });
  const tasks = page.map((task) => {
    const { at } = shown(task);
    return { ...task.describe(at, switches), ...(isLingjun && WithReports && { Reports: { Report: [] } }) };
  });
  return { output: { ...wrappedList(['TaskInfo', 'Task'], tasks, switches), ...next } };
}
