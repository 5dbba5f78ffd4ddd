import { readFileSync } from 'node:fs';
import { Command, Option, type CommandUnknownOpts } from '@commander-js/extra-typings';
import type { ProviderDefinition } from '../providers/provider.js';
import { abandonCommand } from './commands/abandon.js';
import { apiCommand } from './commands/api.js';
import { auditCommand } from './commands/audit.js';
import { campaignCommand } from './commands/campaign.js';
import { cancelCommand } from './commands/cancel.js';
import { codecCommand } from './commands/codec.js';
import { completeCommand, completionCommand } from './commands/completion.js';
import { connectionsCommand } from './commands/connections.js';
import { demoCommand } from './commands/demo.js';
import { devCommand } from './commands/dev.js';
import { doctorCommand } from './commands/doctor.js';
import { extendCommand } from './commands/extend.js';
import { keysCommand } from './commands/keys.js';
import { listCommand } from './commands/list.js';
import { pollNowCommand } from './commands/poll-now.js';
import { setupCommand } from './commands/setup.js';
import { simulatorCommand } from './commands/simulator.js';
import { statusCommand } from './commands/status.js';
import { watchCommand } from './commands/watch.js';
import { workerCommand } from './commands/worker.js';
import type { CliContext } from './context.js';
import { EXAMPLES, type CommandName } from './examples.js';
import { columns } from './text.js';
import { usageProblem } from './usage-problem.js';

/** The others are those of a command's own commands. */
type TopLevelName = Exclude<CommandName, `${string} ${string}`>;
type CommandFactory = (context: CliContext) => CommandUnknownOpts;

/** In the order of the help. */
const COMMANDS = {
  demo: demoCommand,
  dev: devCommand,
  cancel: cancelCommand,
  status: statusCommand,
  watch: watchCommand,
  list: listCommand,
  campaign: campaignCommand,
  audit: auditCommand,
  'poll-now': pollNowCommand,
  extend: extendCommand,
  abandon: abandonCommand,
  connections: connectionsCommand,
  worker: workerCommand,
  api: apiCommand,
  keys: keysCommand,
  codec: codecCommand,
  setup: setupCommand,
  doctor: doctorCommand,
  simulator: simulatorCommand,
  completion: completionCommand,
} satisfies Record<TopLevelName, CommandFactory>;

/** The whole command line. The providers, which cost time to load, are needed where help is to name them. */
export function buildProgram(
  context: CliContext,
  providers: readonly ProviderDefinition[] = [],
): CommandUnknownOpts {
  const { out, err, style } = context.terminal;
  const program = new Command('quiesce')
    .description('Cancels long-running cloud data tasks and proves how they ended.')
    .version(version(), '-V, --version', 'print the version')
    .helpOption('-h, --help', 'print help')
    .helpCommand('help [command]', 'print help')
    .option('--config <file>', 'the config (default: $QUIESCE_CONFIG, else quiesce.config.yaml)')
    .addOption(
      new Option('--ui-url <url>', "the Temporal UI's address, to link to runs").env('TEMPORAL_UI_URL'),
    )
    .configureHelp({ showGlobalOptions: true, styleTitle: (title) => style('bold', title) })
    .configureOutput({
      writeOut: (text) => void out.write(text),
      writeErr: (text) => void err.write(text),
      // Told by whoever runs the program, as every other error.
      outputError: () => {},
    });
  for (const factory of Object.values(COMMANDS)) program.addCommand(factory(context));
  program.addCommand(completeCommand(context, program), { hidden: true });
  for (const command of program.commands) settle(command, program, command.name());
  addProviders(program, providers);
  program.exitOverride((error) => {
    throw usageProblem(error, program);
  });
  return program;
}

/** What every command has from the program, at whatever depth: its settings, its examples and how it refuses. */
function settle(command: CommandUnknownOpts, parent: CommandUnknownOpts, path: string): void {
  command.copyInheritedSettings(parent).exitOverride((error) => {
    throw usageProblem(error, command);
  });
  const examples = isExample(path) ? EXAMPLES[path] : [];
  if (examples.length > 0)
    command.addHelpText('after', `\nExamples:\n${examples.map((line) => `  ${line}`).join('\n')}`);
  for (const each of command.commands) settle(each, command, `${path} ${each.name()}`);
}

function isExample(path: string): path is CommandName {
  return path in EXAMPLES;
}

/** The ids each provider wants, where they are typed. */
function addProviders(program: CommandUnknownOpts, providers: readonly ProviderDefinition[]): void {
  if (providers.length === 0) return;
  const rows = providers.map(({ id, fields, hints = [] }) => [
    id,
    ...fields.map((field) => `${field.name} (${field.example})`),
    ...hints.map((hint) => `[${hint.name} (${hint.example})]`),
  ]);
  const lines = columns(rows).map((line) => `  ${line}`);
  const cancel = program.commands.find((command) => command.name() === 'cancel');
  cancel?.addHelpText('after', `\nThe ids of a task, by provider:\n${lines.join('\n')}`);
}

function version(): string {
  const file = readFileSync(new URL('../../package.json', import.meta.url), 'utf8');
  return (JSON.parse(file) as { version: string }).version;
}
