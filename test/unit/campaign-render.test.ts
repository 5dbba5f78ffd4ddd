import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { stripVTControlCharacters } from 'node:util';
import { bar } from '../../cli/campaign/bar.js';
import { exitCodeOfCampaign } from '../../cli/campaign/exit-code.js';
import { liveLines } from '../../cli/campaign/render-live.js';
import { changeLine, statusLines } from '../../cli/campaign/render-status.js';
import { storyLines } from '../../cli/campaign/render-story.js';
import { campaignStatus } from '../../client/campaign-status.js';
import { createTerminal } from '../../cli/terminal.js';
import type { LiveProgress, ReportRow } from '../../client/index.js';
import type { ConnectionProgress } from '../../contract/campaign.js';

const START = Date.parse('2027-03-01T04:00:00Z');
const NOW = START + 60_000;
const CALLS = { asks: 6_200, looks: 130, throttled: 3 };

function connection(more: Partial<ConnectionProgress> = {}): ConnectionProgress {
  return {
    connection: 'prod',
    provider: 'p',
    targets: 10_000,
    states: { canceled: 5_000, asked: 1_200, waiting: 3_800 },
    calls: CALLS,
    ...more,
  };
}

function campaign(more: Partial<LiveProgress> = {}): LiveProgress {
  return {
    id: 'spring',
    phase: 'running',
    reason: 'INC-42',
    requestedBy: 'ann@host',
    createdAtMs: START - 60_000,
    startedAtMs: START,
    deadlineAtMs: START + 24 * 3_600_000,
    targets: 10_000,
    states: { canceled: 5_000, asked: 1_200, waiting: 3_800 },
    calls: CALLS,
    connections: [connection()],
    lanes: { numbers: [1, 2, 3], running: [2, 3], ended: 1 },
    problems: [],
    stalled: [],
    atMs: NOW,
    ...more,
  };
}

function terminal(columns: number, env: NodeJS.ProcessEnv = { LANG: 'C.UTF-8' }) {
  const sink = { isTTY: true, columns, write: () => true };
  return createTerminal(sink, sink, env);
}

const live = (progress: LiveProgress, columns = 100) =>
  liveLines(progress, terminal(columns, { LANG: 'C.UTF-8', NO_COLOR: '1' }), {
    nowMs: NOW,
    pace: { asksPerSecond: 103.4, etaMs: 100_000 },
  });

const status = (progress: LiveProgress, columns = 100) =>
  statusLines(
    progress,
    { env: {}, terminal: terminal(columns, { LANG: 'C.UTF-8', NO_COLOR: '1' }) },
    { nowMs: NOW },
  );

test('a running campaign is a bar a connection, its counts and its pace', () => {
  assert.deepEqual(live(campaign()), [
    '⠋ running  spring  10,000 targets',
    `  prod  ${'█'.repeat(20)}${'▒'.repeat(4)}${'░'.repeat(16)}   50%  5,000 of 10,000`,
    '  canceled 5,000 · asked 1,200 · waiting 3,800',
    '  asks 103/s · about 1m 40s left · 6,200 cancel calls · 130 looks · 3 throttled',
    '  deadline in 23h 59m',
  ]);
});

describe('at every width', () => {
  const many = campaign({
    targets: 100_000,
    states: { canceled: 99_998, refused: 1, waiting: 1 },
    connections: [
      connection({ targets: 100_000, states: { canceled: 99_998, refused: 1, waiting: 1 } }),
      connection({ connection: 'a-connection-with-a-rather-long-name', targets: 0, states: {} }),
    ],
    wave: { number: 2, of: 3, upTo: 500 },
  });
  for (const columns of [40, 60, 80, 120, 200]) {
    test(`${columns} columns: bars stay within, and end below each other`, () => {
      const [, first = '', second = ''] = live(many, columns);
      assert.ok(first.length < columns, first);
      assert.equal(first.indexOf('%'), second.indexOf('%'));
      assert.match(first, / 99%/, '100 % only when nothing is left');
      const tooLong = live(many, columns).filter((line) => line.length >= columns);
      assert.deepEqual(
        tooLong.filter((line) => !line.startsWith('⠋')),
        [],
        'nothing but the headline is left to be cut',
      );
    });
  }
});

test('no targets: full, and no number is divided by it', () => {
  const none = campaign({ targets: 0, states: {}, connections: [connection({ targets: 0, states: {} })] });
  assert.ok(![...live(none), ...status(none)].join('\n').includes('NaN'));
  assert.match(live(none)[1] ?? '', /100% {2}0 of 0/);
});

