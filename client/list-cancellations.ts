import type { Client, WorkflowExecutionInfo } from '@temporalio/client';
import type { CancelPhase, Verdict } from '../contract/cancellation.js';
import { CANCEL_TASK_WORKFLOW } from '../contract/names.js';
import {
  SEARCH_ATTRIBUTES,
  searchAttributeKey,
  type SearchAttribute,
} from '../contract/search-attributes.js';
import { shownUri } from '../contract/task.js';
import { taskOf } from '../contract/task-memo.js';
import { cancellationIdOf, taskNamedBy } from './cancellation-id-of.js';
import { InvalidTaskError } from './errors.js';
import { listWorkflows } from './list-workflows.js';
import type { CancellationSummary, ListFilter } from './types.js';
import { workflowPage, type Page, type PageRequest } from './workflow-page.js';

/** Lists by Search Attributes; needs no Worker. */
export async function* listCancellations(
  client: Client,
  filter: ListFilter,
): AsyncGenerator<CancellationSummary> {
  let left = filter.limit ?? Infinity;
  if (left <= 0) return;
  for await (const info of listWorkflows(client, visibilityQuery(asShown(client, filter)))) {
    yield toSummary(info);
    if (--left <= 0) return;
  }
}

/** One page of the list; needs no Worker. */
export function cancellationPage(
  client: Client,
  filter: ListFilter,
  page: PageRequest,
): Promise<Page<CancellationSummary>> {
  return workflowPage(client, visibilityQuery(asShown(client, filter)), page, toSummary);
}

/** The same filter, with a task as its Search Attribute says it. What is no task's URI may be what one says. */
function asShown(client: Client, filter: ListFilter): ListFilter {
  try {
    const task = taskNamedBy(filter.task ?? '');
    return task === undefined ? filter : { ...filter, task: shownUri(task, cancellationIdOf(client, task)) };
  } catch (thrown) {
    if (thrown instanceof InvalidTaskError) return filter;
    throw thrown;
  }
}

function toSummary(info: WorkflowExecutionInfo): CancellationSummary {
  const read = (attribute: SearchAttribute) => info.typedSearchAttributes.get(searchAttributeKey(attribute));
  const task = taskOf(info);
  return {
    id: info.workflowId,
    runId: info.runId,
    ...textsOf(read),
    ...(task !== undefined && { task }),
    workflowStatus: info.status.name,
    startedAt: info.startTime.toISOString(),
    ...(info.closeTime !== undefined && { closedAt: info.closeTime.toISOString() }),
  };
}

/** The visibility query of a filter; values are quoted, so that none can change its meaning. */
export function visibilityQuery({ running, connections, limit: _, ...attributes }: ListFilter): string {
  const terms = Object.entries(attributes).map(
    ([attribute, value]) => `${SEARCH_ATTRIBUTES[attribute as SearchAttribute]} = ${quoted(value)}`,
  );
  if (connections !== undefined)
    terms.push(`${SEARCH_ATTRIBUTES.connection} IN (${connections.map(quoted).join(', ')})`);
  if (running !== undefined) terms.push(isOpen(running));
  return [`WorkflowType = '${CANCEL_TASK_WORKFLOW}'`, ...terms].join(' AND ');
}

/** Not by its status: a Workflow that is paused has not ended, and is not `Running`. */
export function isOpen(open: boolean): string {
  return `CloseTime IS ${open ? '' : 'NOT '}NULL`;
}

/** A visibility query's text, which cannot end the query's own. */
export function quoted(text: string): string {
  return `'${text.replaceAll('\\', String.raw`\\`).replaceAll("'", String.raw`\'`)}'`;
}

function textsOf(read: (attribute: SearchAttribute) => string | undefined) {
  const found = Object.keys(SEARCH_ATTRIBUTES).map((name) => [name, read(name as SearchAttribute)] as const);
  return Object.fromEntries(found.filter(([, value]) => value !== undefined)) as Partial<
    Record<SearchAttribute, string>
  > & {
    readonly phase?: CancelPhase;
    readonly verdict?: Verdict;
  };
}
