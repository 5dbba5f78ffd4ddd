import type { WorkflowInterceptors } from '@temporalio/workflow';
import { EARLY_QUERY } from '../contract/early-query.js';
import { msBetween, realTimeMs } from './real-time-ms.js';

type Internals = NonNullable<WorkflowInterceptors['internals']>[number];
type Activation = Parameters<NonNullable<Internals['activate']>>[0]['activation'];

/** What comes with a Query that has a Workflow Task of its own. */
const LONE_QUERY_ID = 'legacy_query';
/**
 * A Query that has brought its events comes within some milliseconds of them (2 to 10 were measured), on a busy machine later. One
 * that is refused for nothing costs a replay; one that is not refused, the run.
 */
const AT_ONCE_MS = 2_000;

/**
 * Fails a Query for which the SDK has a run take in events ahead of their Workflow Task. The SDK then forgets the run, and does
 * the Workflow Task from history, as any replay does.
 *
 * A Query that has waited for a Worker comes with the whole history, unless the run is in that Worker's cache and it came for that.
 * Such a history may end with events of a Workflow Task that nobody has completed, such as a timer that has fired, and the SDK (1.24.0:
 * `find_end_index_of_next_wft_seq` in its Core's `history_update.rs`) has the run take them in. What the
 * Workflow does then is sent with the next Workflow Task, whose other news, such as a child that has ended, it sees only
 * after that. A replay shows it all at once: a nondeterminism error, from which a run does not recover by itself.
 *
 * Where nobody has begun that Workflow Task, such events are known by the Workflow's clock, which each Workflow Task sets: history has
 * grown, and time stands still, not in a replay. (A local activity would move the clock, too: Quiesce has none. Should a server's clock
 * go back, Workflow Tasks fail until it has caught up.) Where a Worker has begun it and was killed or frozen, another has to replay
 * before; then they are known by the Query, which follows them at once. Not known are those that a Worker gets that has
 * done the Workflow Task before them itself: there, any Query may come so soon.
 */
export const interceptors = (nowMs = realTimeMs): WorkflowInterceptors => {
  let time: string | undefined;
  let historyLength = 0;
  /** Whether what it takes in is a replay, the first news after one, or neither. */
  let stage: 'replay' | 'first' | 'later' = 'later';
  let isAsked = false;
  /** When it was done with the first news. */
  let doneAtMs = 0;
  return {
    internals: [
      {
        activate(input, next) {
          const { activation } = input;
          isAsked = isQuery(activation);
          if (isAsked) {
            const isFirst = stage === 'first' && isLoneQuery(activation);
            if (isFirst && msBetween(doneAtMs, nowMs()) < AT_ONCE_MS) throw new Error(EARLY_QUERY);
          } else {
            const length = activation.historyLength ?? 0;
            const standsStill = timeOf(activation) === time;
            const isNews = activation.isReplaying !== true;
            if (standsStill && length > historyLength && isNews) throw new Error(EARLY_QUERY);
            // A Workflow Task may take several turns.
            const isFirst = stage === 'replay' || (stage === 'first' && standsStill);
            stage = !isNews ? 'replay' : isFirst ? 'first' : 'later';
            time = timeOf(activation);
            historyLength = length;
          }
          next(input);
        },
        concludeActivation(input, next) {
          if (!isAsked && stage === 'first') doneAtMs = nowMs();
          return next(input);
        },
      },
    ],
  };
};

/** What comes with a Query by itself, which has no news for the run. */
function isQuery({ jobs }: Activation): boolean {
  return jobs?.some(({ queryWorkflow }) => Boolean(queryWorkflow)) === true;
}

function isLoneQuery({ jobs }: Activation): boolean {
  return jobs?.some(({ queryWorkflow }) => queryWorkflow?.queryId === LONE_QUERY_ID) === true;
}

function timeOf({ timestamp }: Activation): string {
  return `${String(timestamp?.seconds)}.${timestamp?.nanos}`;
}
