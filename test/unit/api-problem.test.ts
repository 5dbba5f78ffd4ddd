import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import * as client from '../../client/index.js';
import { problemBody, PROBLEMS, ProblemError, toProblem } from '../../api/problem.js';

describe('problems of the API', () => {
  it('are there for every error that the client tells its callers', () => {
    // Told as a status of the cancellation, and not thrown at a caller of the service; or for the service's log alone.
    const notTold = ['CancellationFailedError', 'TemporalConfigError', 'EncryptionError'];
    const names = Object.keys(client).filter((name) => name.endsWith('Error') && !notTold.includes(name));
    const toldOtherwise = ['TemporalUnreachableError', 'NotSetUpError', 'CampaignGivenUpError'];
    assert.ok(names.length >= 10);
    for (const name of names) {
      const error = Object.assign(new Error('what to do'), { name });
      const problem = toProblem(error);
      assert.notEqual(problem.slug, 'internal', name);
      assert.equal(problem.message === 'what to do', !toldOtherwise.includes(name), name);
      assert.equal(problem.more.headers !== undefined, problem.status === 503, name);
    }
  });

  it('tell nothing of what nobody expected', () => {
    for (const thrown of [
      new Error('secret at /etc/x.js:1'),
      new TypeError('x is not a function'),
      'text',
      undefined,
      null,
      7,
    ]) {
      const problem = toProblem(thrown);
      assert.equal(problem.slug, 'internal');
      assert.equal(JSON.stringify(problemBody(problem, 'r-1')).includes('secret'), false);
    }
  });

  it('tell a caller that went away as no fault of ours, and a connection of ours that did as one', () => {
    const gone = Object.assign(new Error('aborted'), { code: 'ECONNRESET' });
    assert.equal(toProblem(gone).slug, 'internal');
    assert.equal(toProblem(Object.assign(gone, { statusCode: 400 })).slug, 'invalid-request');
  });

  it('tell a Temporal that is away, at whatever depth', () => {
    for (const code of [1, 4, 8, 14]) {
      const grpc = Object.assign(new Error('away'), { code, details: 'away', metadata: {} });
      const wrapped = new Error('Failed to start', { cause: new Error('inner', { cause: grpc }) });
      assert.equal(toProblem(wrapped).slug, 'temporal-unavailable', String(code));
    }
    const invalid = Object.assign(new Error('bad'), { code: 3, details: 'bad', metadata: {} });
    assert.equal(toProblem(invalid).slug, 'internal');
  });

  it('have a body that says what it is', () => {
    const problem = new ProblemError('unknown-connection', 'There is no connection "x".', {
      faults: [{ at: '/task', message: 'names it' }],
    });
    assert.deepEqual(problemBody(problem, 'r-1'), {
      type: 'urn:quiesce:problem:unknown-connection',
      title: PROBLEMS['unknown-connection'].title,
      status: 400,
      detail: 'There is no connection "x".',
      requestId: 'r-1',
      errors: [{ at: '/task', message: 'names it' }],
    });
  });
});
