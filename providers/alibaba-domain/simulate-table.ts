import type { DomainSwitches } from './simulate-switches.js';
import type { DomainTask } from './simulate-task.js';

/** All tasks. */
export class DomainTaskTable {
  /** When the first and the last of them were made; infinite where there are none. */
  oldestAt = Infinity;
  newestAt = -Infinity;
  readonly #byId = new Map<string, DomainTask>();
  /** In the orders that were asked for since the last one was added. */
  readonly #ordered = new Map<DomainSwitches['listOrder'], readonly DomainTask[]>();

  add(task: DomainTask): DomainTask {
    this.#byId.set(task.id, task);
    this.oldestAt = Math.min(this.oldestAt, task.createdAt);
    this.newestAt = Math.max(this.newestAt, task.createdAt);
    this.#ordered.clear();
    return task;
  }

  find(id: string): DomainTask | undefined {
    return this.#byId.get(id);
  }

  /** In the order of their making, as they were added. */
  all(): Iterable<DomainTask> {
    return this.#byId.values();
  }

  inOrder(order: DomainSwitches['listOrder']): readonly DomainTask[] {
    const tasks = this.#ordered.get(order) ?? ORDERS[order]([...this.#byId.values()]);
    this.#ordered.set(order, tasks);
    return tasks;
  }
}

const ORDERS = {
  newestFirst: (tasks) => tasks.toReversed().toSorted((a, b) => b.createdAt - a.createdAt),
  oldestFirst: (tasks) => tasks.toSorted((a, b) => a.createdAt - b.createdAt),
  byTaskNo: (tasks) => tasks.toSorted((a, b) => (a.id < b.id ? -1 : 1)),
} as const satisfies Record<
  DomainSwitches['listOrder'],
  (tasks: readonly DomainTask[]) => readonly DomainTask[]
>;
