import { Command, InvalidArgumentError, Option, type CommandUnknownOpts } from '@commander-js/extra-typings';
import type { CampaignScheduleOptions, Recurrence } from '../../../client/campaign-schedules.js';
import { addGuards, toCampaignOptions, type TypedGuards } from '../../campaign/guard-options.js';
import { readProtected } from '../../campaign/read-protected.js';
import { addReason, checkedReason, type TypedReason } from '../../campaign/reason-option.js';
import { addSelector, toSelectors, type TypedSelector } from '../../campaign/source-options.js';
import { withSchedules } from '../../campaign/with-schedules.js';
import { callbackFrom } from '../../callback-from.js';
import { usageError } from '../../cli-error.js';
import type { CliContext } from '../../context.js';
import {
  callbackUrlOption,
  durationOption,
  globalOptions,
  outputOption,
  whoIsAsking,
  type OutputFormat,
} from '../../options.js';
import { printAnswer } from '../../print.js';

/** A campaign more often than once a minute is a mistake. */
const SHORTEST_EVERY_MS = 60_000;
const CRON_FIELDS = 5;

interface TypedSchedule extends TypedSelector, TypedGuards, TypedReason {
  readonly cron?: string;
  readonly timeZone?: string;
  readonly every?: number;
  readonly callbackUrl?: string;
  readonly output: OutputFormat;
}

export function scheduleCreateCommand(context: CliContext): CommandUnknownOpts {
  const command: CommandUnknownOpts = new Command('create')
    .summary('make a schedule')
    .description('Makes a schedule. It asks nobody: guards are what keeps its campaigns from doing harm.')
    .argument('<name>', 'what it is called; its campaigns are <name>-<time>')
    .addOption(
      new Option('--cron <expression>', 'when, as five fields: "0 2 * * *" is every night at two').argParser(
        parseCron,
      ),
    )
    .option('--time-zone <name>', 'of --cron, such as Europe/Berlin (default: UTC)')
    .addOption(durationOption('--every <duration>', 'or in what interval, such as 24h'));
  addSelector(command);
  addGuards(command);
  addReason(command);
  command.addOption(callbackUrlOption()).addOption(outputOption());
  return command.action(async (...[name]) => {
    const typed = command.opts() as unknown as TypedSchedule;
    const { output } = typed;
    const given = await toScheduleOptions(context, String(name), typed, globalOptions(command).config);
    const options = { ...given, ...(await callbackFrom(context, command, typed)) };
    await withSchedules(async (schedules) => {
      await schedules.create(options);
      printAnswer(
        context.terminal,
        output,
        { name: options.name, created: true },
        () => `Made: ${options.name} starts campaigns by itself from now on.`,
      );
    });
  });
}

async function toScheduleOptions(
  context: CliContext,
  name: string,
  typed: TypedSchedule,
  config: string | undefined,
): Promise<CampaignScheduleOptions> {
  const { connection } = typed;
  if (connection === undefined)
    throw usageError(
      'Whose tasks? Give a connection with --connection and what to look for. Nothing was made.',
    );
  const recurrence = recurrenceOf(typed);
  const reason = checkedReason(typed);
  const protect = await readProtected(typed.protect ?? [], context.cwd);
  const { requestedBy = whoIsAsking(context.env) } = typed;
  return {
    name,
    recurrence,
    selectors: await toSelectors(context, { ...typed, connection }, config),
    reason,
    requestedBy,
    options: toCampaignOptions(typed, protect),
  };
}

function recurrenceOf({ cron, every, timeZone }: TypedSchedule): Recurrence {
  if (cron !== undefined && every === undefined) return { cron, ...(timeZone !== undefined && { timeZone }) };
  if (timeZone !== undefined) throw usageError('--time-zone is for --cron. Nothing was made.');
  if (every === undefined || cron !== undefined)
    throw usageError('When? Give one of --cron "0 2 * * *" and --every 24h. Nothing was made.');
  if (every < SHORTEST_EVERY_MS) throw usageError('--every must be a minute at least. Nothing was made.');
  return { everyMs: every };
}

function parseCron(text: string): string {
  const fields = text.trim().split(/\s+/);
  if (fields.length === CRON_FIELDS || /^@\w+$/.test(text.trim())) return fields.join(' ');
  throw new InvalidArgumentError(
    'It must be five fields (minute, hour, day, month, weekday), such as "0 2 * * *".',
  );
}
