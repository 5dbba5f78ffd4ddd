import { isLostSightOf } from './end-invariants.js';
import { taskKey, type Evidence, type Invariant, type Target } from './evidence.js';
import { tell, withTarget } from './pairs.js';
import { MAY_BE_GONE_UNSEEN } from './stories.js';

/**
 * For so long, an attempt that is cut off may have asked and not told of it: two seconds in which a Worker saves its heartbeats up,
 * and, where it asks on without Temporal, those until another attempt looks at what it leaves behind. Three were seen.
 */
const UNTOLD_MS = 4_000;
/** For so long after a fault an attempt may still be cut off: a Worker holds connections that are dead, and hears of it late. */
const CUT_OFF_LATE_MS = 30_000;
/**
 * Of a vendor's targets, however many attempts were cut off: else what may be could be all that there is. A Worker without Temporal asks
 * on until its share of the quota ends: with a link that was spoilt for ten seconds on end, seven in ten were lost sight of.
 */
const MOST_UNTOLD_SHARE = 3 / 4;

/** Targets are lost sight of only with an attempt that was cut off: what it had asked in its last seconds, and no more. */
export const losesSightOfFew: Invariant = (evidence) => {
  const causeless = withTarget(evidence, (told, target) =>
    isLostSightOf(told) && !mayBeLostSightOf(evidence, target)
      ? [`${tell(told, target)}: no attempt was cut off that can have asked it`]
      : [],
  );
  const tooMany = [...evidence.vendors.keys()].flatMap((provider) => {
    const lost = withTarget(evidence, (told, target) =>
      target.provider === provider && isLostSightOf(told) ? [told.uri] : [],
    );
    const most = mostUntold(evidence, provider);
    return lost.length > most
      ? [`${lost.length} targets of ${provider} were lost sight of, of ${most} that may be: ${lost[0]} …`]
      : [];
  });
  return [...causeless, ...tooMany];
};

/**
 * What a vendor has accepted, whether that changed anything or not, is asked again only once for each attempt at it that was cut
 * off. By its own pace, Quiesce asks again what young looks show as active long after: no story has that.
 */
export const asksNothingAgain: Invariant = (evidence) =>
  [...evidence.vendors.keys()].flatMap((provider) => {
    const repeated = [...acceptedBy(evidence, provider)].filter(([, { repeats }]) => repeats > 0);
    const causeless = repeated.filter(
      ([, { at, repeats }]) => repeats > evidence.cutOffs.length || !isUntold(evidence, at),
    );
    const count = repeated.reduce((sum, [, { repeats }]) => sum + repeats, 0);
    const most = mostUntold(evidence, provider);
    return [
      ...causeless.map(
        ([id, { at, repeats }]) =>
          `${provider} ${id} was accepted at ${at}, and asked ${repeats} times more without a reason`,
      ),
      ...(count > most
        ? [`${count} asks of ${provider} were for what it had accepted, of ${most} that may be`]
        : []),
    ];
  });

interface Accepted {
  readonly at: string;
  /** Asks after it. */
  repeats: number;
}

/** By task: the first ask with an answer that says so, and that nobody has spoiled. */
function acceptedBy({ calls, vendors }: Evidence, of: string): Map<string, Accepted> {
  const accepted = new Map<string, Accepted>();
  for (const {
    provider,
    operation,
    taskIds: [id = ''],
    status,
    fault,
    at,
  } of calls) {
    if (provider !== of || operation !== vendors.get(of)?.cancel) continue;
    const known = accepted.get(id);
    if (known !== undefined) known.repeats += 1;
    else if (status !== null && status < 300 && fault === undefined) accepted.set(id, { at, repeats: 0 });
  }
  return accepted;
}

/** Of a vendor's asks: those of the seconds before each cut, as its quota lets them. */
function mostUntold({ cutOffs, targets, vendors }: Evidence, of: string): number {
  const { cancel = '', quotas = {} } = vendors.get(of) ?? {};
  const { calls = 0, perMs = 1 } = quotas[cancel] ?? {};
  const all = targets.filter(({ provider }) => provider === of).length;
  return Math.min(
    cutOffs.length * Math.ceil((calls * UNTOLD_MS) / perMs),
    Math.ceil(all * MOST_UNTOLD_SHARE),
  );
}

function mayBeLostSightOf(evidence: Evidence, target: Target): boolean {
  // Nobody had to ask for its end.
  if (MAY_BE_GONE_UNSEEN.includes(target.story)) return evidence.cutOffs.length > 0;
  return evidence.calls.some(
    ({ provider, taskIds: [id = ''], effect, at }) =>
      effect && taskKey({ provider, id }) === taskKey(target) && isUntold(evidence, at),
  );
}

/** Whether whoever asked at that time may have been cut off before it had told of it. */
function isUntold({ cutOffs }: Evidence, at: string): boolean {
  const atMs = Date.parse(at);
  return cutOffs.some(
    ({ fromMs, untilMs }) => atMs >= fromMs - UNTOLD_MS && atMs <= untilMs + CUT_OFF_LATE_MS,
  );
}
