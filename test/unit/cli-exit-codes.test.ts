import assert from 'node:assert/strict';
import { test } from 'node:test';
import { CliError, usageError } from '../../cli/cli-error.js';
import { EXIT_BY_VERDICT } from '../../cli/exit-codes.js';
import { exitCodeOf, reportError } from '../../cli/report-error.js';
import { createTerminal } from '../../cli/terminal.js';
import {
  CampaignEndedError,
  CampaignExistsError,
  CampaignFailedError,
  CampaignNotFoundError,
  CancellationEndedError,
  CancellationFailedError,
  CancellationNotFoundError,
  InvalidTaskError,
  NoWorkerError,
  RequestRefusedError,
  TargetFileError,
  TemporalUnreachableError,
} from '../../client/index.js';
import { CampaignScheduleNotFoundError } from '../../client/campaign-schedules.js';
import { ConfigError } from '../../config/config-error.js';

test('every verdict has the exit code that scripts depend on', () => {
  assert.deepEqual(EXIT_BY_VERDICT, {
    canceled: 0,
    completed: 0,
    failed: 0,
    deleted: 0,
    'not-found': 5,
    refused: 4,
    unproven: 3,
    'would-cancel': 0,
    'would-delete': 0,
    'already-ended': 0,
    'would-be-refused': 0,
  });
});

test('every error that is expected has its exit code, under the name its class gives it', () => {
  const nameOf = (errorClass: { prototype: Error; name: string }) => errorClass.name;
  const named = (name: string) => Object.assign(new Error('x'), { name });
  assert.equal(exitCodeOf(named(nameOf(ConfigError))), 2);
  assert.equal(exitCodeOf(named(nameOf(InvalidTaskError))), 2);
  assert.equal(exitCodeOf(named(nameOf(RequestRefusedError))), 2);
  assert.equal(exitCodeOf(named(nameOf(NoWorkerError))), 1);
  assert.equal(exitCodeOf(named(nameOf(CancellationNotFoundError))), 5);
  assert.equal(exitCodeOf(named(nameOf(CampaignNotFoundError))), 5);
  assert.equal(exitCodeOf(named(nameOf(CampaignEndedError))), 1);
  assert.equal(exitCodeOf(named(nameOf(CampaignFailedError))), 1);
  assert.equal(exitCodeOf(named(nameOf(CampaignExistsError))), 2);
  assert.equal(exitCodeOf(named(nameOf(TargetFileError))), 2);
  assert.equal(exitCodeOf(named(nameOf(CampaignScheduleNotFoundError))), 5);
  assert.equal(exitCodeOf(named(nameOf(TemporalUnreachableError))), 6);
  assert.equal(exitCodeOf(named(nameOf(CancellationFailedError))), 1);
  assert.equal(exitCodeOf(named(nameOf(CancellationEndedError))), 1);
});

test('the command line itself decides the code of its own errors, and nobody that of a surprise', () => {
  assert.equal(exitCodeOf(usageError('no')), 2);
  assert.equal(exitCodeOf(new CliError('no', 130)), 130);
  assert.equal(exitCodeOf(new TypeError('bug')), undefined);
  assert.equal(exitCodeOf('thrown text'), undefined);
});

test('an error shows what it says, in its order and its lines: nothing in it steers the terminal', () => {
  let told = '';
  const err = { write: (text: string) => (told += text) };
  const signs = ['\u001b[31m', '\u202e', '\u2066', '\u2028', '\u2029', '\u200b', '\r', '\ud800'];
  for (const sign of signs) {
    told = '';
    const error = new CliError(`No file "a${sign}b":\n  目录 is missing.`);
    reportError(error, { terminal: createTerminal(err, err, {}), env: {}, cwd: '/', exitCode: 0 });
    const shown = `\\u{${sign.charCodeAt(0).toString(16)}}${sign.slice(1)}`;
    assert.equal(told, `No file "a${shown}b":\n  目录 is missing.\n`);
  }
});
