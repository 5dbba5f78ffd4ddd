import { setMaxListeners } from 'node:events';
import { appendFile, mkdir, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Client, WorkflowExecutionInfo } from '@temporalio/client';
import {
  CAMPAIGN_LANE_WORKFLOW,
  CANCEL_CAMPAIGN_WORKFLOW,
  CANCEL_TASK_WORKFLOW,
  SHARE_QUOTA_WORKFLOW,
} from '../../contract/names.js';
import { Journal } from './journal.js';
import { Load } from './load.js';
import { startRig, type Rig } from './rig.js';
import type { Tools } from './site.js';
import type { Vendor } from './vendors.js';

export interface SoakOptions {
  readonly tools: Tools;
  readonly vendors: readonly Vendor[];
  readonly folder: string;
  readonly durationMs: number;
  /** Single cancellations that are triggered. */
  readonly perSecond: number;
  readonly say: (line: string) => void;
}

/** What is measured every few seconds. Bytes, but for handles and counts. */
interface Sample {
  readonly atSeconds: number;
  /** By process. */
  readonly memory: Readonly<Record<string, number>>;
  readonly handles: Readonly<Record<string, number>>;
  readonly database: number;
  /** By Workflow type, the longest of what is under way, and of single cancellations that have ended lately. */
  readonly histories: Readonly<Record<string, History>>;
  readonly triggered: number;
  readonly asks: number;
  readonly running: number;
}

interface History {
  readonly events: number;
  readonly bytes: number;
}

/** One does what two would, for less of the machine: what is measured is whether anything grows. */
const WORKERS = 1;
/** All that go on beside single cancellations; one that keeps an Idempotency-Key has two events. */
const LASTING = [SHARE_QUOTA_WORKFLOW, CANCEL_CAMPAIGN_WORKFLOW, CAMPAIGN_LANE_WORKFLOW];
const ENDED_LATELY = 20;
/** The tasks end after three seconds: most looks find that they have. */
const POLL_EVERY = '5s';
/** Each Idempotency-Key is a Workflow of its own; without one, a trigger that is sent again meets the cancellation that is under way. */
const KEYED_ONE_IN = 10;
const CAMPAIGN_EVERY_MS = 60_000;
const CAMPAIGN_TARGETS = 1_000;
const SAMPLES = 60;
const MOST_ENDING_MS = 10 * 60_000;
const LOOKED_EVERY_MS = 1_000;
const SEEDED_AT_ONCE = 100;
/** What is measured while caches fill says nothing of what comes after. */
const WARM_UP_SHARE = 0.25;
/** Of memory, from the second quarter to the last; of an hour, so that a short soak is not held to less. */
const MOST_GROWTH = 0.25;
const MOST_MORE_HANDLES = 20;
/** Of what is under way, beside the same quarters: whoever cannot keep up falls further and further behind. */
const MOST_MORE_RUNNING = 2;
const LEAST_TRIGGERED = 0.95;
/** Of the database, which keeps histories for a day: 20 were measured (docs/reliability.md). */
const MOST_KIB_AN_ASK = 30;
const LONGEST_HISTORY: History = { events: 5_000, bytes: 2 * 2 ** 20 };
const MIB = 2 ** 20;

/** A steady load for long: whether memory, handles and the database stay as they are, or grow with a reason. */
export async function soak(options: SoakOptions): Promise<string[]> {
  const { tools, vendors, folder, durationMs, perSecond, say } = options;
  await rm(folder, { recursive: true, force: true });
  await mkdir(folder, { recursive: true });
  const rig = await startRig({
    tools,
    vendors,
    folder,
    workers: WORKERS,
    database: 'sqlite',
    pollEvery: POLL_EVERY,
    // Nothing is spoilt here, and a proxy's own work would be taken for ours.
    proxied: false,
  });
  const signal = AbortSignal.timeout(durationMs + MOST_ENDING_MS);
  setMaxListeners(0, signal);
  const load = new Load(rig, vendors, signal);
  const journal = new Journal(rig.simulator, vendors);
  const untilMs = Date.now() + durationMs;
  try {
    const [samples] = await Promise.all([
      sampleUntil(untilMs, durationMs, { rig, load, journal, folder, say }),
      trigger({ load, vendors, untilMs }, perSecond),
      campaigns({ load, vendors, untilMs }),
    ]);
    say('no more is triggered');
    while ((await countRunning(rig)) > 0) await sleep(LOOKED_EVERY_MS, undefined, { signal });
    const wanted = (perSecond * durationMs) / 1_000;
    return await verdictOf(samples, { rig, load, say, wanted });
  } finally {
    await rig.close();
  }
}

