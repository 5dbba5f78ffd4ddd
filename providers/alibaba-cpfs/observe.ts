import type { Observation } from '../../contract/observation.js';
import { ProviderError, type TaskIds } from '../provider.js';
import type { AlibabaClient } from '../vendors/alibaba/client.js';
import { NO_DATA_FLOW_CODE } from './errors.js';
import { listPages, MOST_IDS, type Filters, type ListPage } from './list-pages.js';
import { lookUpByIds } from './look-up.js';
import { LIVE_TASK_WORDS } from './states.js';
import { dataFlowIdOf, keyOf, onlyFileSystem, taskIdOf, taskKey } from './task-ids.js';
import { taskRows, toAbsence, toObservation, type TaskRow } from './to-observation.js';

/** From so many tasks on, a page of their data flows is tried: it may save several calls, and costs one. */
const LISTING_FROM = 3 * MOST_IDS + 1;

/**
 * Looks at tasks of one file system; the answers come in the order of the question.
 *
 * Every ten ids cost a call. Many tasks are therefore first looked for among the unended ones of their data flows, a hundred
 * a page, for as long as a page finds more of them than ids would: so it costs one call more at the most.
 */
export async function observeTasks(
  client: AlibabaClient,
  tasks: readonly TaskIds[],
  signal: AbortSignal,
): Promise<Observation[]> {
  const look = new Look(client, tasks, signal);
  const flows = [...new Set(tasks.map(dataFlowIdOf))];
  if (tasks.length >= LISTING_FROM && flows.length <= MOST_IDS) await look.listLive(flows);
  await lookUpByIds(
    tasks.filter((task) => !look.has(task)),
    (some) => look.lookUp(some),
    (task, { code, message, context }) => look.set(task, toAbsence(code, message, context.requestId)),
  );
  return tasks.map((task) => look.get(task));
}

/** What was found so far of the tasks that were asked for. */
class Look {
  readonly #client: AlibabaClient;
  readonly #fileSystemId: string;
  readonly #signal: AbortSignal;
  readonly #asked: ReadonlySet<string>;
  readonly #found = new Map<string, Observation>();

  constructor(client: AlibabaClient, tasks: readonly TaskIds[], signal: AbortSignal) {
    this.#client = client;
    this.#fileSystemId = onlyFileSystem(tasks);
    this.#signal = signal;
    this.#asked = new Set(tasks.map(taskKey));
  }

  has(task: TaskIds): boolean {
    return this.#found.has(taskKey(task));
  }

  get(task: TaskIds): Observation {
    const observation = this.#found.get(taskKey(task));
    if (observation === undefined) throw new Error(`${taskKey(task)} was not looked up: a bug.`);
    return observation;
  }

  set(task: TaskIds, observation: Observation): void {
    this.#found.set(taskKey(task), observation);
  }

  async listLive(flows: readonly string[]): Promise<void> {
    try {
      for await (const page of this.#list({ DataFlowIds: flows, Status: LIVE_TASK_WORDS })) {
        const before = this.#found.size;
        this.#note(page);
        if (this.#found.size - before <= MOST_IDS || this.#found.size === this.#asked.size) return;
      }
    } catch (thrown) {
      // Whose data flow it is that is not there, their own ids will tell.
      if (!(thrown instanceof ProviderError) || thrown.code !== NO_DATA_FLOW_CODE) throw thrown;
    }
  }

  /** Only a whole answer about its id says that a task is not there. */
  async lookUp(some: readonly TaskIds[]): Promise<void> {
    let requestId: string | undefined;
    for await (const page of this.#list({ TaskIds: some.map(taskIdOf) })) {
      this.#note(page);
      if (some.every((task) => this.has(task))) return;
      ({ requestId } = page);
    }
    for (const task of some.filter((each) => !this.has(each))) {
      const message = `${this.#fileSystemId} lists no task ${taskIdOf(task)} of ${dataFlowIdOf(task)}.`;
      this.set(task, toAbsence('not listed', message, requestId));
    }
  }

  #list(filters: Filters): AsyncGenerator<ListPage<TaskRow>, void, void> {
    const question = {
      action: 'DescribeDataFlowTasks',
      fileSystemId: this.#fileSystemId,
      filters,
      more: { WithReports: 'false' }, // "Faster without", says the vendor's SDK.
      rows: taskRows,
    };
    return listPages(this.#client, question, this.#signal);
  }

  /** Filters match parts of ids, too: what they bring is compared as a whole. */
  #note({ rows, requestId }: ListPage<TaskRow>): void {
    for (const row of rows) {
      const key = keyOf(row.DataFlowId, row.TaskId);
      if (this.#asked.has(key)) this.#found.set(key, toObservation(row, requestId));
    }
  }
}
