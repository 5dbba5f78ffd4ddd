import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { Command, type CommandUnknownOpts } from '@commander-js/extra-typings';
import { addDrift, addGuards, toCampaignOptions } from '../../cli/campaign/guard-options.js';

function read(...argv: string[]) {
  const command: CommandUnknownOpts = new Command();
  addGuards(command);
  addDrift(command);
  command.parse(argv, { from: 'user' });
  return (protect: readonly string[]) => toCampaignOptions(command.opts(), protect);
}

describe('the guards of a campaign, as typed', () => {
  it('are each given to the campaign as what they are', () => {
    const typed = read(
      '--max-targets',
      '7',
      '--error-threshold',
      '5%',
      '--waves',
      '1,5%,100%',
      '--wave-pause',
      '10m',
      '--deadline',
      '3h',
      '--rate',
      '120/m',
      '--on-running-subtasks',
      'cancel',
      '--max-drift',
      '2%',
    );
    assert.deepEqual(typed(['task-1']), {
      maxTargets: 7,
      protect: ['task-1'],
      errorThreshold: { share: 0.05 },
      waves: [{ count: 1 }, { share: 0.05 }, { share: 1 }],
      pauseBetweenWavesMs: 600_000,
      deadlineAfterMs: 10_800_000,
      callsPerSecond: 2,
      onRunningSubtasks: 'cancel',
      maxDrift: 0.02,
    });
    assert.deepEqual(read('--waves', '3,100%', '--approve-each-wave')([]), {
      waves: [{ count: 3 }, { share: 1 }],
      approveEachWave: true,
    });
  });

  it('are left to the campaign where nothing is typed', () => {
    assert.deepEqual(read()([]), {});
  });

  it('are refused where one would be ignored', () => {
    for (const [argv, message] of [
      [['--waves', '1,100%', '--wave-pause', '1m', '--approve-each-wave'], /give one of them\. Nothing was/],
      [['--wave-pause', '1m'], /^--wave-pause is for between waves: give --waves, too\./],
      [['--approve-each-wave'], /^--approve-each-wave is for between waves: give --waves, too\./],
    ] as const)
      assert.throws(() => read(...argv)([]), { name: 'CliError', message });
  });
});