interface Triggering {
  readonly load: Load;
  readonly vendors: readonly Vendor[];
  readonly untilMs: number;
}

/** By the clock, whether those before have been answered or not. */
async function trigger({ load, vendors, untilMs }: Triggering, perSecond: number): Promise<void> {
  const startedAtMs = Date.now();
  const answers: Promise<unknown>[] = [];
  for (let count = 0; Date.now() < untilMs;) {
    const seeded = await load.plain(shares(vendors, SEEDED_AT_ONCE));
    for (const each of seeded) {
      await sleep(Math.max(0, startedAtMs + (count * 1_000) / perSecond - Date.now()));
      if (Date.now() >= untilMs) break;
      count += 1;
      const answer = load.start(each, count % KEYED_ONE_IN === 0);
      answer.catch(() => {}); // Whoever waits for all of them hears of it.
      answers.push(answer);
    }
  }
  await Promise.all(answers);
}

async function campaigns({ load, vendors, untilMs }: Triggering): Promise<void> {
  for (let count = 1; Date.now() < untilMs; count++) {
    const nextAtMs = Date.now() + CAMPAIGN_EVERY_MS;
    const seeded = await load.plain(shares(vendors, CAMPAIGN_TARGETS));
    await load.campaign(`campaign ${count}`, seeded);
    await sleep(Math.max(0, Math.min(nextAtMs, untilMs) - Date.now()));
  }
}

function shares(vendors: readonly Vendor[], count: number): Map<Vendor, number> {
  return new Map(vendors.map((vendor) => [vendor, Math.round(count * vendor.about.share)]));
}

interface Sampled {
  readonly rig: Rig;
  readonly load: Load;
  readonly journal: Journal;
  readonly folder: string;
  readonly say: (line: string) => void;
}

async function sampleUntil(untilMs: number, durationMs: number, sampled: Sampled): Promise<Sample[]> {
  const { folder, say } = sampled;
  const path = join(folder, 'soak.csv');
  const samples: Sample[] = [];
  const startedAtMs = untilMs - durationMs;
  while (Date.now() < untilMs) {
    await sleep(Math.min(durationMs / SAMPLES, Math.max(0, untilMs - Date.now())));
    const sample = await take(startedAtMs, sampled);
    if (samples.length === 0) await writeFile(path, `${Object.keys(flat(sample)).join(',')}\n`);
    await appendFile(path, `${Object.values(flat(sample)).join(',')}\n`);
    samples.push(sample);
    if (samples.length % 6 === 0) say(JSON.stringify(flat(sample)));
  }
  return samples;
}

async function take(startedAtMs: number, { rig, load, journal }: Sampled): Promise<Sample> {
  const processes = [
    ...rig.parts.flatMap(({ name, pid }) => (pid === undefined ? [] : [{ name, pid }])),
    { name: 'temporal', pid: rig.temporal.pid() },
  ];
  const memory: Record<string, number> = {};
  const handles: Record<string, number> = {};
  for (const { name, pid } of processes) {
    const status = await readFile(`/proc/${pid}/status`, 'utf8');
    memory[name] = Number(/VmRSS:\s+(\d+) kB/.exec(status)?.[1]) * 1_024;
    handles[name] = (await readdir(`/proc/${pid}/fd`)).length;
  }
  return {
    atSeconds: Math.round((Date.now() - startedAtMs) / 1_000),
    memory,
    handles,
    database: await sizeOfDatabase(rig),
    histories: await longestHistories(rig.client),
    triggered: load.triggered,
    asks: await journal.asks(),
    running: await countRunning(rig),
  };
}

