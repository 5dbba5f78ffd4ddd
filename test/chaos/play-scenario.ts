import { setMaxListeners } from 'node:events';
import { mkdir, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Client } from '@temporalio/client';
import type { History } from '@temporalio/common/lib/proto-utils.js';
import { Worker } from '@temporalio/worker';
import { CAMPAIGN_LANE_WORKFLOW } from '../../contract/names.js';
import { WORKFLOW_BUNDLE_PATH } from '../../worker/workflow-bundle-path.js';
import { historyTexts } from '../harness.js';
import type { TrueTask } from '../../simulator/control-client.js';
import { taskKey, type Evidence, type Text, type Truth, type VendorFacts } from './evidence.js';
import { FAULTS } from './faults.js';
import { judge } from './invariants.js';
import { Journal } from './journal.js';
import { Load } from './load.js';
import { tellStrike, type Plan, type Strike } from './plan.js';
import { startRig, type Rig } from './rig.js';
import type { Tools } from './site.js';
import { quotasOf, type Vendor } from './vendors.js';

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
/**
 * The SDK gives a Workflow Task five seconds of real time, by the time limit of `node:vm`. Where a process stands still amid one for
 * longer, the limit ends the code in the moment it goes on, and Node then ends the process: a thread's asynchronous context is lost.
 */
const ENDED_BY_NODE = 'Error: async hook stack has become corrupted';
const LOOKED_EVERY_MS = 100;
const REPLAYS_AT_ONCE = 4;
const MOST_TASKS = 100_000;

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
    await Promise.all([...rig.places.map(({ part }) => part.up()), rig.api.up(), rig.temporal.start()]);
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

interface Played {
  readonly plan: Plan;
  readonly rig: Rig;
  readonly vendors: readonly Vendor[];
  readonly journal: Journal;
  readonly load: Load;
}

async function gather({ plan, rig, vendors, journal, load }: Played): Promise<Evidence> {
  const { simulator, client } = rig;
  const running = new Map<string, string>();
  const laneRuns = new Map<string, string[]>();
  const triggers = new Map([...load.campaignIds].map(([trigger, id]) => [id, trigger]));
  for await (const { workflowId, type, status, runId } of client.workflow.list()) {
    if (status.name === 'RUNNING') running.set(workflowId, type);
    const [, id = ''] = workflowId.split('/');
    const trigger = triggers.get(id);
    if (type === CAMPAIGN_LANE_WORKFLOW && trigger !== undefined)
      laneRuns.set(trigger, [...(laneRuns.get(trigger) ?? []), runId]);
  }
  return {
    targets: load.targets,
    told: load.told,
    truths: await truthsOf(rig, load),
    vendors: new Map(vendors.map((vendor) => [vendor.definition.id, factsOf(vendor)])),
    calls: await journal.all(),
    effects: (await simulator.summary()).effects,
    counted: load.counted,
    laneRuns,
    texts: await textsOf(rig, load),
    secrets: rig.secrets,
    running,
    ...(await replay(rig)),
    falls: await fallsOf(plan, rig),
    jams: plan.strikes.filter(({ fault }) => fault.startsWith('worker-simulator ')).length,
  };
}

/** But for the Workers that Node has ended for having been frozen: see {@link ENDED_BY_NODE}. */
async function fallsOf({ strikes }: Plan, { parts, folder }: Rig): Promise<string[]> {
  const isFrozen = (name: string) =>
    strikes.some(
      ({ fault, place }) =>
        fault === 'worker frozen' &&
        (place === undefined ? name.startsWith('worker-') : name === `worker-${place + 1}`),
    );
  const falls = parts.map(async ({ name, falls: all }) => {
    if (all.length === 0 || !isFrozen(name)) return all;
    const log = await readFile(join(folder, 'logs', `${name}.log`), 'utf8');
    return all.slice(log.split(ENDED_BY_NODE).length - 1);
  });
  return (await Promise.all(falls)).flat();
}

