import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { InvalidTaskError, Quiesce, TemporalUnreachableError } from '../../client/index.js';
import { campaignQuery } from '../../client/campaign-summary.js';
import { visibilityQuery } from '../../client/list-cancellations.js';
import { toTaskRef } from '../../client/to-task-ref.js';

const ID = 'task-0123456789abcdef0';
const task = { provider: 'aws-fsx', connection: 'prod', ids: { taskId: ID } };

describe('the typed client', () => {
  it('takes a task as a reference or as a URI', () => {
    assert.deepEqual(toTaskRef(`aws-fsx://prod/${ID}`), task);
    assert.deepEqual(toTaskRef(task), task);
  });

  const wrong: [string, unknown, RegExp][] = [
    ['a bare id', ID, /is no task URI; one looks like aws-fsx:\/\//],
    ['an unknown provider', `gcp://prod/${ID}`, /no provider "gcp"; known: aws-fsx/],
    ['a malformed id', 'aws-fsx://prod/task-xyz', /"task-xyz" is no taskId of aws-fsx; one looks like task-/],
    ['too many ids', `aws-fsx://prod/${ID}/more`, /is named by taskId .*; 2 given/],
    ['an id of another name', { ...task, ids: { id: ID } }, /has no id "id"; it has taskId/],
    ['no connection', { ...task, connection: '' }, /needs the name of its connection/],
  ];
  for (const [name, input, message] of wrong) {
    it(`refuses ${name}`, () => {
      assert.throws(
        () => toTaskRef(input as string),
        (thrown: unknown) => {
          assert.ok(thrown instanceof InvalidTaskError);
          assert.match(thrown.message, message);
          return true;
        },
      );
    });
  }

  it('says within seconds where no Temporal answers, and what to do', async () => {
    const started = Date.now();
    await assert.rejects(
      Quiesce.connect({ address: '127.0.0.1:1', connectTimeoutMs: 1_000 }),
      (thrown: unknown) => {
        assert.ok(thrown instanceof TemporalUnreachableError);
        assert.match(thrown.message, /127\.0\.0\.1:1.*TEMPORAL_ADDRESS/s);
        return true;
      },
    );
    assert.ok(Date.now() - started < 5_000);
  });

  it('quotes what it puts into a visibility query', () => {
    assert.equal(
      visibilityQuery({ requestedBy: "o'neil", running: true }),
      String.raw`WorkflowType = 'cancelTask' AND QuiesceRequestedBy = 'o\'neil' AND CloseTime IS NULL`,
    );
    assert.equal(
      campaignQuery({ requestedBy: 'ada', running: false }),
      "WorkflowType = 'cancelCampaign' AND CloseTime IS NOT NULL AND QuiesceRequestedBy = 'ada'",
    );
    fc.assert(
      fc.property(fc.string(), (requestedBy) => {
        const query = visibilityQuery({ requestedBy });
        const value = query.slice(query.indexOf('QuiesceRequestedBy'));
        assert.match(value, /^QuiesceRequestedBy = '(?:[^'\\]|\\.)*'$/s);
      }),
    );
  });
});
