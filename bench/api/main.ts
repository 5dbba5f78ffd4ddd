import { cpus, loadavg, platform } from 'node:os';
import { Command, InvalidArgumentError, Option } from '@commander-js/extra-typings';
import { atMost, below, type Goal } from '../report/goals.js';
import { goalsTable, markdown, short } from '../report/table.js';
import { openStage } from '../stage.js';
import { measureService, type ApiFigures, type Load } from './measure-service.js';
import { SERVICES, type ServiceId } from './services.js';

const ALL = Object.keys(SERVICES) as ServiceId[];
const CONNECTIONS = 200;
const say = (line: string) => void process.stderr.write(`bench:api: ${line}\n`);

const options = new Command('npm run bench:api --')
  .description(
    'Measures POST /v1/cancellations beside a minimal service, on a dev server with no Worker. Linux only.',
  )
  .option('--rate <n>', 'triggers a second', wholeNumber, 200)
  .option('--seconds <n>', 'how long', wholeNumber, 60)
  .option('--bursts', 'all triggers of a second at once')
  .option('--rounds <n>', 'how often each service is measured, in turns', wholeNumber, 1)
  .addOption(new Option('--only <services...>', 'some of the services').choices(ALL))
  .option('--json', 'goals and rows as JSON on stdout, and nothing else')
  .parse()
  .opts();

if (platform() !== 'linux')
  throw new Error('The bench reads CPU time and memory from /proc: it needs Linux.');
say(`${cpus()[0]?.model ?? ''} × ${cpus().length}, Node ${process.version}`);

const load: Load = {
  perSecond: options.rate,
  seconds: options.seconds,
  bursts: options.bursts === true,
  connections: CONNECTIONS,
};
const rows: ApiFigures[] = [];
for (let round = 0; round < options.rounds; round++)
  for (const service of options.only ?? ALL) rows.push(await measured(service));

const goals = judge(rows);
process.stdout.write(
  options.json === true
    ? `${JSON.stringify({ goals, rows })}\n`
    : `${[table(rows), goalsTable(goals)].join('\n\n')}\n`,
);

/** On a dev server of its own: thousands of open Workflows slow the next. */
async function measured(service: ServiceId): Promise<ApiFigures> {
  say(`${SERVICES[service].title}, load ${loadavg()[0]?.toFixed(1) ?? '?'} …`);
  const stage = await openStage(say);
  try {
    const figures = await measureService(stage, service, load);
    say(
      `  p50 ${short(figures.p50Ms)} ms, p99 ${short(figures.p99Ms)} ms, load ${loadavg()[0]?.toFixed(1) ?? '?'}`,
    );
    return figures;
  } finally {
    await stage.close();
  }
}

/** The plain service is there to compare with; what was promised is promised of ours. */
function judge(all: readonly ApiFigures[]): Goal[] {
  const ours = all.filter(({ service }) => service === 'quiesce');
  const ofEvery = all.filter(({ service }) => service !== 'bare');
  const most = (value: (row: ApiFigures) => number) =>
    ofEvery.length === 0 ? [] : [Math.max(...ofEvery.map(value))];
  return [
    below(
      'p99 of POST, ms',
      ours.map(({ p99Ms }) => p99Ms),
      250,
    ),
    below(
      'peak memory of the service, MB',
      most(({ peakRssMb }) => peakRssMb),
      200,
    ),
    atMost(
      'lost cancellations',
      most(({ lost }) => lost),
      0,
    ),
    atMost(
      'doubled cancellations',
      most(({ doubled }) => doubled),
      0,
    ),
    atMost(
      'requests not answered 202',
      most(({ failed }) => failed),
      0,
    ),
  ].flat();
}

function table(all: readonly ApiFigures[]): string {
  return markdown([
    [
      'who',
      'requests',
      'p50 ms',
      'p99 ms',
      'max ms',
      'lost',
      'doubled',
      'failed',
      'CPU ms/request',
      'MB, idle (peak)',
      'server CPU ms/request',
      'bench late by ms',
    ],
    ...all.map((row) => [
      SERVICES[row.service].title,
      row.requests.toLocaleString('en'),
      ...[row.p50Ms, row.p99Ms, row.maxMs, row.lost, row.doubled, row.failed, row.cpuMsPerRequest].map(short),
      `${row.idleRssMb.toFixed(0)} (${row.peakRssMb.toFixed(0)})`,
      short(row.serverCpuMsPerRequest),
      short(row.latestSendMs),
    ]),
  ]);
}

function wholeNumber(text: string): number {
  if (/^[1-9]\d*$/.test(text)) return Number(text);
  throw new InvalidArgumentError('It must be a whole number above 0.');
}
