import { Option, type CommandUnknownOpts } from '@commander-js/extra-typings';
import { MOST_TARGETS, type Amount, type CampaignOptions } from '../../contract/campaign.js';
import { ON_RUNNING_SUBTASKS, type OnRunningSubtasks } from '../../contract/cancellation.js';
import { usageError } from '../cli-error.js';
import { durationOption, wholeNumber } from '../options.js';
import { parseAmount, parseRate, parseShare, parseWaves } from './amounts.js';

/** What was typed of the guards; what was left out has the default of the campaign itself. */
export interface TypedGuards {
  readonly maxTargets?: number;
  readonly protect?: string[];
  readonly errorThreshold?: Amount;
  readonly waves?: Amount[];
  readonly wavePause?: number;
  readonly approveEachWave?: true;
  readonly deadline?: number;
  readonly rate?: number;
  readonly onRunningSubtasks?: OnRunningSubtasks;
  readonly maxDrift?: number;
}

/** The options that keep a campaign from doing harm; to be read as {@link TypedGuards}. */
export function addGuards(command: CommandUnknownOpts): void {
  command
    .addOption(
      new Option('--max-targets <n>', `refuse more targets than that (default: ${MOST_TARGETS})`).argParser(
        wholeNumber(1, MOST_TARGETS),
      ),
    )
    .option(
      '--protect <what...>',
      'never ask these: task URIs, ids, patterns with *, or @file with one a line; again for more',
    )
    .addOption(
      new Option(
        '--error-threshold <amount>',
        'ask no more once more targets than that, or than such a share, have failed: 20 or 5%',
      ).argParser(parseAmount),
    )
    .addOption(
      new Option('--waves <list>', 'how far each wave goes in all, such as 1,5%,100%').argParser(parseWaves),
    )
    .addOption(durationOption('--wave-pause <duration>', 'the pause between waves, such as 10m'))
    .option('--approve-each-wave', 'each wave after the first waits for `quiesce campaign approve`')
    .addOption(
      durationOption(
        '--deadline <duration>',
        'when to stop waiting for proof, from its start (default: 24h)',
      ),
    )
    .addOption(
      new Option(
        '--rate <calls>',
        'cancel calls on each connection, below what its quota allows: 5/s or 120/m',
      ).argParser(parseRate),
    )
    .addOption(
      new Option(
        '--on-running-subtasks <way>',
        'what to do when subtasks keep the vendor from canceling (default: wait)',
      ).choices(ON_RUNNING_SUBTASKS),
    );
}

/** The guard of a plan: between it and the start, the world goes on. To be read as {@link TypedGuards}. */
export function addDrift(command: CommandUnknownOpts): void {
  command.addOption(
    new Option(
      '--max-drift <share>',
      'refuse to start when more of the targets have changed since the plan (default: 5%)',
    ).argParser(parseShare),
  );
}

/** The guards as the campaign takes them. @throws CliError for two that exclude each other. */
export function toCampaignOptions(typed: TypedGuards, protect: readonly string[]): CampaignOptions {
  checkWaves(typed);
  const { maxTargets, errorThreshold, waves, wavePause, deadline, rate, onRunningSubtasks, maxDrift } = typed;
  return {
    ...(maxTargets !== undefined && { maxTargets }),
    ...(protect.length > 0 && { protect }),
    ...(errorThreshold !== undefined && { errorThreshold }),
    ...(waves !== undefined && { waves }),
    ...(wavePause !== undefined && { pauseBetweenWavesMs: wavePause }),
    ...(typed.approveEachWave === true && { approveEachWave: true }),
    ...(deadline !== undefined && { deadlineAfterMs: deadline }),
    ...(rate !== undefined && { callsPerSecond: rate }),
    ...(onRunningSubtasks !== undefined && { onRunningSubtasks }),
    ...(maxDrift !== undefined && { maxDrift }),
  };
}

/** Refuses guards of which one would be ignored. */
function checkWaves({ waves = [], wavePause, approveEachWave }: TypedGuards): void {
  if (wavePause !== undefined && approveEachWave === true)
    throw usageError(
      '--wave-pause lets the next wave go by itself, and --approve-each-wave waits for somebody: give one of them. Nothing was started.',
    );
  const betweenWaves = wavePause === undefined ? '--approve-each-wave' : '--wave-pause';
  if ((wavePause !== undefined || approveEachWave === true) && waves.length === 0)
    throw usageError(`${betweenWaves} is for between waves: give --waves, too. Nothing was started.`);
}
