import type { Observation } from '../../contract/observation.js';
import { ProviderError, type ObserveOptions, type TaskIds } from '../provider.js';
import { requestIdIfAny } from '../request-id-if-any.js';
import { Sightings } from '../sightings.js';
import type { AlibabaClient } from '../vendors/alibaba/client.js';
import { passOverRefusal } from './errors.js';
import { listPages, MOST_IDS, withoutList, type Filters, type ListPage } from './list-pages.js';
import { lookUpByIds } from './look-up.js';
import { ENDED_TASK_WORDS, LIVE_TASK_WORDS } from './states.js';
import {
  DATA_FLOW_ID,
  dataFlowIdOf,
  isLingjun,
  keyOf,
  onlyFileSystem,
  taskIdOf,
  taskKey,
} from './task-ids.js';
import { taskRows, toAbsence, toObservation, type TaskRow } from './to-observation.js';

/** From so many tasks on, a page of their data flows is tried: it may save several calls, and costs one. */
const LISTING_FROM = 3 * MOST_IDS + 1;
/** The order of a list is not documented, and what is looked for may stand at its end: a page in vain for so many tasks, no more. */
const FRUITLESS_FOR_EACH = 4 * MOST_IDS;
const ACTION = 'DescribeDataFlowTasks';

/**
 * Looks at tasks of one file system; the answers come in the order of the question.
 *
 * Every ten ids cost a call. Many tasks are therefore first looked for among the unended ones of their data flows, a hundred
 * a page, for as long as pages find more of them than ids would, and those that are left likewise among the ended ones: so
 * it costs half as many calls more at the most.
 */
export async function observeTasks(
  client: AlibabaClient,
  tasks: readonly TaskIds[],
  options: ObserveOptions,
): Promise<Observation[]> {
  const sightings = new Sightings(tasks.map(taskKey), options);
  const look = new Look(client, onlyFileSystem(tasks), sightings, options.signal);
  const unseen = () => tasks.filter((task) => !sightings.has(taskKey(task)));
  for (const words of [LIVE_TASK_WORDS, ENDED_TASK_WORDS]) {
    const flows = [...new Set(unseen().map(dataFlowIdOf))];
    if (unseen().length >= LISTING_FROM && flows.length <= MOST_IDS)
      await look.listFlows(flows, words, unseen().length);
  }
  await lookUpByIds(
    unseen(),
    (some) => look.lookUp(some),
    (task, { code, message, context }) =>
      sightings.note(taskKey(task), toAbsence(code, message, context.requestId)),
  );
  if (look.open !== undefined) throw look.open;
  return sightings.all();
}

/** The questions about the tasks of one file system; what the answers show is noted. */
class Look {
  readonly #client: AlibabaClient;
  readonly #fileSystemId: string;
  readonly #sightings: Sightings;
  readonly #signal: AbortSignal;
  /** Why nothing is known of a task. It is thrown at the end: it must not keep the others from being looked up. */
  open: ProviderError | undefined;

  constructor(client: AlibabaClient, fileSystemId: string, sightings: Sightings, signal: AbortSignal) {
    this.#client = client;
    this.#fileSystemId = fileSystemId;
    this.#sightings = sightings;
    this.#signal = signal;
  }

  async listFlows(flows: readonly string[], words: readonly string[], wanted: number): Promise<void> {
    const mostFruitless = wanted / FRUITLESS_FOR_EACH;
    let fruitless = 0;
    try {
      for await (const page of this.#list({ DataFlowIds: flows, Status: words })) {
        const before = this.#sightings.size;
        this.#note(page);
        if (this.#sightings.isWhole) return;
        fruitless = this.#sightings.size - before > MOST_IDS ? 0 : fruitless + 1;
        if (fruitless > mostFruitless) return;
      }
    } catch (thrown) {
      passOverRefusal(thrown); // Their own ids will tell.
    }
  }

  /** Only a whole answer about its id says that a task is not there. */
  async lookUp(some: readonly TaskIds[]): Promise<void> {
    let requestId: string | undefined;
    let isWhole = true;
    let isOfThese = true;
    for await (const page of this.#list({ TaskIds: some.map(taskIdOf) })) {
      this.#note(page);
      if (some.every((task) => this.#sightings.has(taskKey(task)))) return;
      ({ requestId } = page);
      isWhole &&= page.hasList;
      isOfThese &&= page.rows.every((row) => some.some((task) => isAskedFor(row, task)));
    }
    if (!isWhole) {
      this.open = withoutList(ACTION, requestId);
      return;
    }
    if (!isOfThese) {
      this.open = otherTasks(requestId);
      return;
    }
    for (const task of some.filter((each) => !this.#sightings.has(taskKey(each)))) {
      const message = `${this.#fileSystemId} lists no task ${taskIdOf(task)} of ${dataFlowIdOf(task)}.`;
      this.#sightings.note(taskKey(task), toAbsence('not listed', message, requestId));
    }
  }

  #list(filters: Filters): AsyncGenerator<ListPage<TaskRow>, void, void> {
    const question = {
      action: ACTION,
      fileSystemId: this.#fileSystemId,
      filters,
      // "Set it to False to speed up the query. Only CPFS for Lingjun supports this parameter."
      ...(isLingjun(this.#fileSystemId) && { more: { WithReports: 'false' } }),
      rows: taskRows,
    };
    return listPages(this.#client, question, this.#signal);
  }

  /** Filters match parts of ids, too: what they bring is compared as a whole. */
  #note({ rows, requestId }: ListPage<TaskRow>): void {
    for (const row of rows) {
      this.#sightings.note(keyOf(row.DataFlowId, row.TaskId), toObservation(row, requestId));
    }
  }
}

/** A filter by ids brings those that have one as a part, of whichever data flow. */
function isAskedFor({ DataFlowId, TaskId }: TaskRow, task: TaskIds): boolean {
  return TaskId.includes(taskIdOf(task)) && DATA_FLOW_ID.test(DataFlowId);
}

/** The answer to another question, as from a cache in between, says nothing of what is not in it. */
function otherTasks(requestId: string | undefined): ProviderError {
  const message = `${ACTION} answered with other tasks than it was asked for.`;
  return new ProviderError('unrecognized', 'MismatchedAnswer', message, requestIdIfAny(requestId));
}
