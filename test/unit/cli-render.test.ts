import assert from 'node:assert/strict';
import { test } from 'node:test';
import { renderResult } from '../../cli/render-result.js';
import { changeLine, liveLines, problemOf, statusLines, vendorsWord } from '../../cli/render-status.js';
import { createTerminal } from '../../cli/terminal.js';
import type { CancellationStatus } from '../../client/types.js';
import type { CancelProgress, CancelResult } from '../../contract/cancellation.js';

const pipe = { write: () => true };
const terminal = createTerminal(pipe, pipe, { LANG: 'C.UTF-8' });

const result: CancelResult = {
  id: 'cancel/p/prod/task-1',
  runId: 'run-1',
  connection: 'prod',
  provider: 'p',
  task: 'p://prod/task-1',
  verdict: 'canceled',
  evidence: {
    lastState: 'CANCELED',
    lastStateAt: '2027-03-01T04:05:09.000Z',
    observedAt: '2027-03-01T04:05:09.000Z',
    observations: 3,
    asks: 1,
    askedAt: '2027-03-01T04:05:06.500Z',
    requestIds: ['r-1', 'r-2'],
    answer: { kind: 'accepted', rawState: 'CANCELING', requestId: 'r-2' },
  },
  attempts: 1,
  clientTokens: ['f00d'],
  requestedBy: 'ann@host',
  reason: 'INC-42',
  startedAt: '2027-03-01T04:05:06.000Z',
  endedAt: '2027-03-01T04:05:09.000Z',
};

const progress: CancelProgress = {
  phase: 'proving',
  startedAtMs: Date.parse('2027-03-01T04:05:06Z'),
  deadlineAtMs: Date.parse('2027-03-01T05:05:06Z'),
  attempts: 1,
  clientTokens: ['f00d'],
  asks: 1,
  observation: { state: 'active', rawState: 'EXECUTING', observedAt: '2027-03-01T04:05:06Z' },
  observations: 1,
  seen: true,
  requestIds: [],
  task: 'p://prod/task-1',
};

const status: CancellationStatus = {
  id: 'cancel/p/prod/task-1',
  runId: 'run-1',
  firstRunId: 'run-1',
  task: 'p://prod/task-1',
  phase: 'proving',
  workflowStatus: 'RUNNING',
  startedAt: '2027-03-01T04:05:06.000Z',
  progress,
  pending: {
    activity: 'awaitEnd',
    attempt: 4,
    lastFailure: { type: 'StillWaiting', message: 'CANCELING, 4 of 9 done' },
  },
};

function withFailure(type: string, message: string): CancellationStatus {
  return { ...status, pending: { activity: 'awaitEnd', attempt: 4, lastFailure: { type, message } } };
}

test('a verdict is told with all it stands on', () => {
  assert.deepEqual(renderResult(result, terminal, 'http://ui/run'), [
    '✔ canceled  p://prod/task-1',
    '  Proven: the vendor reports the task canceled.',
    '',
    '  last state    CANCELED, seen 2027-03-01 04:05:09Z',
    '  asked         1 time, last 04:05:06Z: accepted, CANCELING',
    '  looks         3',
    '  request ids   r-1 r-2',
    '  client token  f00d',
    '  requested by  ann@host: INC-42',
    '  took          3s, 2027-03-01 04:05:06Z to 2027-03-01 04:05:09Z',
    '  workflow      cancel/p/prod/task-1',
    '  run           run-1',
    '  Temporal UI   http://ui/run',
  ]);
});

test('a verdict without proof says so, what is known, and what to do', () => {
  const lines = renderResult(
    {
      ...result,
      verdict: 'unproven',
      evidence: {
        ...result.evidence,
        lastState: 'CANCELING',
        givenUp: { how: 'abandoned', by: 'bob', reason: 'gone', at: '2027-03-01T04:05:09.000Z' },
        lastLookFailure: 'Throttled',
      },
    },
    terminal,
  );
  assert.match(
    lines.join('\n'),
    /✘ unproven .*\n {2}Not proven: .*may still be running\.\n {2}Run the same command again/,
  );
  assert.ok(lines.includes('  gave up       abandoned, bob: gone, 04:05:09Z'));
  assert.ok(lines.includes('  last look     failed: Throttled'));
});

test("a refusal gives the vendor's code, and nothing a terminal would act on", () => {
  const answer = {
    kind: 'refused',
    code: 'Unsupported',
    message: 'no\u001b[2J way',
    requestId: 'r',
  } as const;
  const lines = renderResult(
    { ...result, verdict: 'refused', evidence: { ...result.evidence, answer } },
    terminal,
  );
  assert.ok(lines.includes('  asked         1 time, last 04:05:06Z: refused, Unsupported: no way'));
});

test('of a task that was not found, the hints it was looked for by are told: they may be wrong', () => {
  const lost = { ...result, verdict: 'not-found' as const };
  const advice = (more: object) => renderResult({ ...lost, ...more }, terminal)[2];
  const usual =
    '  Check the id, and that the connection is for the right account and region. A vendor may also have forgotten a task that ended long ago.';
  assert.equal(advice({}), usual);
  assert.equal(
    advice({ hints: { createdOn: '2026-11-20', owner: 'b\u001b[2Job' } }),
    `${usual} It was looked for by createdOn 2026-11-20 and owner bob: if that is wrong, mend it or leave it out.`,
  );
  const found = renderResult({ ...result, hints: { createdOn: '2026-11-20' } }, terminal);
  assert.ok(!found.join('\n').includes('createdOn'));
});

test('while polling, the newest poll is what the vendor says', () => {
  assert.equal(vendorsWord(status), 'CANCELING, 4 of 9 done');
  assert.equal(vendorsWord({ ...status, pending: { activity: 'awaitEnd', attempt: 1 } }), 'EXECUTING');
  assert.equal(changeLine(status), 'waiting for proof of the end; the vendor says CANCELING, 4 of 9 done');
});

test('waiting shows phase, vendor, looks, time and deadline in two lines', () => {
  const now = Date.parse('2027-03-01T04:05:18Z');
  assert.deepEqual(
    liveLines(status, terminal, now).map((line) => line.slice(2)),
    [
      'waiting for proof of the end  p://prod/task-1',
      'the vendor says CANCELING, 4 of 9 done · 4 looks · 12s so far · deadline in 59m 48s',
    ],
  );
});

test('a poll that finds the task not ended is no problem; every other failure is', () => {
  assert.equal(problemOf(status), undefined);
  assert.equal(
    problemOf(withFailure('Provider.throttled', 'prod: Throttled: Slow down.')),
    'Provider.throttled: prod: Throttled: Slow down.',
  );
  assert.match(
    problemOf(withFailure('TypeError', 'x')) ?? '',
    /^TypeError: x It is tried again by itself\.$/,
  );
  assert.match(problemOf({ ...status, phase: 'waiting-for-worker' }) ?? '', /`quiesce worker`/);
  assert.equal(problemOf({ ...withFailure('Provider.throttled', 'x'), result }), undefined);
});

test('the status of a cancellation under way names its deadline and its problem', () => {
  const now = Date.parse('2027-03-01T04:05:18Z');
  const text = statusLines(withFailure('Provider.denied', 'prod: AccessDenied: no.'), terminal, now).join(
    '\n',
  );
  assert.match(text, /Provider\.denied: prod: AccessDenied: no\./);
  assert.match(text, /deadline +2027-03-01 05:05:06Z, in 59m 48s/);
});
