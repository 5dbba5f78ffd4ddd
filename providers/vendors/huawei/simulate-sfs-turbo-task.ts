import { randomBytes } from 'node:crypto';
import type { SimulatedTask, SimulatedWorld, TaskSeed } from '../../../simulator/simulated-provider.js';
import type { TaskState, Timeline } from '../../../simulator/timeline.js';
import type { SfsTurboSwitches } from './simulate-sfs-turbo-switches.js';
import type { SfsTurboCall } from './simulate-sfs-turbo.js';

/** Shown by the control API alone: to the vendor's callers there is no such task any more. */
const GONE = '(gone)';

type Words = Readonly<Record<Exclude<TaskState, 'canceled'>, string>>;
type World = SimulatedWorld<SfsTurboSwitches>;

/** `end_time` of a task that has not ended, by the switch. */
const END_TIME_OF_DOING = {
  empty: () => ({ end_time: '' }),
  absent: () => ({}),
  null: () => ({ end_time: null }),
  present: (now: string) => ({ end_time: now }),
} as const satisfies Record<SfsTurboSwitches['endTimeOfDoing'], (now: string) => object>;

/**
 * One task of a file system. Its record vanishes when it is deleted: at once when it has ended, else once it is canceled;
 * and by itself where ended tasks are not kept.
 */
export abstract class SfsTurboTask implements SimulatedTask {
  readonly id: string;
  readonly timeline: Timeline;
  readonly shareId: string;
  readonly #word: string | undefined;
  readonly #words: Words;
  readonly #world: World;
  #erasedAt = Infinity;
  #leavesRecord = true;

  constructor(seed: TaskSeed<{ readonly shareId: string }>, world: World, words: Words) {
    this.id = seed.id ?? randomBytes(16).toString('hex');
    this.timeline = seed.timeline;
    this.shareId = seed.details.shareId;
    this.#word = seed.word;
    this.#words = words;
    this.#world = world;
  }

  get ids(): { shareId: string; taskId: string } {
    return { shareId: this.shareId, taskId: this.id };
  }

  wordAt(at: number): string {
    return this.goneAt(at) ? GONE : this.statusAt(at);
  }

  /** The vendor's word, while there is a record that shows it. */
  statusAt(at: number): string {
    const state = this.timeline.stateAt(at);
    return this.#word ?? (state === 'canceled' ? GONE : this.#words[state]);
  }

  goneAt(at: number): boolean {
    if (at >= this.#erasedAt || this.timeline.stateAt(at) === 'canceled') return true;
    if (!this.timeline.isKeptAt(at, this.#world.settings.switches.endedKeptMs)) return true;
    return !this.#leavesRecord && this.timeline.endedAt(at) !== undefined;
  }

  /** Deletes a task that has not ended; `leavesRecord` is for one that then ends by itself. */
  cancel(at: number, leavesRecord: boolean): void {
    this.#leavesRecord = leavesRecord;
    this.timeline.cancel(at);
  }

  erase(at: number): void {
    this.#erasedAt = at;
  }

  /** `end_time` of the record. */
  protected endTime(at: number, format: (at: number) => string): { readonly end_time?: string | null } {
    const endedAt = this.timeline.endedAt(at);
    if (endedAt !== undefined) return { end_time: format(endedAt) };
    return END_TIME_OF_DOING[this.#world.settings.switches.endTimeOfDoing](format(at));
  }

  /** The record as a read shows it. */
  abstract describe(at: number, shown: string): Readonly<Record<string, unknown>>;
}

/** All tasks in the order of their making, those that are gone included: the control API tells their true state. */
export class SfsTurboTaskTable<Task extends SfsTurboTask> {
  readonly all: Task[] = [];
  readonly #byId = new Map<string, Task>();
  readonly #byShare = new Map<string, Task[]>();

  add(task: Task): Task {
    this.all.push(task);
    this.#byId.set(task.id, task);
    const onShare = this.#byShare.get(task.shareId);
    if (onShare === undefined) this.#byShare.set(task.shareId, [task]);
    else onShare.push(task);
    return task;
  }

  find(id: string): Task | undefined {
    return this.#byId.get(id);
  }

  on(shareId: string): readonly Task[] {
    return this.#byShare.get(shareId) ?? [];
  }
}

/** A task as reads show it, and when it was so; undefined when they show none. */
export function shownAt<Task extends SfsTurboTask>(
  task: Task | undefined,
  { world, shareId }: Pick<SfsTurboCall<SfsTurboSwitches, Task>, 'world' | 'shareId'>,
): number | undefined {
  if (task === undefined || task.shareId !== shareId) return undefined;
  const now = world.now();
  const at = task.timeline.shownAt(now, world.settings.refreshMs);
  return task.goneAt(world.settings.switches.cachedAbsence ? at : now) ? undefined : at;
}

/** What a list of a file system's tasks shows, in its order. */
export function shownOnShare<Task extends SfsTurboTask>(
  call: Pick<SfsTurboCall<SfsTurboSwitches, Task>, 'world' | 'shareId' | 'tasks'>,
): readonly { readonly task: Task; readonly at: number }[] {
  const all = call.tasks.on(call.shareId);
  const { listOrder, deletingListed } = call.world.settings.switches;
  return (listOrder === 'newestFirst' ? all.toReversed() : all).flatMap((task) => {
    const at = shownAt(task, call);
    const isListed = at !== undefined && (deletingListed || task.timeline.stateAt(at) !== 'canceling');
    return isListed ? [{ task, at }] : [];
  });
}
