import { mkdir, rm, writeFile } from 'node:fs/promises';
import { arch, cpus, platform, totalmem } from 'node:os';
import { dirname } from 'node:path';
import type { Run } from './measure/measure-run.js';
import { PROCESS_LOG } from './processes/start-child.js';
import { readOptions } from './options.js';
import { figuresOf, ratios, type Figures } from './report/figures.js';
import { judge } from './report/goals.js';
import { plotSpeeds } from './report/plot.js';
import { goalsTable, ratiosTable, runsTable } from './report/table.js';
import { SCENARIOS } from './scenarios.js';

const say = (line: string) => void process.stderr.write(`bench: ${line}\n`);

const { profile, scenarios, json, plot } = readOptions(process.argv);
await rm(PROCESS_LOG, { force: true });
if (platform() !== 'linux')
  throw new Error('The bench reads CPU time and memory from /proc: it needs Linux.');

say(
  `${cpus()[0]?.model ?? arch()} × ${cpus().length}, ${Math.round(totalmem() / 2 ** 30)} GB, Node ${process.version}`,
);
const rows: Figures[] = [];
for (const id of scenarios) {
  try {
    await SCENARIOS[id]({ profile, say, record });
  } catch (problem) {
    // What the others find out is still worth telling.
    process.exitCode = 1;
    say(`${id} failed: ${problem instanceof Error ? problem.message : String(problem)}`);
  }
}

function record(run: Run): void {
  const figures = figuresOf(run);
  rows.push(figures);
  say(`  ${(figures.wallMs / 1_000).toFixed(1)} s, ${figures.tasksPerSecond} tasks/s`);
}

const goals = judge(rows);
if (rows.some(({ scenario }) => scenario === 'match')) {
  await mkdir(dirname(plot), { recursive: true });
  await writeFile(plot, plotSpeeds(rows));
  say(`the plot is ${plot}`);
}
process.stdout.write(
  json
    ? `${JSON.stringify({ goals, rows })}\n`
    : `${[runsTable(rows), ratiosTable(ratios(rows)), goalsTable(goals)].join('\n\n')}\n`,
);
