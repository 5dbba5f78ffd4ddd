import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { createJsonLogger } from '../../telemetry/json-logger.js';
import { logLevel } from '../../telemetry/log-level.js';
import { redact, redactText } from '../../telemetry/redact.js';

const SECRET = 's3cr3t-0f-the-test';

describe('what is logged', () => {
  for (const text of [
    `Authorization: Bearer ${SECRET}`,
    `Basic ${SECRET}`,
    `https://user:${SECRET}@hooks.example.com/x`,
    `see https://hooks.example.com/x?key=${SECRET}.`,
    `x-amz-security-token:${SECRET}`,
    `{"secretAccessKey": "${SECRET}"}`,
    `TEMPORAL_API_KEY=${SECRET}`,
    `password = ${SECRET}`,
  ])
    it(`hides the secret of: ${text.replace(SECRET, '…')}`, () => {
      const shown = redactText(text);
      assert.equal(shown.includes(SECRET), false, shown);
      assert.ok(shown.includes('…'));
    });

  it('hides what stands under the name of a secret, at any depth, and keeps the rest', () => {
    const shown = redact({
      task: 'aws-fsx://sim/task-1',
      clientToken: 'a'.repeat(64),
      credentials: { accessKeyId: SECRET, region: 'eu-west-1' },
      list: [{ apiKey: SECRET }],
      attempts: 3,
    });
    assert.deepEqual(shown, {
      task: 'aws-fsx://sim/task-1',
      clientToken: 'a'.repeat(64),
      credentials: { accessKeyId: '…', region: 'eu-west-1' },
      list: [{ apiKey: '…' }],
      attempts: 3,
    });
  });

  it('ends, whatever it is given', () => {
    const round: Record<string, unknown> = { name: 'round' };
    round['self'] = round;
    const cause = new Error(`token=${SECRET}`);
    const text = JSON.stringify(redact({ round, error: new Error('outer', { cause }), size: 7n }));
    assert.ok(text.includes('outer') && text.includes('"size":"7"'));
    assert.equal(text.includes(SECRET), false);
  });

  it('is a line of JSON for each message of the level or above', () => {
    const lines: string[] = [];
    const logger = createJsonLogger('WARN', (line) => lines.push(line));
    logger.info('left out');
    logger.warn(`a\nb ${SECRET}`, { workflowId: 'cancel/x', password: SECRET });
    logger.log('ERROR', 'worse', {});
    assert.equal(lines.length, 2);
    const { time, ...line } = JSON.parse(lines[0]!) as Record<string, unknown>;
    assert.ok(Math.abs(Date.parse(String(time)) - Date.now()) < 60_000);
    assert.deepEqual(line, {
      level: 'warn',
      msg: `a\nb ${SECRET}`,
      workflowId: 'cancel/x',
      password: '…',
    });
  });

  it('names a run alike for Workflows and Activities, and tells no token of an Activity', () => {
    const lines: string[] = [];
    const logger = createJsonLogger('INFO', (line) => lines.push(line));
    logger.info('asked', { workflowRunId: 'run-1', taskToken: SECRET, nested: { taskToken: SECRET } });
    const { time: _, ...line } = JSON.parse(lines[0]!) as Record<string, unknown>;
    assert.deepEqual(line, { level: 'info', msg: 'asked', nested: { taskToken: '…' }, runId: 'run-1' });
  });

  it('has the level that QUIESCE_LOG_LEVEL says', () => {
    assert.equal(logLevel({ QUIESCE_LOG_LEVEL: 'debug' }), 'DEBUG');
    assert.equal(logLevel({ QUIESCE_LOG_LEVEL: 'loud' }), 'INFO');
    assert.equal(logLevel({}), 'INFO');
  });
});
