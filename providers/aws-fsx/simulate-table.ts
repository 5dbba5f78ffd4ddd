import type { SimulatedWorld } from '../../simulator/simulated-provider.js';
import type { FsxCall } from './simulate.js';
import type { FsxSwitches } from './simulate-switches.js';
import type { FsxTask } from './simulate-task.js';

/** All tasks, in the order of their making, and by what calls look them up; those that FSx has forgotten, too. */
export class FsxTaskTable {
  readonly all: FsxTask[] = [];
  readonly #byId = new Map<string, FsxTask>();
  readonly #byFileSystem = new Map<string, FsxTask[]>();
  readonly #active = new Map<string, FsxTask[]>();
  readonly #byToken = new Map<string, { readonly task: FsxTask; readonly input: unknown }>();

  add(task: FsxTask): FsxTask {
    const { fileSystemId: on } = task.details;
    this.all.push(task);
    this.#byId.set(task.id, task);
    push(this.#byFileSystem, on, task);
    push(this.#active, on, task);
    return task;
  }

  find(id: string): FsxTask | undefined {
    return this.#byId.get(id);
  }

  /** The task that a create made under a ClientRequestToken, and with what input. */
  createdUnder(token: string): { readonly task: FsxTask; readonly input: unknown } | undefined {
    return this.#byToken.get(token);
  }

  rememberToken(token: string, task: FsxTask, input: unknown): void {
    this.#byToken.set(token, { task, input });
  }

  onFileSystem(id: string): readonly FsxTask[] {
    return this.#byFileSystem.get(id) ?? [];
  }

  /** How many tasks of a file system have not ended; one that has is never looked at again. */
  countActive(id: string, at: number): number {
    const active = (this.#active.get(id) ?? []).filter((task) => task.timeline.endedAt(at) === undefined);
    this.#active.set(id, active);
    return active.length;
  }
}

/** The task that FSx knows by an id. */
export function knownTask(
  { table, world }: Pick<FsxCall, 'table' | 'world'>,
  id: string,
): FsxTask | undefined {
  const task = table.find(id);
  return task !== undefined && isKnown(task, world) ? task : undefined;
}

/** Whether FSx has not forgotten a task: it does not say for how long it describes one that has ended. */
export function isKnown({ timeline }: FsxTask, world: SimulatedWorld<FsxSwitches>): boolean {
  return timeline.isKeptAt(world.now(), world.settings.switches.endedKeptMs);
}

function push(map: Map<string, FsxTask[]>, key: string, task: FsxTask): void {
  const list = map.get(key);
  if (list === undefined) map.set(key, [task]);
  else list.push(task);
}