async function sizeOfDatabase({ temporal }: Rig): Promise<number> {
  const sizes = await Promise.all((await temporal.files()).map(async (path) => (await stat(path)).size));
  return sizes.reduce((sum, size) => sum + size, 0);
}

async function longestHistories(client: Client): Promise<Record<string, History>> {
  const longest: Record<string, History> = {};
  for (const type of LASTING) {
    longest[type] = { events: 0, bytes: 0 };
    const query = `WorkflowType = "${type}" AND ExecutionStatus = "Running"`;
    for await (const { workflowId, runId } of client.workflow.list({ query })) {
      const described = await client.workflow.getHandle(workflowId, runId).describe();
      longest[type] = longerOf(longest[type], described);
    }
  }
  const query = `WorkflowType = "${CANCEL_TASK_WORKFLOW}" AND ExecutionStatus = "Completed"`;
  let left = ENDED_LATELY;
  longest[CANCEL_TASK_WORKFLOW] = { events: 0, bytes: 0 };
  for await (const info of client.workflow.list({ query, pageSize: ENDED_LATELY })) {
    longest[CANCEL_TASK_WORKFLOW] = longerOf(longest[CANCEL_TASK_WORKFLOW], info);
    if (--left === 0) break;
  }
  return longest;
}

function longerOf(
  { events, bytes }: History,
  { historyLength, historySize = 0 }: Pick<WorkflowExecutionInfo, 'historyLength' | 'historySize'>,
): History {
  return { events: Math.max(events, historyLength), bytes: Math.max(bytes, historySize) };
}

function flat({ memory, handles, database, histories, ...counts }: Sample): Record<string, number> {
  const named = (what: string, values: Readonly<Record<string, number>>, unit: number) =>
    Object.fromEntries(
      Object.entries(values).map(([name, value]) => [`${name} ${what}`, Math.round(value / unit)]),
    );
  const lengths = Object.entries(histories).flatMap(([type, { events, bytes }]) => [
    [`${type} events`, events],
    [`${type} KiB`, Math.round(bytes / 1_024)],
  ]);
  return {
    ...counts,
    ...named('MiB', memory, MIB),
    ...named('handles', handles, 1),
    'database MiB': Math.round(database / MIB),
    ...(Object.fromEntries(lengths) as Record<string, number>),
  };
}

const countRunning = (rig: Rig) => countSingles(rig, 'ExecutionStatus = "Running"');

async function countSingles({ client }: Rig, which: string): Promise<number> {
  const { count } = await client.workflow.count(`WorkflowType = "${CANCEL_TASK_WORKFLOW}" AND ${which}`);
  return count;
}

interface Ended {
  readonly rig: Rig;
  readonly load: Load;
  readonly say: (line: string) => void;
  /** Of triggers, in all. */
  readonly wanted: number;
}

