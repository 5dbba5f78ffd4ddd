import { join, relative } from 'node:path';
import { Command, Option } from '@commander-js/extra-typings';
import { CliError } from '../cli-error.js';
import type { CliContext } from '../context.js';
import { quote } from '../invocation.js';
import { portNumber, wholeNumber } from '../options.js';
import type { SeededTask } from '../stack/seed-tasks.js';
import type { Stack } from '../stack/start-stack.js';
import { listenForStop } from '../stack/until-stopped.js';
import { columns } from '../text.js';

const DEFAULT_PORT = 7233;
const DEFAULT_UI_PORT = 8233;
const DEFAULT_API_PORT = 8080;
const HOST = '127.0.0.1';
const fixedPort = wholeNumber(1, 65_535);

export function devCommand(context: CliContext) {
  return new Command('dev')
    .summary('run everything locally until Ctrl-C')
    .description(
      "Runs Temporal's dev server with its UI, the simulated clouds with a few tasks, a Worker and the HTTP service, until Ctrl-C. No cloud is needed.",
    )
    .addOption(
      new Option('--port <n>', `Temporal's port (default: ${DEFAULT_PORT} when free)`).argParser(fixedPort),
    )
    .addOption(
      new Option('--ui-port <n>', `the Temporal UI's port (default: ${DEFAULT_UI_PORT} when free)`).argParser(
        fixedPort,
      ),
    )
    .addOption(
      new Option('--simulator-port <n>', "the simulator's port (default: any free)").argParser(portNumber),
    )
    .addOption(
      new Option(
        '--api-port <n>',
        `the HTTP service's port (default: ${DEFAULT_API_PORT} when free)`,
      ).argParser(portNumber),
    )
    .option('--db <file>', 'keep what Temporal knows in this file (default: in memory)')
    .action((options) => runUntilStopped(options, context));
}

interface DevOptions {
  readonly port?: number | undefined;
  readonly uiPort?: number | undefined;
  readonly simulatorPort?: number | undefined;
  readonly apiPort?: number | undefined;
  readonly db?: string | undefined;
}

async function runUntilStopped(options: DevOptions, context: CliContext): Promise<void> {
  const { startStack } = await import('../stack/start-stack.js');
  const stop = listenForStop();
  const say = (line: string) => void context.terminal.out.write(`${line}\n`);
  const port = options.port ?? (await ifFree(DEFAULT_PORT));
  const uiPort = options.uiPort ?? (await ifFree(DEFAULT_UI_PORT));
  const stack = await startStack({
    folder: folderFor(port, context.cwd),
    env: context.env,
    port,
    uiPort,
    simulatorPort: options.simulatorPort,
    apiPort: options.apiPort ?? (await ifFree(DEFAULT_API_PORT)) ?? 0,
    dbFilename: options.db,
    say,
    signal: stop.signal,
  });
  stop.onInsisted = () => {
    stack.kill();
    return undefined;
  };
  say(banner(stack, context));
  const died = await untilStoppedOrDead(stack, stop.signal);
  say(died === undefined ? '\nStopping …' : '\nStopping, since a part has ended …');
  await stack.stop();
  stop.dispose();
  say('Stopped.');
  if (died !== undefined) throw new CliError(died);
}

async function ifFree(port: number): Promise<number | undefined> {
  const { isPortFree } = await import('../../devserver/free-ports.js');
  return (await isPortFree(HOST, port)) ? port : undefined;
}

/** A second `quiesce dev` in the same place must not write over the config of the first. */
function folderFor(port: number | undefined, cwd: string): string {
  const name = port === DEFAULT_PORT ? 'dev' : `dev-${port ?? process.pid}`;
  return join(cwd, '.quiesce', name);
}

function untilStoppedOrDead(stack: Stack, signal: AbortSignal): Promise<string | undefined> {
  const stopped = new Promise<undefined>((resolve) => {
    if (signal.aborted) resolve(undefined);
    signal.addEventListener('abort', () => resolve(undefined), { once: true });
  });
  return Promise.race([stopped, stack.died]);
}

function banner(stack: Stack, context: CliContext): string {
  const { style } = context.terminal;
  const here = (path: string) => relative(context.cwd, path);
  const places = columns([
    ['Temporal', `${stack.temporal.address}  (${stack.temporal.about})`],
    ['Temporal UI', stack.uiUrl ?? 'none'],
    ['Simulator', stack.simulatorEndpoint],
    [
      'API',
      `${stack.apiUrl ?? 'none'}  (without authentication: a page to watch by; /docs shows what else it does)`,
    ],
    ['Config', here(stack.configPath)],
    ['Worker log', here(stack.workerLogPath)],
  ]);
  const [plainOne] = stack.tasks;
  return [
    '',
    style('bold', 'Quiesce is up; Ctrl-C stops everything.'),
    ...places.map((line) => `  ${line}`),
    '',
    style('bold', 'Tasks in the simulated clouds, as `quiesce cancel` takes them'),
    ...taskLines(stack.tasks).map((line) => (line === '' ? '' : `  ${line}`)),
    style('bold', 'Cancel one from another terminal'),
    ...(plainOne === undefined ? [] : [`  ${cancelCommandLine(stack, plainOne, context)}`]),
  ].join('\n');
}

/** A block for each connection: what is to be copied stands together. */
function taskLines(tasks: readonly SeededTask[]): string[] {
  const connections = [...new Set(tasks.map(({ connection }) => connection))];
  return connections.flatMap((name) => [
    ...columns(
      tasks
        .filter(({ connection }) => connection === name)
        .map(({ ids, word, story }) => [[name, ...Object.values(ids)].join(' '), word, story]),
    ),
    '',
  ]);
}

function cancelCommandLine(stack: Stack, { connection, ids }: SeededTask, { env, cwd }: CliContext): string {
  const { address } = stack.temporal;
  const isDefault = address.endsWith(`:${DEFAULT_PORT}`) && env['TEMPORAL_ADDRESS'] === undefined;
  const words = [
    'npx',
    'quiesce',
    'cancel',
    connection,
    ...Object.values(ids),
    '--wait',
    '--config',
    relative(cwd, stack.configPath),
  ];
  return [...(isDefault ? [] : [`TEMPORAL_ADDRESS=${address}`]), ...words.map(quote)].join(' ');
}
