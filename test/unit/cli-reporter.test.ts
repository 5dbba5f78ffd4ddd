import assert from 'node:assert/strict';
import { describe, it, type TestContext } from 'node:test';
import { createReporter } from '../../cli/reporter.js';
import { createTerminal } from '../../cli/terminal.js';
import type { CancellationStatus } from '../../client/types.js';

const WAITING: CancellationStatus = {
  id: 'cancel/aws-fsx/prod/task-0123456789abcdef0',
  runId: 'r',
  firstRunId: 'r',
  task: 'aws-fsx://prod/task-0123456789abcdef0',
  phase: 'waiting-for-worker',
  workflowStatus: 'RUNNING',
  startedAt: '2026-11-21T12:00:00.000Z',
};

function reporterAt(context: TestContext) {
  context.mock.timers.enable({ apis: ['setTimeout'] });
  const text = { err: '' };
  const err = { write: (more: string) => (text.err += more) };
  const terminal = createTerminal({ write: () => true }, err, {});
  return { text, reporter: createReporter({ terminal, env: {}, cwd: '/', exitCode: 0 }, 'json') };
}

describe('what is told while somebody waits', () => {
  it('says once that no Worker takes it, when that has lasted', (context) => {
    const { text, reporter } = reporterAt(context);
    reporter.show(WAITING);
    context.mock.timers.tick(1_999);
    reporter.show(WAITING);
    assert.equal(text.err, '');
    context.mock.timers.tick(60_000);
    assert.match(text.err, /^No Worker has taken it yet; [^\n]+\n$/);
  });

  it('says nothing of it when one takes it meanwhile, or it is over', (context) => {
    const { text, reporter } = reporterAt(context);
    reporter.show(WAITING);
    reporter.show({ ...WAITING, phase: 'ended', result: {} as never });
    context.mock.timers.tick(60_000);
    reporter.show(WAITING);
    reporter.close();
    context.mock.timers.tick(60_000);
    assert.equal(text.err, '');
  });

  it('tells any other problem at once', (context) => {
    const { text, reporter } = reporterAt(context);
    reporter.show({ ...WAITING, phase: 'observing' });
    assert.match(text.err, /^No Worker answers; /);
  });
});