test('in a pause between waves, when the next one begins', () => {
  const wave = { number: 1, of: 3, upTo: 500, nextAtMs: NOW + 90_000 };
  for (const lines of [live(campaign({ wave })), status(campaign({ wave }))])
    assert.ok(lines.join('\n').includes('the next wave begins in 1m 30s'), lines.join('\n'));
});

test('what is held says why, and until when at least', () => {
  const held = {
    kind: 'unauthenticated',
    code: 'UnrecognizedClientException',
    message: 'The security token is \u001b[2Jinvalid.',
    retryAfterMs: 30_400,
  } as const;
  const lines = live(campaign({ connections: [connection({ held })] }));
  assert.equal(
    lines.at(-1),
    '  ! prod is held: the credential is not accepted, UnrecognizedClientException: The security token is invalid. (next try in 30s or later)',
  );
});

test('what stalls its lanes is told once, and that no Worker answers', () => {
  const problem = {
    subject: 'campaign/spring/lane/1',
    code: 'Provider.denied',
    message: 'no way',
    atMs: NOW,
  };
  const stalled = [problem, { ...problem, subject: 'campaign/spring/lane/2' }];
  assert.deepEqual(live(campaign({ stalled, noWorker: true })).slice(-2), [
    '  ! No Worker answers; it goes on once one runs (`quiesce worker`).',
    '  ! Provider.denied: no way; it is tried again by itself',
  ]);
});

test('a Temporal server that is away is told as that, and no Worker is blamed', () => {
  assert.equal(
    live(campaign({ noWorker: true, noTemporal: true })).at(-1),
    '  ! Temporal does not answer; this is how it was when it did last.',
  );
});

test('nothing that a vendor said of a target reaches the terminal as more than text', () => {
  const clear = '\u001b[2J';
  const row: ReportRow = {
    campaign: 'spring',
    lane: 1,
    task: 'p://prod/task-1',
    provider: 'p',
    connection: 'prod',
    state: 'refused',
    lastState: `RUN${clear}NING`,
    seenBy: `seen${clear}-1`,
    asks: 1,
    askedBy: `asked${clear}-1\n`,
    code: `No${clear}`,
    message: `no${clear} way`,
  };
  const plainTerminal = terminal(100, { LANG: 'C.UTF-8', NO_COLOR: '1' });
  assert.deepEqual(storyLines(row, plainTerminal), [
    'refused  p://prod/task-1  in spring',
    '  last state   RUNNING',
    '  asked        1',
    '  vendor says  No: no way',
    '  request ids  seen-1 asked-1',
    '  lane         1',
  ]);
});

test('the newest five problems, the newest first', () => {
  const problems = [1, 2, 3, 4, 5, 6].map((number) => ({
    subject: `p://prod/task-${number}`,
    code: 'Denied',
    message: 'no\nway',
    atMs: START + number * 1_000,
  }));
  const lines = live(campaign({ problems }));
  assert.deepEqual(
    lines.slice(-6).map((line) => line.trim()),
    [
      'Newest problems',
      ...[6, 5, 4, 3, 2].map((number) => `04:00:0${number}Z  p://prod/task-${number}  Denied: no way`),
    ],
  );
});

test('color is one of the terminal, and takes no room', () => {
  const colored = liveLines(campaign(), terminal(100), {
    nowMs: NOW,
    pace: { asksPerSecond: 103.4, etaMs: 100_000 },
  });
  assert.ok(colored.join('').includes('\u001b['));
  assert.deepEqual(colored.map(stripVTControlCharacters), live(campaign()));
  assert.ok(!live(campaign()).join('').includes('\u001b'));
});

test('without Unicode there is none', () => {
  const lines = liveLines(campaign(), terminal(100, { LANG: 'C' }), { nowMs: NOW });
  // eslint-disable-next-line no-control-regex
  assert.match(stripVTControlCharacters(lines.join('\n')), /^[\u0000-\u007f]*$/);
});

test('a bar is as wide as it was asked to be, whatever the numbers', () => {
  for (const [done, doing, of] of [
    [0, 0, 0],
    [1, 1, 3],
    [3, 0, 3],
    [99_999, 1, 100_000],
    [5, 5, 3],
  ] as const) {
    assert.equal(bar({ done, doing, of }, 17, true).length, 17, `${done} ${doing} ${of}`);
  }
  assert.equal(bar({ done: 1, doing: 1, of: 4 }, 8, false), '##==....');
});

