import assert from 'node:assert/strict';
import { test } from 'node:test';
import { checkSubtasksOption } from '../../cli/check-subtasks-option.js';
import { EXAMPLES } from '../../cli/examples.js';
import { quote } from '../../cli/invocation.js';
import { run } from '../../cli/main.js';
import { didYouMean, nearest } from '../../config/nearest.js';
import { ALL_PROVIDERS } from '../../providers/all.js';
import { createTerminal } from '../../cli/terminal.js';
import { uiUrlOf } from '../../client/ui-url.js';

async function quiesce(...argv: string[]) {
  const text = { out: '', err: '' };
  const out = { write: (more: string) => (text.out += more) };
  const err = { write: (more: string) => (text.err += more) };
  const code = await run(argv, { terminal: createTerminal(out, err, {}), env: {}, cwd: '/', exitCode: 0 });
  return { code, ...text };
}

const WRONG: [argv: string[], says: RegExp][] = [
  [['cancle'], /^Unknown command 'cancle' \(did you mean cancel\?\); quiesce has demo, dev, cancel,/],
  [
    ['cancel', '--wiat'],
    /^Unknown option '--wiat' \(did you mean --wait\?\); quiesce cancel has --task, --wait,/,
  ],
  [['status'], /^Missing required argument 'id\|uri'; see `quiesce status --help`\.$/],
  [['status', 'a', 'b'], /^Too many arguments for 'status'\./],
  [['cancel', 'x', 'y', '--output', 'xml'], /'xml' is invalid\. Allowed choices are text, json; see/],
  [
    ['cancel', 'x', 'y', '--deadline', '30'],
    /'30' is invalid\. It must be a number and a unit: 500ms, 30s, 30m, 2h or 3d;/,
  ],
  [['cancel', 'x', 'y', '--deadline', '0s'], /'0s' is invalid/],
  [['list', '--limit', 'many'], /'many' is invalid\. It must be a whole number from 1 to 1000000;/],
  [['abandon', 'x'], /^Required option '--reason <text>' not specified; see/],
  [['extend', 'x'], /^Required option '--by <duration>' not specified; see/],
  [['cancel'], /^Which task\? Give a connection and the ids of its task, or --task <uri>;/],
  [['cancel', 'x', 'y', '--task', 'z'], /^Give either a connection and ids or --task, not both\.$/],
  [
    ['cancel', '--task', 'aws-fsx://prod/task-0123456789abcdef0', '--on-running-subtasks', 'cancel'],
    /^--on-running-subtasks cancel is not for aws-fsx: its tasks have no subtasks\. It is for alibaba-cpfs; leave it out\.$/,
  ],
  [
    ['audit', '--since', '2026-11-01T12:00:00'],
    /'2026-11-01T12:00:00' is invalid\. It must be a date \(from midnight UTC\), a time with its zone, .*, or how long ago it was/,
  ],
  [['audit', '--until', '2026-11-01T12:00'], /a time with its zone/],
  [['audit', '--until', '2026-13-01'], /a time with its zone/],
  [['completion', 'tcsh'], /Allowed choices are bash, zsh, fish/],
  [['campaign', 'pln'], /^Unknown command 'pln' \(did you mean plan\?\); quiesce campaign has plan, start,/],
  [
    ['campaign', 'plan', '--reason', 'x', '--connection', 'c'],
    /^That would be every task of c: say which .*, or --all\. Nothing was started\.$/,
  ],
  [
    ['campaign', 'plan', '--reason', 'x', '--connection', 'c', '--connection', 'd'],
    /^That would be every task of c and d: say which/,
  ],
  [['campaign', 'plan', '--connection', 'c'], /^Say why with --reason "…": .* Nothing was started\.$/],
  [['campaign', 'plan', '--reason', ' ', '--connection', 'c'], /^Say why with --reason/],
  [['campaign', 'plan', '--reason', 'x'], /^Which tasks\? Give a file with --from, or a connection/],
  [
    ['campaign', 'plan', '--reason', 'x', '--from', 'a.csv', '--state', 'A'],
    /^Give either --from or --state, not both\./,
  ],
  [['campaign', 'plan', '--reason', 'x', '--format', 'csv'], /^--format says what --from holds/],
  [['campaign', 'plan', '--format', 'xml'], /Allowed choices are csv, ndjson, json/],
  [
    ['campaign', 'plan', '--max-targets', '0'],
    /'0' is invalid\. It must be a whole number from 1 to 100000;/,
  ],
  [
    ['campaign', 'plan', '--error-threshold', '0%'],
    /'0%' is invalid\. It must be a number of targets such as 20, or a share/,
  ],
  [['campaign', 'plan', '--waves', '5%,1%'], /'5%,1%' is invalid\. Each wave says how far it goes in all/],
  [['campaign', 'plan', '--rate', 'fast'], /'fast' is invalid\. It must be calls a second, minute or hour/],
  [['campaign', 'plan', '--max-drift', '5'], /'5' is invalid\. It must be a share from 0% to 100%/],
  [['campaign', 'plan', '--older-than', '1'], /'1' is invalid\. It must be a number and a unit/],
  [['campaign', 'plan', '--id', 'a b'], /'a b' is invalid\. It must be letters, digits/],
  [
    ['campaign', 'plan', '--reason', 'x', '--connection', 'c', '--protect', '@/none'],
    /^--protect @\/none cannot be read: no such file/,
  ],
  [
    ['campaign', 'start', '--reason', 'x', '--from', '/none.csv', '--output', 'json'],
    /^With --output json nothing can be confirmed: give --yes,/,
  ],
  [
    ['campaign', 'start', '--reason', 'x', '--from', '-'],
    /^With --from - nothing can be confirmed: give --yes/,
  ],
  [
    ['campaign', 'start', '--reason', 'x', '--from', '/none.csv'],
    /^There is no terminal to confirm on: give --yes/,
  ],
  [['campaign', 'start', 'spring', '--rate', '5/s'], /^A plan is started as it was made: leave out --rate/],
  [['campaign', 'start', 'spring', '--yes', '--max-drift', '9%'], /leave out --max-drift/],
  [
    ['campaign', 'start', '--reason', 'x', '--from', '-', '--yes', '--max-drift', '9%'],
    /^--max-drift guards what a plan saw, and --yes starts without one/,
  ],
  [['campaign', 'rate', 'spring', '5'], /'5' is invalid .*It must be calls a second/],
  [['campaign', 'retry', 'spring', '--outcome', 'sad'], /'sad' is invalid\. Allowed choices are canceled,/],
  [['campaign', 'schedule', 'create', 'n', '--reason', 'x'], /^Whose tasks\?/],
  [
    ['campaign', 'schedule', 'create', 'n', '--reason', 'x', '--connection', 'c'],
    /^When\? Give one of --cron/,
  ],
  [
    ['campaign', 'schedule', 'create', 'n', '--connection', 'c', '--every', '1s'],
    /^--every must be a minute at least/,
  ],
  [
    ['campaign', 'schedule', 'create', 'n', '--connection', 'c', '--every', '1d', '--time-zone', 'X'],
    /^--time-zone is for --cron/,
  ],
  [['campaign', 'schedule', 'create', 'n', '--cron', '* *'], /'\* \*' is invalid\. It must be five fields/],
];

