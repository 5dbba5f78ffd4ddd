import type { CpfsCall } from './simulate.js';
import type { Filter } from './simulate-parameters.js';
import { refusal } from './simulate-refusals.js';
import type { CpfsTask } from './simulate-task.js';

interface Asked {
  readonly fileSystemId: string;
  readonly filters: readonly Filter[];
  /** The key of the filter by ids of tasks. */
  readonly key: 'TaskIds' | 'DataFlowTaskIds';
  /** The tasks that the list still knows; asked for only when it matters. */
  readonly known: () => readonly CpfsTask[];
}

/**
 * Refuses a filter with an id that fits nothing, where the switches want that.
 * @throws AlibabaRefusal
 */
export function checkIdsExist(
  { world, table }: CpfsCall,
  { fileSystemId, filters, key, known }: Asked,
): void {
  const { unknownTaskInFilter, unknownDataFlowInFilter } = world.settings.switches;
  const taskIds = unknownTaskInFilter === 'empty' ? [] : (idsIn(filters, key) ?? []);
  const tasks = taskIds.length === 0 ? [] : known();
  if (unknownTaskInFilter !== 'empty' && !taskIds.every((id) => tasks.some((task) => task.id.includes(id)))) {
    throw refusal(unknownTaskInFilter);
  }
  const flowIds = idsIn(filters, 'DataFlowIds') ?? [];
  if (unknownDataFlowInFilter !== 'empty' && !flowIds.every((id) => table.hasFlow(fileSystemId, id))) {
    throw refusal(unknownDataFlowInFilter);
  }
}

export function idsIn(filters: readonly Filter[], key: string): readonly string[] | undefined {
  return filters.find((filter) => filter.key === key)?.value.split(',');
}
