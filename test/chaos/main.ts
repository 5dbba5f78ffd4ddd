import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { DefaultLogger, Runtime } from '@temporalio/worker';
import { FAULT_NAMES, faultNamesOn, FAULTS, type FaultName } from './faults.js';
import { planOf, type PlanOptions } from './plan.js';
import { playScenario } from './play-scenario.js';
import type { Tools } from './site.js';
import type { DatabaseName } from './temporal-server.js';
import { POSTGRESQL_SET, SHORT_SET } from './short-set.js';
import { soak } from './soak.js';
import { parseDurationMs } from '../../contract/duration.js';
import { loadVendors } from './vendors.js';

const TARGETS = 2_000;
/** After that, no scenario is begun any more. */
const BUDGET_MS = 13 * 60_000;
const LONG_BUDGET_MS = 3 * 60 * 60_000;
/** Of the combinations that are played when each fault has been. */
const FIRST_RANDOM_SEED = 1_000;
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
// Of the Worker that replays.
Runtime.install({ logger: new DefaultLogger('ERROR') });
const targets = whole('targets', values.targets);
if (values.postgres && values.soak !== undefined)
  throw new Error('A soak is on SQLite: leave out --postgres.');
const database: DatabaseName = values.postgres ? 'postgresql' : 'sqlite';
process.exitCode = (await (values.soak === undefined ? playAll() : playSoak(values.soak))) ? 0 : 1;

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
  const budgetMs = values.long ? LONG_BUDGET_MS : BUDGET_MS;
  const beganAtMs = Date.now();
  const failed: string[] = [];
  let played = 0;
  if (tools.previous !== undefined) say(`Workers are of ${tools.previous} until a deploy`);
  for (const options of scenarios()) {
    if (played > 0 && Date.now() - beganAtMs > budgetMs) break;
    const plan = planOf(options);
    const command = commandOf(options);
    say(`▶ ${command} (${plan.workers} Workers)`);
    const fromMs = Date.now();
    const wrongs = await playScenario({
      plan,
      tools,
      vendors,
      folder: join(folder, String(played + 1)),
      say: (line) => say(`    ${seconds(fromMs)}  ${line}`),
    });
    played += 1;
    for (const wrong of wrongs.slice(0, MOST_TOLD)) say(`  ✖ ${wrong}`);
    if (wrongs.length > MOST_TOLD) say(`  ✖ … and ${wrongs.length - MOST_TOLD} more`);
    say(`  ${wrongs.length === 0 ? '✔' : '✖'} ${seconds(fromMs)}`);
    if (wrongs.length > 0) failed.push(command);
  }
  say(`${played} scenarios in ${seconds(beganAtMs)}, ${failed.length} failed`);
  for (const command of failed) say(`  again: npm run test:chaos -- ${command}`);
  return failed.length === 0;
}

function* scenarios(): Generator<PlanOptions> {
  const seed = values.seed === undefined ? undefined : whole('seed', values.seed);
  const faults = values.faults?.split(',').map(faultNamed);
  if (seed !== undefined || faults !== undefined)
    yield { seed: seed ?? 1, targets, database, ...(faults && { faults }) };
  else {
    const groups = database === 'postgresql' ? [...POSTGRESQL_SET, ...SHORT_SET] : SHORT_SET;
    for (const group of groups) yield { ...group, targets, database };
    if (!values.short) yield* endlessly();
  }
}

/** Each fault alone, then combinations that seeds pick; those on PostgreSQL among them where it was built for `--long`. */
function* endlessly(): Generator<PlanOptions> {
  for (const fault of faultNamesOn(database)) yield { seed: 1, faults: [fault], targets, database };
  for (let seed = FIRST_RANDOM_SEED; ; seed++) {
    yield { seed, targets, database };
    if (database === 'sqlite' && tools.postgres !== undefined)
      yield { seed, targets, database: 'postgresql' };
  }
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

/** What plays it again, exactly. */
function commandOf({ seed, faults, targets: count, database: on }: PlanOptions): string {
  const which = faults === undefined ? '' : ` --faults '${faults.join(',')}'`;
  const many = count === TARGETS ? '' : ` --targets ${count}`;
  const where = on === 'postgresql' ? ' --postgres' : '';
  const before = values.previous === undefined ? '' : ` --previous ${values.previous}`;
  return `--seed ${seed}${which}${many}${where}${before}`;
}

function seconds(fromMs: number): string {
  return `${((Date.now() - fromMs) / 1_000).toFixed(1)} s`;
}

function say(line: string): void {
  process.stdout.write(`${line}\n`);
}