for (const [argv, says] of WRONG) {
  test(`quiesce ${argv.join(' ')}: one sentence, exit code 2`, async () => {
    const { code, out, err } = await quiesce(...argv);
    assert.equal(code, 2);
    assert.equal(out, '');
    assert.match(err.trimEnd(), says);
    assert.equal(err.trimEnd().split('\n').length, 1);
  });
}

test('what to do about subtasks is asked of no provider without them, and the default of none', () => {
  for (const { id, hasSubtasks = false } of ALL_PROVIDERS) {
    checkSubtasksOption(id, 'wait');
    for (const way of ['cancel', 'fail'] as const) {
      if (hasSubtasks) checkSubtasksOption(id, way);
      else
        assert.throws(
          () => checkSubtasksOption(id, way),
          new RegExp(`^CliError: .* ${way} is not for ${id}`),
        );
    }
  }
});

test('every command has help with its examples, on stdout', async () => {
  for (const [name, examples] of Object.entries(EXAMPLES)) {
    const { code, out, err } = await quiesce(...name.split(' '), '--help');
    assert.equal(code, 0, name);
    assert.equal(err, '', name);
    for (const example of examples) assert.ok(out.includes(example), example);
  }
});

test('the help of cancel names the ids of every provider', async () => {
  const { out } = await quiesce('cancel', '--help');
  assert.match(out, /The ids of a task, by provider:\n {2}\S+ {2,}taskId \(task-/);
});

test('no command is no error of anybody, but no answer either', async () => {
  const { code, out, err } = await quiesce();
  assert.equal(code, 2);
  assert.equal(out, '');
  assert.match(err, /Usage: quiesce/);
});

test('a near miss is suggested, a far one is not', () => {
  assert.equal(nearest('prd', ['prod', 'staging']), 'prod');
  assert.equal(nearest('PROD', ['prod']), 'prod');
  assert.equal(nearest('elsewhere', ['prod', 'staging']), undefined);
  assert.equal(didYouMean('prd', ['prod']), ' (did you mean prod?)');
});

test('what is to be copied is quoted for a shell', () => {
  assert.equal(quote('cancel/provider/prod/task-1'), 'cancel/provider/prod/task-1');
  assert.equal(quote("it's; rm"), `'it'\\''s; rm'`);
});

test("a run's address in the Temporal UI has its id encoded", () => {
  assert.equal(
    uiUrlOf('http://localhost:8233/', 'default', { id: 'cancel/p/c/t', runId: 'r' }),
    'http://localhost:8233/namespaces/default/workflows/cancel%2Fp%2Fc%2Ft/r/history',
  );
  assert.equal(uiUrlOf(undefined, 'default', { id: 'x', runId: 'r' }), undefined);
});
