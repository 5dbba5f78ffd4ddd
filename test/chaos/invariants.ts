import { createHash } from 'node:crypto';
import { taskKey, type Evidence, type Target, type Told } from './evidence.js';
import { MAY_BE_GONE_UNSEEN, STORIES, TRUTHS, type TaskStory } from './stories.js';

/** Every way in which something is not as it must be, a sentence each. */
type Invariant = (evidence: Evidence) => string[];

/** What is allowed to run when all has ended, and why. */
const RUNS_ON: Readonly<Record<string, string>> = {
  shareQuota: 'divides a quota for as long as there are Workers',
  idempotencyRecord: 'keeps an Idempotency-Key for 24 hours',
};
/** Where the call would erase the record of what has ended, no look may be older; and some for a busy machine. */
const OLDEST_LOOK_MS = 20_000 + 5_000;
/** Where no network has held calls up. */
const MOST_THROTTLED_SHARE = 0.01;
/** They claim nothing, and say what could not be read: it is not guessed at, and not asked again blindly. */
const ENDS_OF_THE_UNREADABLE = ['errored', 'Provider.unrecognized'];
/** The simulator's word for a task of which nothing is left. */
const GONE = '(gone)';
/** What a cancellation that must not end so may never be told as. */
const OUTCOMES_OF_NEVER_ENDING = ['unproven', 'left-alone'];

export const INVARIANTS = {
  'every target has exactly one verdict': ({ targets, told }) => {
    const counts = new Map<string, number>();
    for (const each of told) counts.set(pair(each), (counts.get(pair(each)) ?? 0) + 1);
    const wanted = new Set(targets.map(pair));
    const strangers = told.filter((each) => !wanted.has(pair(each)));
    return [
      ...targets.flatMap((target) => {
        const count = counts.get(pair(target)) ?? 0;
        return count === 1 ? [] : [`${pair(target)} has ${count} verdicts`];
      }),
      ...strangers.map((each) => `${pair(each)} was never asked for`),
    ];
  },

  'no verdict claims an end that the cloud has not reached': (evidence) =>
    withTarget(evidence, (told, target) => {
      const truth = evidence.truths.get(taskKey(target));
      const vendor = evidence.vendors.get(target.provider);
      if (truth === undefined || vendor === undefined) return [`${target.uri} is unknown to the simulator`];
      const story: TaskStory = STORIES[target.story];
      if (vendor.cancelLeaves === 'nothing' && truth.word === GONE && isHonest(told, target)) return [];
      if (ENDS_OF_THE_UNREADABLE.includes(told.word) && countSpoiled(evidence, target.provider) > 0)
        return [];
      if (OUTCOMES_OF_NEVER_ENDING.includes(told.word)) return story.neverEnds ? [] : [tell(told, target)];
      const truths = [...(TRUTHS[told.word] ?? [])];
      if (told.word === 'completed' && vendor.tellsNoFailure) truths.push('failed');
      if (!truths.includes(truth.state))
        return [`${tell(told, target)}, and is ${truth.state} (${truth.word})`];
      if (truth.state !== 'canceled' || truth.cancelRequestedAt === undefined) return [];
      // Both by real time: of a vendor's clock that is wrong, or set right amid a scenario, neither depends.
      const reachedAtMs = Date.parse(truth.cancelRequestedAt) + truth.cancelingMs;
      const seenAtMs = Date.parse(told.lastSeenAt ?? '');
      return seenAtMs >= reachedAtMs ? [] : [`${tell(told, target)} as of ${told.lastSeenAt}, before it was`];
    }),

  'an answer that cannot be read costs one target at most': (evidence) =>
    [...evidence.vendors.keys()].flatMap((provider) => {
      const spoiled = countSpoiled(evidence, provider);
      const ended = withTarget(evidence, (told, target) =>
        target.provider === provider && ENDS_OF_THE_UNREADABLE.includes(told.word) ? [told.uri] : [],
      );
      return ended.length > spoiled
        ? [`${ended.length} targets of ${provider} ended in an error, after ${spoiled} spoiled answers`]
        : [];
    }),

  'no task is changed twice': ({ effects, vendors, truths }) => {
    const byTask = new Map<string, number>();
    for (const { provider, operation, task, count } of effects) {
      if (vendors.get(provider)?.cancel !== operation) continue;
      const key = taskKey({ provider, id: task });
      byTask.set(key, (byTask.get(key) ?? 0) + count);
    }
    return [...byTask].flatMap(([key, count]) => {
      const truth = truths.get(key);
      // The second has erased the record of one that had ended by itself: the next invariant judges whether it may have.
      const most = truth?.endsAtMs !== undefined && truth.word === GONE ? 2 : 1;
      return count > most ? [`${key} was changed ${count} times`] : [];
    });
  },

  'no record of an ended task is erased': ({ targets, truths, calls, vendors }) => {
    const ended = new Map(
      targets.flatMap((target) => {
        const truth = truths.get(taskKey(target));
        return truth?.endsAtMs === undefined ? [] : [[taskKey(target), truth.endsAtMs] as const];
      }),
    );
    return calls.flatMap(({ provider, operation, taskIds: [id = ''], effect, at }) => {
      const vendor = vendors.get(provider);
      if (!effect || vendor?.cancelLeaves !== 'nothing' || vendor.cancel !== operation) return [];
      const lateMs = Date.parse(at) - (ended.get(taskKey({ provider, id })) ?? Infinity);
      return lateMs > OLDEST_LOOK_MS ? [`${provider} ${id} was erased ${lateMs} ms after its end`] : [];
    });
  },

  'every ask carries the right token': (evidence) => {
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
    const strange = evidence.calls.flatMap(({ provider, operation, taskIds: [id = ''], token, number }) => {
      if (token === undefined || evidence.vendors.get(provider)?.cancel !== operation) return [];
      return right.get(taskKey({ provider, id }))?.has(token)
        ? []
        : [
            `call ${number} asked for ${provider} ${id} under ${token}, which is not of its campaign or cancellation`,
          ];
    });
    return [...wrong, ...strange];
  },

  'counts add up': ({ counted, told, targets }) => {
    const sums = counted.flatMap(({ trigger, states, targets: all }) => {
      const sum = Object.values(states).reduce((before, each) => before + each, 0);
      return sum === all ? [] : [`${trigger}: ${JSON.stringify(states)} are not ${all}`];
    });
    const last = new Map(counted.map((each) => [each.trigger, each]));
    const ends = [...last.values()].flatMap(({ trigger, states, targets: all }) => {
      const rows = told.filter((each) => each.trigger === trigger);
      const wanted = targets.filter((each) => each.trigger === trigger).length;
      const counts: Record<string, number> = {};
      for (const { word } of rows) counts[word] = (counts[word] ?? 0) + 1;
      const isSame =
        all === wanted &&
        rows.length === wanted &&
        Object.entries({ ...counts, ...states }).every(
          ([word]) => (counts[word] ?? 0) === (states[word] ?? 0),
        );
      return isSame
        ? []
        : [
            `${trigger}: of ${wanted} targets it counts ${JSON.stringify(states)}, and reports ${JSON.stringify(counts)}`,
          ];
    });
    return [...sums, ...ends];
  },

  'no secret is told': ({ texts, secrets }) =>
    texts.flatMap(({ where, text }) =>
      secrets.flatMap((secret, place) => (text.includes(secret) ? [`${where} has secret ${place}`] : [])),
    ),

  'no Workflow is left running without reason': ({ running }) =>
    [...running].flatMap(([id, type]) => (type in RUNS_ON ? [] : [`${id} (${type}) still runs`])),

  // What a network had held up, it lets through at once: of a second's calls at most.
  'quotas are kept': ({ calls, vendors, jams }) =>
    [...vendors].flatMap(([provider, { quotas, throttledCode }]) =>
      Object.entries(quotas).flatMap(([operation, quota]) => {
        const made = calls.filter((call) => call.provider === provider && call.operation === operation);
        const over = made.filter(
          ({ errorCode, fault }) => errorCode === throttledCode && fault === undefined,
        );
        const ofJams = (jams * quota.calls * 1_000) / quota.perMs;
        return over.length > made.length * MOST_THROTTLED_SHARE + ofJams
          ? [`${over.length} of ${made.length} calls of ${operation} (${provider}) were over its quota`]
          : [];
      }),
    ),

  'every history replays': ({ unreplayed, replayed }) =>
    replayed === 0 ? ['no history was replayed'] : [...unreplayed],

  'no process falls': ({ falls }) => [...falls],
} as const satisfies Record<string, Invariant>;

