import type { WorkflowInterceptors } from '@temporalio/workflow';
import { EARLY_QUERY } from '../contract/early-query.js';

type Internals = NonNullable<WorkflowInterceptors['internals']>[number];
type Activation = Parameters<NonNullable<Internals['activate']>>[0]['activation'];

/**
 * Fails a Query for which the SDK would have a run take in events ahead of their Workflow Task. The SDK then forgets the run, and does
 * the Workflow Task from history, as any replay does.
 *
 * A Query that has waited for a Worker comes with the whole history, unless the run is in that Worker's cache and it came for that.
 * Such a history may end with events of a Workflow Task that nobody has begun yet, such as a timer that has fired, and the SDK (1.24.0:
 * `Incomplete` in its Core's `history_update.rs`) has the run take them in, at the time of the Workflow Task before. What the
 * Workflow does then is sent with the next Workflow Task, whose other news, such as a child that has ended, it sees only
 * after that. A replay shows it all at once and at another time: a nondeterminism error, from which a run does not recover by itself.
 *
 * Such events are known by the Workflow's clock, which each Workflow Task sets: history has grown, and time stands still, not in a replay.
 * (A local activity would move the clock, too: Quiesce has none.) Should a server's clock go back, Workflow Tasks fail until it has
 * caught up. Not known by it: events of a Workflow Task that was begun and not completed, as by a Worker that was killed.
 */
export const interceptors = (): WorkflowInterceptors => {
  let time: string | undefined;
  let historyLength = 0;
  return {
    internals: [
      {
        activate(input, next) {
          const { activation } = input;
          if (!isQuery(activation)) {
            const length = activation.historyLength ?? 0;
            const standsStill = timeOf(activation) === time;
            if (standsStill && length > historyLength && activation.isReplaying !== true)
              throw new Error(EARLY_QUERY);
            time = timeOf(activation);
            historyLength = length;
          }
          next(input);
        },
      },
    ],
  };
};

/** What comes with a Query by itself, which has no news for the run. */
function isQuery({ jobs }: Activation): boolean {
  return jobs?.some(({ queryWorkflow }) => Boolean(queryWorkflow)) === true;
}

function timeOf({ timestamp }: Activation): string {
  return `${String(timestamp?.seconds)}.${timestamp?.nanos}`;
}
