import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { DefaultLogger, Runtime } from '@temporalio/worker';
import { parseDurationMs } from '../../contract/duration.js';
import { FAULT_NAMES, FAULTS, type FaultName } from './faults.js';
import { closeOnSignals, unlessInterrupted } from './interruption.js';
import { planOf, type PlanOptions } from './plan.js';
import { playScenario } from './play-scenario.js';
import { Budget, furtherScenarios, shortScenarios } from './schedule.js';
import type { Tools } from './site.js';
import { soak } from './soak.js';
import type { DatabaseName } from './temporal-server.js';
import { loadVendors, type Vendor } from './vendors.js';

const TARGETS = 2_000;
/** From when this process began: toxiproxy may have had to be built. What CI plays takes nine minutes on two cores. */
const BUDGET_MS = 15 * 60_000;
const LONG_BUDGET_MS = 3 * 60 * 60_000;
/** A scenario that is begun in time may take so much longer than what is left. */
const GRACE_MS = 60_000;
const DAY_MS = 24 * 60 * 60_000;
const MOST_TOLD = 20;

const { values } = parseArgs({
  options: {
    seed: { type: 'string' },
    faults: { type: 'string' },
    targets: { type: 'string', default: String(TARGETS) },
    short: { type: 'boolean', default: false },
    long: { type: 'boolean', default: false },
    postgres: { type: 'boolean', default: false },
    previous: { type: 'string' },
    soak: { type: 'string' },
    rate: { type: 'string', default: '20' },
  },
});
const { folder, ...tools } = JSON.parse(process.env['QUIESCE_CHAOS'] ?? '') as Tools & { folder: string };
// Of the Worker that replays. The signals are ours: the SDK would end that Worker by them, and not us.
Runtime.install({ logger: new DefaultLogger('ERROR'), shutdownSignals: [] });
closeOnSignals(say);
const targets = whole('targets', values.targets);
if (values.postgres && values.soak !== undefined)
  throw new Error('A soak is on SQLite: leave out --postgres.');
const database: DatabaseName = values.postgres ? 'postgresql' : 'sqlite';
const isWell = await unlessInterrupted(values.soak === undefined ? playAll() : playSoak(values.soak));
process.exitCode = isWell ? 0 : 1;

/** Whether all stayed as it was. */
async function playSoak(duration: string): Promise<boolean> {
  const durationMs = parseDurationMs(duration);
  if (durationMs === undefined) throw new Error(`"${duration}" is no duration; one looks like 10m or 1h.`);
  const perSecond = whole('rate', values.rate);
  const vendors = await loadVendors();
  const { previous: _, ...present } = tools;
  const wrongs = await soak({
    tools: present,
    vendors,
    folder: join(folder, 'soak'),
    durationMs,
    perSecond,
    say,
  });
  for (const wrong of wrongs.slice(0, MOST_TOLD)) say(`  ✖ ${wrong}`);
  return wrongs.length === 0;
}

/** Whether nothing was wrong. */
async function playAll(): Promise<boolean> {
  const vendors = await loadVendors();
  if (tools.previous !== undefined) say(`Workers are of ${tools.previous} until a deploy`);
  const budget = budgetOf();
  const failed: string[] = [];
  const unplayed: string[] = [];
  let played = 0;
  const play = async (options: PlanOptions) => {
    const fromMs = performance.now();
    played += 1;
    const endsWithinMs = budget.leftMs(fromMs) + GRACE_MS;
    if (!(await isPlayedWell(options, vendors, join(folder, String(played)), endsWithinMs)))
      failed.push(commandOf(options));
    budget.spend(fromMs, performance.now());
  };
  const { named, further } = scenarios();
  for (const options of named) {
    if (budget.allows(performance.now())) await play(options);
    else unplayed.push(commandOf(options));
  }
  for (const options of further) {
    if (!budget.allows(performance.now())) break;
    await play(options);
  }
  say(`${played} scenarios, ${seconds(0)} after the beginning; ${failed.length} failed`);
  for (const command of failed) say(`  again: npm run test:chaos -- ${command}`);
  for (const command of unplayed) say(`  ✖ not played, for want of time: ${command}`);
  return failed.length === 0 && unplayed.length === 0;
}

async function isPlayedWell(
  options: PlanOptions,
  vendors: readonly Vendor[],
  scenarioFolder: string,
  endsWithinMs: number,
): Promise<boolean> {
  const plan = planOf(options);
  const fromMs = performance.now();
  say(`▶ ${commandOf(options)} (${plan.workers} Workers)`);
  const wrongs = await playScenario({
    plan,
    tools,
    vendors,
    folder: scenarioFolder,
    endsWithinMs,
    say: (line) => say(`    ${seconds(fromMs)}  ${line}`),
  });
  for (const wrong of wrongs.slice(0, MOST_TOLD)) say(`  ✖ ${wrong}`);
  if (wrongs.length > MOST_TOLD) say(`  ✖ … and ${wrongs.length - MOST_TOLD} more`);
  say(`  ${wrongs.length === 0 ? '✔' : '✖'} ${seconds(fromMs)}`);
  return wrongs.length === 0;
}

interface Scenarios {
  /** Those that a run is for. */
  readonly named: readonly PlanOptions[];
  /** Those that fill the time that is left. */
  readonly further: Iterable<PlanOptions>;
}

function scenarios(): Scenarios {
  const seed = values.seed === undefined ? undefined : whole('seed', values.seed);
  const faults = values.faults?.split(',').map(faultNamed);
  if (seed !== undefined || faults !== undefined)
    return { named: [{ seed: seed ?? 1, targets, database, ...(faults && { faults }) }], further: [] };
  const alsoOnPostgresql = database === 'sqlite' && tools.postgres !== undefined;
  const day = Math.floor(Date.now() / DAY_MS);
  return {
    named: shortScenarios({ targets, database }),
    further: values.short ? [] : furtherScenarios({ targets, database, day, alsoOnPostgresql }),
  };
}

/** One that is asked for by name has as long as any may take. */
function budgetOf(): Budget {
  if (values.seed !== undefined || values.faults !== undefined) return new Budget();
  return new Budget(values.long ? LONG_BUDGET_MS : BUDGET_MS);
}

function whole(option: string, text: string): number {
  const number = Number(text);
  if (!Number.isInteger(number) || number < 0) throw new Error(`--${option} "${text}" is no whole number.`);
  return number;
}

function faultNamed(name: string): FaultName {
  const found = FAULT_NAMES.find((each) => each === name);
  if (found === undefined)
    throw new Error(`There is no fault "${name}"; there are: ${FAULT_NAMES.join(', ')}.`);
  if (FAULTS[found].ofPostgresql && database !== 'postgresql')
    throw new Error(`The fault "${name}" takes --postgres.`);
  return found;
}

/** What plays the same plan again. */
function commandOf({ seed, faults, targets: count, database: on }: PlanOptions): string {
  const which = faults === undefined ? '' : ` --faults '${faults.join(',')}'`;
  const many = count === TARGETS ? '' : ` --targets ${count}`;
  const where = on === 'postgresql' ? ' --postgres' : '';
  const before = values.previous === undefined ? '' : ` --previous ${values.previous}`;
  return `--seed ${seed}${which}${many}${where}${before}`;
}

function seconds(fromMs: number): string {
  return `${((performance.now() - fromMs) / 1_000).toFixed(1)} s`;
}

function say(line: string): void {
  process.stdout.write(`${line}\n`);
}