export type InvariantName = keyof typeof INVARIANTS;

/** What is wrong, with the name of what it offends. */
export function judge(evidence: Evidence): string[] {
  return Object.entries(INVARIANTS).flatMap(([name, invariant]) =>
    invariant(evidence).map((violation) => `${name}: ${violation}`),
  );
}

function countSpoiled({ calls }: Evidence, of: string): number {
  return calls.filter(({ provider, fault }) => provider === of && fault === 'malformed').length;
}

/** Where a cancel leaves nothing to see, these claim no end, and are all that can be said. */
function isHonest({ word, note }: Told, { story }: Target): boolean {
  if (word === 'not-found') return MAY_BE_GONE_UNSEEN.includes(story);
  // A Worker has died with the look and the ask that it had not told of yet.
  return word === 'unproven' && note?.startsWith('NeverSeen: ') === true;
}

/** Not by the product's own function: what that does is judged here. */
function tokenOf(runId: string, uri: string, attempt: number): string {
  return createHash('sha256').update(`${runId}\n${uri}\n${attempt}`).digest('hex');
}

function pair({ trigger, uri }: { readonly trigger: string; readonly uri: string }): string {
  return `${uri} of ${trigger}`;
}

function tell({ trigger, word, lastState, note = '' }: Told, { uri, story }: Target): string {
  return `${uri} (${trigger}; ${story}) is told ${word}, ${lastState ?? 'never seen'} ${note}`;
}

function withTarget({ targets, told }: Evidence, look: (told: Told, target: Target) => string[]): string[] {
  const byPair = new Map(targets.map((target) => [pair(target), target]));
  return told.flatMap((each) => {
    const target = byPair.get(pair(each));
    return target === undefined ? [] : look(each, target);
  });
}
