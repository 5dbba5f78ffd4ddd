import assert from 'node:assert/strict';
import { test } from 'node:test';
import { complete } from '../../cli/complete.js';
import { buildProgram } from '../../cli/program.js';
import { createTerminal } from '../../cli/terminal.js';

const pipe = { write: () => true };
const program = buildProgram({ terminal: createTerminal(pipe, pipe, {}), env: {}, cwd: '/', exitCode: 0 });
const sources = {
  connection: () => Promise.resolve(['prod', 'staging']),
  provider: () => Promise.resolve(['one']),
  campaign: () => Promise.resolve(['spring']),
  schedule: () => Promise.resolve(['nightly']),
};

async function values(...words: string[]): Promise<string[]> {
  return (await complete(program, words, sources)).map(({ value }) => value);
}

test('commands are completed, hidden ones not', async () => {
  assert.deepEqual(await values('wa'), ['watch']);
  assert.deepEqual(await values('__'), []);
  assert.ok((await values('')).includes('cancel'));
});

test('options are completed, those of the program too', async () => {
  assert.deepEqual(await values('cancel', '--d'), ['--dry-run', '--deadline', '--delete-ended']);
  assert.deepEqual(await values('status', '--con'), ['--config']);
});

test('the values of an option are completed after a blank and after an equals sign', async () => {
  assert.deepEqual(await values('cancel', '--output', ''), ['text', 'json']);
  assert.deepEqual(await values('cancel', '-o', 'j'), ['json']);
  assert.deepEqual(await values('cancel', '--output=j'), ['--output=json']);
  assert.deepEqual(await values('cancel', '--output', '=', 'j'), ['json'], 'as bash breaks it');
  assert.deepEqual(await values('cancel', '--output', '='), ['text', 'json'], 'as bash breaks it');
  assert.deepEqual(await values('cancel', '--reason', ''), [], 'free text');
});

test('connections and providers come from outside, connections as the first argument alone', async () => {
  assert.deepEqual(await values('cancel', ''), ['prod', 'staging']);
  assert.deepEqual(await values('cancel', '--wait', 'st'), ['staging']);
  assert.deepEqual(await values('cancel', '--reason', 'why', 'st'), ['staging']);
  assert.deepEqual(await values('cancel', 'prod', ''), []);
  assert.deepEqual(await values('list', '--connection', 'p'), ['prod']);
  assert.deepEqual(await values('list', '--provider', ''), ['one']);
});

test("a command's own commands are completed, with their options, values and arguments", async () => {
  assert.deepEqual(await values('campaign', 're'), ['resume', 'retry', 'report']);
  assert.deepEqual(await values('campaign', 'report', '--format', ''), ['csv', 'ndjson', 'json', 'md']);
  assert.deepEqual(await values('campaign', 'retry', '--outcome', 'un'), ['unproven']);
  assert.deepEqual(await values('campaign', 'plan', '--connection', ''), ['prod', 'staging']);
  assert.deepEqual(await values('campaign', 'status', ''), ['spring']);
  assert.deepEqual(await values('campaign', 'start', 's'), ['spring']);
  assert.deepEqual(await values('campaign', 'plan', '--from', ''), [], 'a file');
  assert.deepEqual(await values('campaign', 'schedule', 'd'), ['delete']);
  assert.deepEqual(await values('campaign', 'schedule', 'pause', ''), ['nightly']);
});