test('a plan says what would happen, what it costs, and how to start it', () => {
  const plan = {
    surveyedAtMs: START,
    wouldCancel: 9_800,
    hasEnded: 120,
    isCanceling: 0,
    notFound: 5,
    wouldBeRefused: 0,
    protected: 75,
    unknown: 0,
    estimates: [
      { connection: 'prod', asks: 9_000, looks: 400, durationMs: 4_920_000 },
      { connection: 'other', asks: 800, looks: 20 },
    ],
  };
  assert.deepEqual(status(campaign({ phase: 'planned', plan })), [
    'Plan spring  10,000 targets, looked at 2027-03-01 04:00:00Z; nothing has been asked.',
    '',
    '  9,800  would be canceled',
    '    120  ended already',
    '     75  protected',
    '      5  not found',
    '',
    '  CONNECTION  CANCEL CALLS  LOOKS  AT ITS QUOTA',
    '  prod        9,000         400    about 1h 22m',
    '  other       800           20     no quota holds it back',
    '',
    'Start it with:',
    '  quiesce campaign start spring',
  ]);
});

test('the end tells the verdicts with what they mean, and what is left to do', () => {
  const states = { canceled: 9_998, unproven: 1, protected: 1 };
  const lines = status(campaign({ phase: 'ended', end: 'done', states, endedAtMs: NOW }));
  assert.deepEqual(lines, [
    '✘ done  spring  10,000 targets',
    '  Every target has its verdict.',
    '',
    '  canceled   9,998  proven: the vendor reports the task canceled',
    '  protected  1      never asked: it is protected',
    '  unproven   1      waiting ended before the task did; it may still be running',
    '',
    '  calls         6,200 cancel calls, 130 looks, 3 throttled',
    '  took          1m, 2027-03-01 04:00:00Z to 2027-03-01 04:01:00Z',
    '  reason        INC-42',
    '  requested by  ann@host',
    '',
    '  1 target is not proven to have ended:',
    '    quiesce campaign report spring --format md  what became of each',
    '    quiesce campaign retry spring               ask again where it may help',
  ]);
});

test('a campaign that left nothing to ask again offers no retry', () => {
  const states = { canceled: 9_999, 'not-found': 1 };
  const lines = status(campaign({ phase: 'ended', end: 'done', states, endedAtMs: NOW })).join('\n');
  assert.match(lines, /campaign report/);
  assert.doesNotMatch(lines, /campaign retry/);
});

test('a well ended campaign, and one of nothing, leave nothing to do', () => {
  const well = status(campaign({ phase: 'ended', end: 'done', states: { canceled: 10_000 } }));
  assert.equal(well[0], '✔ done  spring  10,000 targets');
  assert.ok(!well.join('\n').includes('retry'));
  const nothing = status(campaign({ phase: 'ended', end: 'done', targets: 0, states: {}, connections: [] }));
  assert.equal(nothing[1], '  There was nothing to cancel.');
});

test('the exit code is 0 only when every target is settled', () => {
  assert.equal(exitCodeOfCampaign('done', { canceled: 5, completed: 1, protected: 2 }), 0);
  assert.equal(exitCodeOfCampaign('done', {}), 0);
  assert.equal(exitCodeOfCampaign('done', { canceled: 5, refused: 1 }), 7);
  assert.equal(exitCodeOfCampaign('done', { 'not-found': 1 }), 7);
  assert.equal(exitCodeOfCampaign('aborted', { canceled: 5, 'left-alone': 1 }), 7);
  assert.equal(exitCodeOfCampaign('aborted', { canceled: 5 }), 0, 'all was asked before it was aborted');
  assert.equal(exitCodeOfCampaign('expired', { 'left-alone': 5 }), 8);
  assert.equal(exitCodeOfCampaign('refused', {}), 8);
});

test('the JSON of a status has these fields and no others', () => {
  const states = { canceled: 5_000, refused: 3, asked: 1_197, waiting: 3_700, protected: 100 };
  assert.deepEqual(campaignStatus(campaign({ states }), NOW), {
    id: 'spring',
    phase: 'running',
    targets: 10_000,
    verdicts: { canceled: 5_000, protected: 100, refused: 3 },
    asked: 6_200,
    calls: CALLS,
    etaMs: 47_390,
  });
  assert.equal(campaignStatus(campaign({ phase: 'paused' }), NOW).etaMs, null);
  assert.equal(campaignStatus(campaign({ phase: 'ended', end: 'done' }), NOW).etaMs, 0);
});

test('where lines cannot be redrawn, one line says it all', () => {
  assert.equal(
    changeLine(campaign(), NOW),
    '04:01:00Z  running: 5,000 of 10,000 ended; canceled 5,000, asked 1,200, waiting 3,800',
  );
});
