import { randomBytes } from 'node:crypto';
import { z } from 'zod';
import type { AlibabaOutput } from '../vendors/alibaba/simulate-answer.js';
import type { CpfsCall } from './simulate.js';
import { filterBy, readPage, wordsRule, type FilterRule } from './simulate-page.js';
import { asked, fileSystemId, readFilters, readParameters } from './simulate-parameters.js';
import type { CpfsDataFlow } from './simulate-table.js';
import { written } from './simulate-time.js';
import { wrappedList } from './simulate-wrapped-list.js';

const FEWEST_RESULTS = 10;
const STATUS = 'Running';

const createParameters = z.object({
  FileSystemId: fileSystemId,
  SourceStorage: z.string().min(1).max(1_024),
  ...asked,
});
const describeParameters = z.object({ FileSystemId: fileSystemId });

/** Those that a data flow has here; its ids are matched as a whole, unlike those of tasks. */
const RULES = {
  DataFlowIds: wordsRule(({ id }) => id),
  SourceStorage: wordsRule(({ sourceStorage }) => sourceStorage),
  Status: wordsRule(() => STATUS),
} as const satisfies Record<string, FilterRule<CpfsDataFlow>>;

export function createFlow({ world, table, request }: CpfsCall): AlibabaOutput {
  const { FileSystemId, SourceStorage, DryRun } = readParameters(createParameters, request);
  if (DryRun) return { output: { DataFlowId: '' } };
  const flow = {
    id: `df-${randomBytes(8).toString('hex')}`,
    fileSystemId: FileSystemId,
    sourceStorage: SourceStorage,
    createdAt: world.now(),
  };
  return { output: { DataFlowId: table.addFlow(flow).id } };
}

/** @see https://www.alibabacloud.com/help/en/cpfs/cpfsonecs/developer-reference/api-nas-2017-06-26-describedataflows-cpfs */
export function describeFlows({ world, table, request }: CpfsCall): AlibabaOutput {
  const { FileSystemId } = readParameters(describeParameters, request);
  const { switches } = world.settings;
  const { flows } = table.listed(FileSystemId, switches);
  const fits = filterBy(readFilters(request), RULES, switches);
  const { page, next } = readPage(request, [...flows.values()], fits, {
    fewest: FEWEST_RESULTS,
    switches,
  });
  const shown = page.map((flow) => ({
    DataFlowId: flow.id,
    FileSystemId: flow.fileSystemId,
    SourceStorage: flow.sourceStorage,
    Status: STATUS,
    CreateTime: written(flow.createdAt),
    UpdateTime: written(flow.createdAt),
  }));
  return { output: { ...wrappedList(['DataFlowInfo', 'DataFlow'], shown, switches), ...next } };
}
