import { createHash } from 'node:crypto';
import { ENDS_OF_THE_UNREADABLE, GONE } from './end-invariants.js';
import { taskKey, type Evidence, type Invariant, type Target, type Truth } from './evidence.js';
import { tell, withTarget } from './pairs.js';
import { hadEnded } from './stories.js';

/** Where the call would erase the record of what has ended, no look may be older; and some for a busy machine. */
const OLDEST_LOOK_MS = 20_000 + 5_000;
/** Where no network has held calls up. */
const MOST_THROTTLED_SHARE = 0.01;

/** No task is changed twice. */
export const changesNoTaskTwice: Invariant = ({ effects, vendors, truths }) => {
  const byTask = new Map<string, number>();
  for (const { provider, operation, task, count } of effects) {
    if (vendors.get(provider)?.cancel !== operation) continue;
    const key = taskKey({ provider, id: task });
    byTask.set(key, (byTask.get(key) ?? 0) + count);
  }
  return [...byTask].flatMap(([key, count]) => {
    const truth = truths.get(key);
    // The second has erased the record of one that had ended by itself: the next invariant judges whether it may have.
    const most = truth !== undefined && endedByItself(truth) && truth.word === GONE ? 2 : 1;
    return count > most ? [`${key} was changed ${count} times`] : [];
  });
};

/** No record of an ended task is erased. */
export const erasesNoRecord: Invariant = ({ targets, truths, calls, vendors }) => {
  const ended = new Map(
    targets.flatMap((target) => {
      const endedAtMs = erasableSince(target, truths.get(taskKey(target)));
      return endedAtMs === undefined ? [] : [[taskKey(target), endedAtMs] as const];
    }),
  );
  return calls.flatMap(({ provider, operation, taskIds: [id = ''], effect, at }) => {
    const vendor = vendors.get(provider);
    if (!effect || vendor?.cancelLeaves !== 'nothing' || vendor.cancel !== operation) return [];
    const endedAtMs = ended.get(taskKey({ provider, id })) ?? Infinity;
    const isLate = Date.parse(at) - endedAtMs > OLDEST_LOOK_MS;
    return isLate ? [`${provider} ${id} was erased at ${at}, long after its end`] : [];
  });
};

/** Every ask carries the right token, where the vendor takes one. */
export const asksUnderRightTokens: Invariant = (evidence) => {
  const right = new Map<string, Set<string>>();
  const wrong = withTarget(evidence, (told, target) => {
    const owners = told.runId === undefined ? (evidence.laneRuns.get(told.trigger) ?? []) : [told.runId];
    const key = taskKey(target);
    const known = right.get(key) ?? new Set();
    right.set(key, known);
    // Of an ask that a Worker has died with, a campaign may tell nothing; it has one attempt.
    for (let attempt = 1; attempt <= Math.max(1, told.tokens.length); attempt++)
      for (const owner of owners) known.add(tokenOf(owner, target.uri, attempt));
    return told.tokens.flatMap((token, place) =>
      owners.some((owner) => tokenOf(owner, target.uri, place + 1) === token)
        ? []
        : [`${target.uri} tells of the token ${token}, which is nobody's`],
    );
  });
  return [...wrong, ...strangeAsks(evidence, right), ...untoldTokens(evidence)];
};

/** A quota is kept by all together. What a network had held up, it lets through at once: of a second's calls at most. */
export const keepsQuotas: Invariant = ({ calls, vendors, jams }) =>
  [...vendors].flatMap(([provider, { quotas, throttledCode }]) =>
    Object.entries(quotas).flatMap(([operation, quota]) => {
      const made = calls.filter((call) => call.provider === provider && call.operation === operation);
      const over = made.filter(({ errorCode, fault }) => errorCode === throttledCode && fault === undefined);
      const ofJams = (jams * quota.calls * 1_000) / quota.perMs;
      return over.length > made.length * MOST_THROTTLED_SHARE + ofJams
        ? [`${over.length} of ${made.length} calls of ${operation} (${provider}) were over its quota`]
        : [];
    }),
  );

/** Epoch milliseconds; undefined: there is no end of its own whose record a call could erase. */
function erasableSince({ story }: Target, truth: Truth | undefined): number | undefined {
  // No look can have shown it active: there is no excuse for any age of one.
  if (hadEnded(story)) return 0;
  return truth !== undefined && endedByItself(truth) ? truth.endedAtMs : undefined;
}

function endedByItself({ state }: Truth): boolean {
  return state === 'completed' || state === 'failed';
}

function strangeAsks(
  { calls, vendors }: Evidence,
  right: ReadonlyMap<string, ReadonlySet<string>>,
): string[] {
  return calls.flatMap(({ provider, operation, taskIds: [id = ''], token, number }) => {
    const vendor = vendors.get(provider);
    if (vendor?.cancel !== operation) return [];
    if (token === undefined)
      return vendor.takesToken ? [`call ${number} asked for ${provider} ${id} without a token`] : [];
    if (right.get(taskKey({ provider, id }))?.has(token)) return [];
    return [`call ${number} asked for ${provider} ${id} under ${token}, which nobody may ask for it under`];
  });
}

/** Of a single, which tells all that it was asked under, unless it ended without a verdict. */
function untoldTokens(evidence: Evidence): string[] {
  const asked = new Map<string, Set<string>>();
  for (const {
    provider,
    taskIds: [id = ''],
    token,
  } of evidence.calls) {
    if (token === undefined) continue;
    const key = taskKey({ provider, id });
    asked.set(key, (asked.get(key) ?? new Set<string>()).add(token));
  }
  return withTarget(evidence, (told, target) => {
    if (told.runId === undefined || ENDS_OF_THE_UNREADABLE.includes(told.word)) return [];
    const untold = [...(asked.get(taskKey(target)) ?? [])].filter((token) => !told.tokens.includes(token));
    return untold.map((token) => `${tell(told, target)}, and nothing of the token ${token}`);
  });
}

/** Not by the product's own function: what that does is judged here. */
function tokenOf(runId: string, uri: string, attempt: number): string {
  return createHash('sha256').update(`${runId}\n${uri}\n${attempt}`).digest('hex');
}
