import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Client } from '@temporalio/client';
import type { History } from '@temporalio/common/lib/proto-utils.js';
import { Worker } from '@temporalio/worker';
import { CAMPAIGN_LANE_WORKFLOW, campaignWorkflowId } from '../../contract/names.js';
import type { TrueTask } from '../../simulator/control-client.js';
import { WORKFLOW_BUNDLE_PATH } from '../../worker/workflow-bundle-path.js';
import { taskKey, type Begun, type Evidence, type Span, type Truth, type VendorFacts } from './evidence.js';
import { FAULTS, type FaultName } from './faults.js';
import type { Journal } from './journal.js';
import type { Load } from './load.js';
import type { Plan } from './plan.js';
import { LINKS, type Rig } from './rig.js';
import { textsOf } from './texts.js';
import { quotasOf, type Vendor } from './vendors.js';

/** A scenario that has been played, with all parts up. */
export interface Played {
  readonly plan: Plan;
  readonly rig: Rig;
  readonly vendors: readonly Vendor[];
  readonly journal: Journal;
  readonly load: Load;
  readonly struck: readonly Struck[];
}

/** A fault as it was, by this machine's clock. */
export interface Struck extends Span {
  readonly fault: FaultName;
  /** Left out: all Workers, or none. */
  readonly place?: number;
}

/**
 * The SDK gives a Workflow Task five seconds of real time, by the time limit of `node:vm`. Where a process stands still amid one for
 * longer, the limit ends the code in the moment it goes on, and Node then ends the process: a thread's asynchronous context is lost.
 */
const ENDED_BY_NODE = 'Error: async hook stack has become corrupted';
const REPLAYS_AT_ONCE = 4;
const MOST_TASKS = 100_000;

/** All that the invariants judge. */
export async function gather(played: Played): Promise<Evidence> {
  const { plan, rig, vendors, journal, load, struck } = played;
  const { simulator } = rig;
  const calls = await journal.all();
  return {
    targets: load.targets,
    told: load.told,
    truths: await truthsOf(rig, load),
    vendors: new Map(vendors.map((vendor) => [vendor.definition.id, factsOf(vendor)])),
    calls,
    effects: (await simulator.summary()).effects,
    counted: load.counted,
    aborted: load.aborted,
    triggers: triggersOf(load),
    ...(await workflowsOf(rig, load)),
    texts: await textsOf(rig, load),
    services: servicesOf(rig),
    secrets: rig.secrets,
    ...(await replay(rig)),
    falls: await fallsOf(plan, rig),
    jams: plan.strikes.filter(({ fault }) => fault.startsWith('worker-simulator ')).length,
    struck,
    cutOffs: struck.filter(({ fault }) => FAULTS[fault].cutsOff),
    failures: load.failures,
    // Last: it cuts links.
    idleLinks: await idleLinksOf(played),
  };
}

async function workflowsOf(
  { client }: Rig,
  { campaignIds }: Load,
): Promise<Pick<Evidence, 'running' | 'begun' | 'laneRuns'>> {
  const running = new Map<string, string>();
  const begun = new Map<string, Begun>();
  const laneRuns = new Map<string, string[]>();
  const triggers = new Map([...campaignIds].map(([trigger, id]) => [id, trigger]));
  for await (const { workflowId, type, status, runId } of client.workflow.list()) {
    if (status.name === 'RUNNING') running.set(workflowId, type);
    // Each of those has one that continues it.
    if (status.name !== 'CONTINUED_AS_NEW')
      begun.set(workflowId, { type, count: (begun.get(workflowId)?.count ?? 0) + 1 });
    const [, id = ''] = workflowId.split('/');
    const trigger = triggers.get(id);
    if (type === CAMPAIGN_LANE_WORKFLOW && trigger !== undefined)
      laneRuns.set(trigger, [...(laneRuns.get(trigger) ?? []), runId]);
  }
  return { running, begun, laneRuns };
}

function triggersOf({ triggers, campaignIds }: Load): Map<string, number> {
  return new Map([
    ...triggers,
    ...[...campaignIds.values()].map((id) => [campaignWorkflowId(id), 1] as const),
  ]);
}

function servicesOf({ places, spare, api }: Rig): string[] {
  const workers = [...places, ...(spare.part.isUp ? [spare] : [])];
  return [api.name, ...workers.map(({ part }) => part.name)];
}

/** Those through whose proxies nothing went: what a fault did to them has tried nothing. */
async function idleLinksOf({ rig, struck }: Played): Promise<string[]> {
  const links = struck.flatMap(({ fault, place }) => {
    const link = LINKS.find((each) => fault.startsWith(`${each} `));
    return link === undefined ? [] : [{ fault, proxies: rig.proxiesOf(link, place) }];
  });
  const carried = await rig.toxiproxy.carriedBy([...new Set(links.flatMap(({ proxies }) => proxies))]);
  return links
    .filter(({ proxies }) => proxies.every((proxy) => !carried.has(proxy)))
    .map(({ fault, proxies }) => `${proxies.join(', ')} (${fault})`);
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
  const tasks: readonly TrueTask[] = await simulator.tasks({ limit: MOST_TASKS });
  const states = new Map(tasks.map((task) => [taskKey(task), task]));
  return new Map(
    seeded.flatMap(({ target }) => {
      const task = states.get(taskKey(target));
      if (task === undefined) return [];
      const { state, word, endedAt } = task;
      const ended = endedAt === undefined ? {} : { endedAtMs: Date.parse(endedAt) };
      return [[taskKey(target), { state, word, ...ended }] as const];
    }),
  );
}

function factsOf(vendor: Vendor): VendorFacts {
  const { definition, simulated, about } = vendor;
  return {
    cancel: simulated.operations.cancel,
    quotas: quotasOf(vendor),
    throttledCode: simulated.throttled.code,
    cancelLeaves: definition.cancelLeaves,
    tellsNoFailure: about.tellsNoFailure === true,
    takesToken: about.takesToken === true,
  };
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
