import { ProviderError, type TaskIds } from '../provider.js';

export const fileSystemIdOf = (task: TaskIds): string => task['fileSystemId'] ?? '';
export const dataFlowIdOf = (task: TaskIds): string => task['dataFlowId'] ?? '';
export const taskIdOf = (task: TaskIds): string => task['taskId'] ?? '';

/** Older documents write dfid-. */
export const DATA_FLOW_ID = /^df(id)?-[0-9a-z]+$/;

/** Whether it is of CPFS for Lingjun, which has subtasks and reports. */
export const isLingjun = (fileSystemId: string): boolean => fileSystemId.startsWith('bmcpfs-');

/** The same for two ids of one task in one file system; a row of an answer has it too. */
export function keyOf(dataFlowId: string, taskId: string): string {
  return `${dataFlowId}/${taskId}`;
}

export function taskKey(task: TaskIds): string {
  return keyOf(dataFlowIdOf(task), taskIdOf(task));
}

/**
 * The file system of all these tasks. Of a second one every task would seem not to be there.
 * @throws ProviderError `invalid` when there is more than one.
 */
export function onlyFileSystem(tasks: readonly TaskIds[]): string {
  const [only = '', ...others] = new Set(tasks.map(fileSystemIdOf));
  if (others.length === 0) return only;
  throw new ProviderError('invalid', 'SeveralFileSystems', 'One call answers for one file system alone.');
}
