import { refusal } from './simulate-refusals.js';
import type { CpfsSwitches } from './simulate-switches.js';
import type { CpfsTask } from './simulate-task.js';

/** A data flow; it is in the state Running for ever. */
export interface CpfsDataFlow {
  readonly id: string;
  readonly fileSystemId: string;
  readonly createdAt: number;
  readonly sourceStorage: string;
}

interface FileSystem {
  readonly flows: Map<string, CpfsDataFlow>;
  readonly tasks: CpfsTask[];
}

/** Everything there is, in the order of its making. A file system exists from its first data flow on. What is no longer listed is here still. */
export class CpfsTable {
  readonly tasks: CpfsTask[] = [];
  readonly #byId = new Map<string, CpfsTask>();
  readonly #fileSystems = new Map<string, FileSystem>();
  #longestTaskId = 0;

  addFlow(flow: CpfsDataFlow): CpfsDataFlow {
    const there = this.#fileSystems.get(flow.fileSystemId) ?? { flows: new Map(), tasks: [] };
    there.flows.set(flow.id, flow);
    this.#fileSystems.set(flow.fileSystemId, there);
    return flow;
  }

  hasFlow(fileSystemId: string, id: string): boolean {
    return this.#fileSystems.get(fileSystemId)?.flows.has(id) ?? false;
  }

  /** The task's data flow is there already. */
  addTask(task: CpfsTask): CpfsTask {
    this.tasks.push(task);
    this.#byId.set(task.id, task);
    this.fileSystem(task.details.fileSystemId).tasks.push(task);
    this.#longestTaskId = Math.max(this.#longestTaskId, task.id.length);
    return task;
  }

  find(id: string): CpfsTask | undefined {
    return this.#byId.get(id);
  }

  /** @throws AlibabaRefusal */
  fileSystem(id: string): FileSystem {
    const there = this.#fileSystems.get(id);
    if (there === undefined) throw refusal('InvalidFileSystem.NotFound');
    return there;
  }

  /** What a list looks through. @throws AlibabaRefusal */
  listed(id: string, { unknownFileSystemInList }: CpfsSwitches): FileSystem {
    const there = this.#fileSystems.get(id);
    if (there !== undefined) return there;
    if (unknownFileSystemInList === 'empty') return { flows: new Map(), tasks: [] };
    throw refusal(unknownFileSystemInList);
  }

  /** @throws AlibabaRefusal */
  checkFlow(fileSystemId: string, id: string): void {
    if (!this.fileSystem(fileSystemId).flows.has(id)) throw refusal('InvalidDataFlow.NotFound');
  }

  /** The task under all three of its ids. @throws AlibabaRefusal */
  taskOf(fileSystemId: string, dataFlowId: string, id: string): CpfsTask {
    this.checkFlow(fileSystemId, dataFlowId);
    const task = this.find(id);
    const isThere = task?.details.fileSystemId === fileSystemId && task.details.dataFlowId === dataFlowId;
    if (!isThere) throw refusal('InvalidTaskId.NotFound');
    return task;
  }

  /**
   * The tasks that the filter `TaskIds` can fit, without looking through all of them where no longer id exists that one of
   * these could be a part of.
   */
  candidates(
    fileSystemId: string,
    idsOrParts: readonly string[] | undefined,
    switches: CpfsSwitches,
  ): readonly CpfsTask[] {
    const { tasks } = this.listed(fileSystemId, switches);
    if (idsOrParts === undefined || idsOrParts.some((id) => id.length < this.#longestTaskId)) return tasks;
    const found = [...new Set(idsOrParts)].flatMap((id) => this.find(id) ?? []);
    return found.filter((task) => task.details.fileSystemId === fileSystemId);
  }
}