async function truthsOf({ simulator }: Rig, { seeded }: Load): Promise<Map<string, Truth>> {
  const tasks = await simulator.tasks({ limit: MOST_TASKS });
  const states = new Map(tasks.map((task) => [taskKey(task), task]));
  return new Map(
    seeded.flatMap(({ target, cancelingMs, endsAtMs }) => {
      const task = states.get(taskKey(target));
      if (task === undefined) return [];
      const { state, word, cancelRequestedAt } = task;
      const truth: Truth = {
        state,
        word,
        cancelingMs,
        ...(cancelRequestedAt !== undefined && { cancelRequestedAt }),
        ...endedBy(task, { cancelingMs, endsAtMs }),
      };
      return [[taskKey(target), truth] as const];
    }),
  );
}

/** When one ended that was not canceled: by itself, or before an ask of it took effect. */
function endedBy(
  { state, cancelRequestedAt }: Pick<TrueTask, 'state' | 'cancelRequestedAt'>,
  { cancelingMs, endsAtMs }: { readonly cancelingMs: number; readonly endsAtMs: number | undefined },
): Pick<Truth, 'endsAtMs'> {
  if (state !== 'completed' && state !== 'failed') return {};
  if (cancelRequestedAt !== undefined) return { endsAtMs: Date.parse(cancelRequestedAt) + cancelingMs };
  return endsAtMs === undefined ? {} : { endsAtMs };
}

function factsOf(vendor: Vendor): VendorFacts {
  const { definition, simulated, about } = vendor;
  return {
    cancel: simulated.operations.cancel,
    quotas: quotasOf(vendor),
    throttledCode: simulated.throttled.code,
    cancelLeaves: definition.cancelLeaves,
    tellsNoFailure: about.tellsNoFailure === true,
  };
}

/** What Quiesce has written: histories, database, logs, metrics, answers. */
async function textsOf(rig: Rig, load: Load): Promise<Text[]> {
  const logs = (await readdir(join(rig.folder, 'logs'))).filter((name) => /^(worker|api)/.test(name));
  const paths = [...(await rig.temporal.files()), ...logs.map((name) => join(rig.folder, 'logs', name))];
  const metrics = await Promise.all(
    rig.places.map(async ({ metricsUrl }) => ({
      where: 'the metrics of a Worker',
      text: await (await fetch(metricsUrl)).text(),
    })),
  );
  return [
    ...(await Promise.all(paths.map(async (path) => ({ where: path, text: await readIfThere(path) })))),
    ...metrics,
    { where: 'the metrics of the API', text: await (await rig.askDirectly('/metrics')).text() },
    ...(await historyTexts(rig.client)).map((text) => ({ where: 'a history', text })),
    ...load.refusals,
    { where: 'what was told', text: JSON.stringify(load.told) },
  ];
}

/** PostgreSQL removes some of its files at any time. */
async function readIfThere(path: string): Promise<Buffer> {
  return readFile(path).catch((thrown: NodeJS.ErrnoException) => {
    if (thrown.code === 'ENOENT') return Buffer.alloc(0);
    throw thrown;
  });
}

/** What a Worker would meet that took all of them over now. */
async function replay({ client }: Rig): Promise<Pick<Evidence, 'replayed' | 'unreplayed'>> {
  const bundle = { workflowBundle: { codePath: WORKFLOW_BUNDLE_PATH } };
  const unreplayed: string[] = [];
  let replayed = 0;
  for await (const { workflowId, error } of Worker.runReplayHistories(bundle, histories(client))) {
    replayed += 1;
    if (error !== undefined) unreplayed.push(`${workflowId}: ${error.message}`);
  }
  return { replayed, unreplayed };
}

/** Those in which a Worker has done something: the SDK waits long for others, such as those that begin in a day. */
async function* histories(client: Client): AsyncGenerator<{ workflowId: string; history: History }> {
  for await (const { workflowId, history } of client.workflow.list().intoHistories({
    concurrency: REPLAYS_AT_ONCE,
  }))
    if ((history as History).events?.some((event) => event.workflowTaskCompletedEventAttributes))
      yield { workflowId, history: history as History };
}

function tellThrown(thrown: unknown): string {
  return thrown instanceof Error ? (thrown.stack ?? thrown.message) : String(thrown);
}
