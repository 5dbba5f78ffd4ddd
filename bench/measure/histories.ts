import { setTimeout as sleep } from 'node:timers/promises';
import type { Client, WorkflowExecutionInfo } from '@temporalio/client';
import { tsToMs } from '@temporalio/common/lib/time.js';
import proto from '@temporalio/proto';
import { billableActions } from './billable-actions.js';

/** What the histories of a run's Workflows come to. */
export interface HistoryTotals {
  readonly workflows: number;
  readonly events: number;
  readonly actions: number;
  readonly largest: { readonly events: number; readonly bytes: number };
}

/** Where there are more executions of a Workflow type, so many are read, and the rest is taken to be like them. */
const READ_OF_A_TYPE = 60;
const SETTLED_AFTER_MS = 1_000;
const SETTLED_WITHIN_MS = 60_000;

/**
 * Counts what all Workflow executions have done at `sinceMs` or later, also those that had been started before, such as one that shares a
 * quota. The largest history is a whole one.
 * @param sinceMs epoch milliseconds
 */
export async function countHistories(client: Client, sinceMs: number): Promise<HistoryTotals> {
  const since = `'${new Date(sinceMs).toISOString()}'`;
  const query = `StartTime >= ${since} OR CloseTime >= ${since} OR ExecutionStatus = 'Running'`;
  await settled(client, query);
  const byType = new Map<string, WorkflowExecutionInfo[]>();
  for await (const execution of client.workflow.list({ query })) {
    const isNew = execution.startTime.getTime() >= sinceMs;
    const key = `${execution.type} ${execution.status.name} ${isNew}`;
    byType.set(key, [...(byType.get(key) ?? []), execution]);
  }
  const totals = await Promise.all(
    [...byType.values()].map((executions) => ofOneKind(client, executions, sinceMs)),
  );
  return {
    workflows: sum(totals.map(({ workflows }) => workflows)),
    events: sum(totals.map(({ events }) => events)),
    actions: sum(totals.map(({ actions }) => actions)),
    largest: {
      events: Math.max(0, ...totals.map(({ largest }) => largest.events)),
      bytes: Math.max(0, ...totals.map(({ largest }) => largest.bytes)),
    },
  };
}

/** Visibility lags behind: waits until it shows the same twice. */
async function settled(client: Client, query: string): Promise<void> {
  const giveUpAt = Date.now() + SETTLED_WITHIN_MS;
  for (let last = ''; Date.now() < giveUpAt;) {
    const counts = await client.workflow.count(`${query} GROUP BY ExecutionStatus`);
    const now = JSON.stringify(counts);
    if (now === last) return;
    last = now;
    await sleep(SETTLED_AFTER_MS);
  }
}

async function ofOneKind(
  client: Client,
  executions: WorkflowExecutionInfo[],
  sinceMs: number,
): Promise<HistoryTotals> {
  const step = Math.max(1, executions.length / READ_OF_A_TYPE);
  const sample = executions.filter(
    (_each, place) => Math.floor(place / step) !== Math.floor((place - 1) / step),
  );
  const read: HistoryTotals[] = [];
  for (const execution of sample) read.push(await ofOne(client, execution, sinceMs));
  const scale = executions.length / sample.length;
  return {
    workflows: executions.length,
    events: scale * sum(read.map(({ events }) => events)),
    actions: scale * sum(read.map(({ actions }) => actions)),
    largest: {
      // The list knows the size of closed ones; those that run were read.
      events: Math.max(
        ...read.map(({ largest }) => largest.events),
        ...executions.map((each) => each.historyLength),
      ),
      bytes: Math.max(
        ...read.map(({ largest }) => largest.bytes),
        ...executions.map((each) => each.historySize ?? 0),
      ),
    },
  };
}

async function ofOne(
  client: Client,
  { workflowId, runId }: WorkflowExecutionInfo,
  sinceMs: number,
): Promise<HistoryTotals> {
  const history = await client.workflow.getHandle(workflowId, runId).fetchHistory();
  const events = history.events ?? [];
  const bytes = proto.temporal.api.history.v1.History.encode(history).finish().byteLength;
  const lately = events.filter(({ eventTime }) => tsToMs(eventTime) >= sinceMs);
  return {
    workflows: 1,
    events: lately.length,
    actions: billableActions(lately),
    largest: { events: events.length, bytes },
  };
}

function sum(numbers: readonly number[]): number {
  return numbers.reduce((total, each) => total + each, 0);
}