/** Tells what was measured, and what of it is not as it must be. */
async function verdictOf(samples: readonly Sample[], { rig, load, say, wanted }: Ended): Promise<string[]> {
  const steady = samples.slice(Math.ceil(samples.length * WARM_UP_SHARE));
  const quarter = Math.max(1, Math.floor(samples.length / 4));
  const early = steady.slice(0, quarter);
  const late = steady.slice(-quarter);
  const mean = (of: readonly Sample[], value: (sample: Sample) => number) =>
    of.reduce((sum, each) => sum + value(each), 0) / of.length;
  const wrongs: string[] = [];
  say('| process | second quarter MiB | last quarter MiB | handles, then | handles, at last |');
  say('|---|---|---|---|---|');
  for (const name of Object.keys(samples[0]?.memory ?? {})) {
    const [memory, memoryAtLast] = [early, late].map((of) => mean(of, (each) => each.memory[name] ?? 0));
    const [handles, handlesAtLast] = [early, late].map((of) => mean(of, (each) => each.handles[name] ?? 0));
    if (memory === undefined || memoryAtLast === undefined) continue;
    if (handles === undefined || handlesAtLast === undefined) continue;
    const mib = [memory, memoryAtLast].map((bytes) => (bytes / MIB).toFixed(0));
    say(`| ${name} | ${mib.join(' | ')} | ${handles.toFixed(0)} | ${handlesAtLast.toFixed(0)} |`);
    if (!OURS.test(name)) continue;
    if (memoryAtLast > memory * (1 + MOST_GROWTH)) wrongs.push(`${name} grew to ${mib.join(' → ')} MiB`);
    if (handlesAtLast > handles + MOST_MORE_HANDLES) wrongs.push(`${name} holds ${handlesAtLast} handles`);
  }
  const [running, runningAtLast] = [early, late].map((of) => mean(of, (each) => each.running)) as [
    number,
    number,
  ];
  say(`under way: ${running.toFixed(0)}, at last ${runningAtLast.toFixed(0)}`);
  if (runningAtLast > running * MOST_MORE_RUNNING)
    wrongs.push(`what is under way grew from ${running.toFixed(0)} to ${runningAtLast.toFixed(0)}`);
  if (load.triggered < wanted * LEAST_TRIGGERED)
    wrongs.push(`${load.triggered} were triggered in place of ${wanted}`);
  wrongs.push(...longHistories(samples, say));
  const [first, last] = [early[0], late.at(-1)];
  if (first === undefined || last === undefined) return ['It was too short to measure anything.'];
  const kibAnAsk = (last.database - first.database) / (last.asks - first.asks) / 1_024;
  const toldGrowth = `database: ${kibAnAsk.toFixed(1)} KiB for each ask`;
  say(toldGrowth);
  if (!(kibAnAsk <= MOST_KIB_AN_ASK)) wrongs.push(`${toldGrowth}, in place of ${MOST_KIB_AN_ASK} at most`);
  say(`${load.triggered} triggers and ${load.campaignIds.size} campaigns, ${last.asks} asks`);
  const { effects } = await rig.simulator.summary();
  const twice = effects.filter(({ count }) => count > 1);
  const proven = await countSingles(rig, '(QuiesceVerdict = "canceled" OR QuiesceVerdict = "deleted")');
  const wrongWords = load.told.filter(({ word }) => word !== 'canceled' && word !== 'deleted');
  return [
    ...wrongs,
    ...twice.map(({ provider, task, count }) => `${provider} ${task} was changed ${count} times`),
    ...wrongWords.map(({ uri, word, note = '' }) => `${uri} is told ${word} ${note}`),
    ...(proven === load.triggered ? [] : [`${proven} of ${load.triggered} triggers are proven`]),
    ...(load.told.length === load.targets.length
      ? []
      : [`${load.told.length} of ${load.targets.length} targets of campaigns have a verdict`]),
    ...rig.parts.flatMap(({ falls }) => falls),
  ];
}

function longHistories(samples: readonly Sample[], say: (line: string) => void): string[] {
  return [...LASTING, CANCEL_TASK_WORKFLOW].flatMap((type) => {
    const all = samples.flatMap(({ histories }) => histories[type] ?? []);
    const events = Math.max(...all.map((each) => each.events));
    const bytes = Math.max(...all.map((each) => each.bytes));
    const told = `the longest history of ${type}: ${events} events, ${(bytes / 1_024).toFixed(0)} KiB`;
    say(told);
    return events > LONGEST_HISTORY.events || bytes > LONGEST_HISTORY.bytes ? [told] : [];
  });
}

/** Those that must not grow; the simulator keeps every task it ever had, Temporal caches. */
const OURS = /^(worker|api)/;
