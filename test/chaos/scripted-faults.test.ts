import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { FaultRequest } from '../../simulator/control-requests.js';
import type { JournalCall } from '../../simulator/journal.js';
import { unmet, type Scripted } from './scripted-faults.js';

const THROTTLED: FaultRequest = { kind: 'throttle', times: 40, match: { provider: 'vendor' } };
const REVOKED: FaultRequest = { kind: 'error', times: 'always', match: { provider: 'vendor' } };
const OF_A_SINGLE: FaultRequest = { kind: 'reset', times: 1, match: { provider: 'vendor', taskIds: ['1'] } };

const scripted = (fault: FaultRequest, applied: number): Scripted => ({ id: 1, fault, applied });
const call = (provider: string, id: string | undefined, fault?: JournalCall['fault']): JournalCall => ({
  number: 1,
  at: '2026-11-22T12:00:00.000Z',
  provider,
  operation: 'Cancel',
  requestId: 'r',
  status: 200,
  taskIds: id === undefined ? [] : [id],
  effect: false,
  ...(fault !== undefined && { fault }),
});

describe('a fault that is scripted in a cloud', () => {
  it('has to strike as often as it was scripted', () => {
    assert.deepEqual(unmet([scripted(THROTTLED, 40), scripted(REVOKED, 1)], []), []);
    assert.match(unmet([scripted(THROTTLED, 39)], [])[0] ?? '', /"throttle" struck 39 of 40 times/);
    assert.match(unmet([scripted(REVOKED, 0)], [])[0] ?? '', /"error" struck 0 of 1 times/);
  });

  it('of a single counts as met when the single has met another', () => {
    assert.equal(unmet([scripted(OF_A_SINGLE, 0)], [call('vendor', '1')]).length, 1);
    assert.equal(unmet([scripted(OF_A_SINGLE, 0)], [call('other', '1', 'reset')]).length, 1);
    assert.equal(unmet([scripted(OF_A_SINGLE, 0)], [call('vendor', '2', 'reset')]).length, 1);
    assert.deepEqual(unmet([scripted(OF_A_SINGLE, 0)], [call('vendor', '1', 'hang')]), []);
    // A list names nobody.
    assert.deepEqual(unmet([scripted(OF_A_SINGLE, 0)], [call('vendor', undefined, 'reset')]), []);
    assert.equal(unmet([scripted(OF_A_SINGLE, 0)], [call('vendor', undefined, 'hang')]).length, 1);
    assert.equal(unmet([scripted(THROTTLED, 0)], [call('vendor', '1', 'hang')]).length, 1);
  });
});
