import { setMaxListeners } from 'node:events';
import { mkdir, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { taskKey, type Evidence } from './evidence.js';
import { FAULTS } from './faults.js';
import { gather } from './gather.js';
import { judge } from './invariants.js';
import { Journal } from './journal.js';
import { Load } from './load.js';
import { tellStrike, type Plan, type Strike } from './plan.js';
import { startRig, type Rig } from './rig.js';
import type { Tools } from './site.js';
import type { Vendor } from './vendors.js';

export interface ScenarioOptions {
  readonly plan: Plan;
  readonly tools: Tools;
  readonly vendors: readonly Vendor[];
  /** Made anew. */
  readonly folder: string;
  readonly say: (line: string) => void;
}

/** What went wrong, a sentence each; nothing when all is as it must be. */
export type Wrongs = readonly string[];

/** Nothing takes so long, on however busy a machine: what has not ended by then hangs. */
const ENDS_WITHIN_MS = 10 * 60_000;
const POLL_EVERY = '1s';
const LOOKED_EVERY_MS = 100;

/** Plays what is planned from its beginning to the judgement. */
export async function playScenario({ plan, tools, vendors, folder, say }: ScenarioOptions): Promise<Wrongs> {
  await rm(folder, { recursive: true, force: true });
  await mkdir(folder, { recursive: true });
  const { workers, database } = plan;
  const rig = await startRig({
    tools,
    vendors,
    folder,
    workers,
    database,
    pollEvery: POLL_EVERY,
    proxied: true,
  });
  const signal = AbortSignal.timeout(ENDS_WITHIN_MS);
  setMaxListeners(0, signal);
  const journal = new Journal(rig.simulator, vendors);
  const load = new Load(rig, vendors, signal);
  try {
    const isOver = new AbortController();
    const loaded = load.run(plan.targets).finally(() => isOver.abort());
    const strikes = plan.strikes.map((each) => strike(each, { rig, vendors, journal, say }, isOver.signal));
    say('all parts are ready');
    const ended = await Promise.allSettled([loaded, ...strikes]);
    say('all has ended');
    const wrongs = ended.flatMap((each) => (each.status === 'rejected' ? [tellThrown(each.reason)] : []));
    const wanted = [...rig.places, ...(rig.spare.part.isUp ? [rig.spare] : [])];
    await Promise.all([...wanted.map(({ part }) => part.up()), rig.api.up(), rig.temporal.start()]);
    const evidence = await gather({ plan, rig, vendors, journal, load });
    await keep(folder, evidence);
    return [...wrongs, ...judge(evidence)];
  } finally {
    await rig.close();
  }
}

interface Ring {
  readonly rig: Rig;
  readonly vendors: readonly Vendor[];
  readonly journal: Journal;
  readonly say: (line: string) => void;
}

/** Waits for its moment, strikes, and undoes it when it has lasted. */
async function strike(
  planned: Strike,
  { rig, vendors, journal, say }: Ring,
  isOver: AbortSignal,
): Promise<void> {
  while ((await journal.asks()) < planned.afterAsks) {
    if (isOver.aborted) throw new Error(`All had ended before this could strike: ${tellStrike(planned)}.`);
    await sleep(LOOKED_EVERY_MS);
  }
  say(tellStrike(planned));
  const end = await FAULTS[planned.fault].begin({ rig, vendors }, planned);
  await sleep(planned.forMs);
  await end();
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

function tellThrown(thrown: unknown): string {
  return thrown instanceof Error ? (thrown.stack ?? thrown.message) : String(thrown);
}
