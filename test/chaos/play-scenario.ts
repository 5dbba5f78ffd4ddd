import { setMaxListeners } from 'node:events';
import { mkdir, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { taskKey, type Evidence } from './evidence.js';
import type { Stage } from './fault.js';
import { FAULTS } from './faults.js';
import { gather, type Played, type Struck } from './gather.js';
import { judge } from './invariants.js';
import { Journal } from './journal.js';
import { Load } from './load.js';
import { surelyAsked, tellStrike, type Plan, type Strike } from './plan.js';
import { startRig } from './rig.js';
import { unmet } from './scripted-faults.js';
import type { Tools } from './site.js';
import type { Vendor } from './vendors.js';

export interface ScenarioOptions {
  readonly plan: Plan;
  readonly tools: Tools;
  readonly vendors: readonly Vendor[];
  /** Made anew. */
  readonly folder: string;
  /** When all that was triggered has to have ended; {@link ENDS_WITHIN_MS} at most. */
  readonly endsWithinMs: number;
  readonly say: (line: string) => void;
}

/** What went wrong, a sentence each; nothing when all is as it must be. */
export type Wrongs = readonly string[];

/** Nothing takes so long, on however busy a machine: what has not ended by then hangs. */
const ENDS_WITHIN_MS = 10 * 60_000;
/** After that, however busy the machine. */
const JUDGED_WITHIN_MS = 3 * 60_000;
const POLL_EVERY = '1s';
const LOOKED_EVERY_MS = 100;
/** When no ask has come for so long, though there were nearly as many as targets, it was the last. */
const LAST_ASK_AGO_MS = 1_000;

/**
 * Plays what is planned from its beginning to the judgement.
 * @throws when it does not come to an end: what it has started then ends with us.
 */
export function playScenario(options: ScenarioOptions): Promise<Wrongs> {
  const endsWithinMs = Math.min(options.endsWithinMs, ENDS_WITHIN_MS);
  return within(play({ ...options, endsWithinMs }), endsWithinMs + JUDGED_WITHIN_MS);
}

async function play(options: ScenarioOptions): Promise<Wrongs> {
  const { plan, tools, vendors, folder, endsWithinMs, say } = options;
  const signal = AbortSignal.timeout(endsWithinMs);
  setMaxListeners(0, signal);
  await rm(folder, { recursive: true, force: true });
  await mkdir(folder, { recursive: true });
  await writeFile(join(folder, 'plan.json'), JSON.stringify(plan, undefined, 2));
  const { workers, database, readings } = plan;
  const rig = await startRig({
    tools,
    vendors,
    folder,
    workers,
    database,
    pollEvery: POLL_EVERY,
    proxied: true,
    readings,
  });
  const journal = new Journal(rig.simulator, vendors);
  const load = new Load(rig, vendors, signal);
  try {
    const isOver = new AbortController();
    const loaded = load.run(plan.targets).finally(() => isOver.abort());
    const ring = { plan, rig, vendors, journal, load, isOver: isOver.signal, say };
    const strikes = plan.strikes.map((each) => strike(each, ring));
    say('all parts are ready');
    const ended = await Promise.allSettled([loaded, ...strikes]);
    const struck = (await Promise.allSettled(strikes)).flatMap((each) =>
      each.status === 'fulfilled' ? [each.value] : [],
    );
    say('all has ended');
    const wrongs = ended.flatMap((each) => (each.status === 'rejected' ? [tellThrown(each.reason)] : []));
    if (signal.aborted && ended[0].status === 'rejected')
      wrongs.unshift(`not all had ended within ${Math.round(endsWithinMs / 1_000)} s`);
    const judged = judgeAll({ plan, rig, vendors, journal, load, struck }, folder);
    return [...wrongs, ...(await judged.catch((thrown: unknown) => [tellThrown(thrown)]))];
  } finally {
    await rig.close();
  }
}

async function judgeAll(played: Played, folder: string): Promise<Wrongs> {
  const { rig } = played;
  const wanted = [...rig.places, ...(rig.spare.part.isUp ? [rig.spare] : [])];
  await Promise.all([...wanted.map(({ part }) => part.up()), rig.api.up(), rig.temporal.start()]);
  const evidence = await gather(played);
  await keep(folder, evidence);
  return [...unmet(await rig.simulator.faults(), evidence.calls), ...judge(evidence)];
}

interface Ring extends Stage {
  readonly plan: Plan;
  readonly journal: Journal;
  readonly say: (line: string) => void;
}

/** Waits for its moment, strikes, and undoes it when it has lasted. */
async function strike(planned: Strike, ring: Ring): Promise<Struck> {
  await untilItsMoment(planned, ring);
  ring.say(tellStrike(planned));
  const fromMs = Date.now();
  const end = await FAULTS[planned.fault].begin(ring, planned);
  await sleep(planned.forMs);
  await end();
  const { fault, place } = planned;
  return { fault, ...(place !== undefined && { place }), fromMs, untilMs: Date.now() };
}

async function untilItsMoment(planned: Strike, { plan, journal, load, isOver }: Ring): Promise<void> {
  let asks = 0;
  let lastAskAtMs = performance.now();
  for (;;) {
    const now = await journal.asks();
    if (now > asks) lastAskAtMs = performance.now();
    asks = now;
    const wasLast = asks >= surelyAsked(plan) && performance.now() - lastAskAtMs >= LAST_ASK_AGO_MS;
    const isTriggered = load.targets.length > 0;
    if (isTriggered && (asks >= planned.afterAsks || wasLast)) return;
    if (isOver.aborted) throw new Error(`All had ended before this could strike: ${tellStrike(planned)}.`);
    await sleep(LOOKED_EVERY_MS);
  }
}

/** For whoever looks for what went wrong. */
async function keep(folder: string, { calls, told, truths, targets }: Evidence): Promise<void> {
  const lines = (all: readonly unknown[]) => all.map((each) => `${JSON.stringify(each)}\n`).join('');
  await writeFile(join(folder, 'calls.ndjson'), lines(calls));
  await writeFile(join(folder, 'told.ndjson'), lines(told));
  await writeFile(
    join(folder, 'targets.ndjson'),
    lines(targets.map((target) => ({ ...target, truth: truths.get(taskKey(target)) }))),
  );
}

/** Gives up on what may never end. */
async function within<T>(work: Promise<T>, limitMs: number): Promise<T> {
  const isDone = new AbortController();
  const late = sleep(limitMs, undefined, { signal: isDone.signal }).then(() => {
    throw new Error(`The scenario has not come to an end within ${Math.round(limitMs / 1_000)} s: it hangs.`);
  });
  try {
    return await Promise.race([work, late]);
  } finally {
    isDone.abort();
  }
}

function tellThrown(thrown: unknown): string {
  return thrown instanceof Error ? (thrown.stack ?? thrown.message) : String(thrown);
}
