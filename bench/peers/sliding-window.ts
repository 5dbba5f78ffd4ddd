import {
  condition,
  continueAsNew,
  defineSignal,
  executeChild,
  getExternalWorkflowHandle,
  ParentClosePolicy,
  proxyActivities,
  setHandler,
  startChild,
  workflowInfo,
} from '@temporalio/workflow';
import type { TaskIds } from '../../providers/provider.js';
import type { PeerActivities } from './activities.js';
import { cancelOne } from './workflow-per-task.js';

const { countTargets, pageOfTargets } = proxyActivities<PeerActivities>({
  startToCloseTimeout: '30 seconds',
});

const recordDone = defineSignal<[place: number]>('recordDone');

export interface WindowsInput {
  /** The file of their list. */
  readonly targets: string;
  readonly partitions: number;
  /** How many tasks are under way at once, over all partitions. */
  readonly width: number;
  readonly pageSize: number;
}

interface WindowInput {
  readonly targets: string;
  readonly from: number;
  readonly to: number;
  readonly width: number;
  readonly pageSize: number;
  /** Places of the tasks that are under way since an earlier run of this Workflow. */
  readonly open: readonly number[];
}

/**
 * The design of Temporal's sample: partitions, each a Workflow that keeps a window of child Workflows under way, which
 * outlive its continue-as-new and tell it by Signal when they are done.
 * @see https://github.com/temporalio/samples-typescript/tree/main/batch-sliding-window
 */
export async function cancelInWindows(input: WindowsInput): Promise<void> {
  const { targets, partitions, width, pageSize } = input;
  const total = await countTargets(targets);
  const edge = (partition: number) => Math.floor((total * partition) / partitions);
  await Promise.all(
    Array.from({ length: partitions }, (_none, partition) => {
      const [from, to] = [edge(partition), edge(partition + 1)];
      const share = Math.ceil(width / partitions);
      const window: WindowInput = { targets, from, to, width: share, pageSize, open: [] };
      return executeChild(slideWindow, {
        workflowId: `${workflowInfo().workflowId}/${partition}`,
        args: [window],
      });
    }),
  );
}

export async function slideWindow(input: WindowInput): Promise<void> {
  const { targets, from, to, width, pageSize, open } = input;
  const underWay = new Set(open);
  setHandler(recordDone, (place) => void underWay.delete(place));
  const page = from < to ? await pageOfTargets(targets, from, Math.min(pageSize, to - from)) : [];
  for (const [index, task] of page.entries()) {
    await condition(() => underWay.size < width);
    const place = from + index;
    underWay.add(place);
    await startChild(recordOfWindow, {
      workflowId: `${workflowInfo().workflowId}/${place}`,
      args: [place, task],
      parentClosePolicy: ParentClosePolicy.ABANDON,
    });
  }
  const next = from + page.length;
  if (next < to) await continueAsNew<typeof slideWindow>({ ...input, from: next, open: [...underWay] });
  await condition(() => underWay.size === 0);
}

export async function recordOfWindow(place: number, task: TaskIds): Promise<void> {
  await cancelOne(task);
  // Without a run id: the window may have continued as new since.
  const window = getExternalWorkflowHandle(workflowInfo().parent?.workflowId ?? '');
  await window.signal(recordDone, place);
}
