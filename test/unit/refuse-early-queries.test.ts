import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { EARLY_QUERY } from '../../contract/early-query.js';
import { msBetween, realTimeMs } from '../../workflows/real-time-ms.js';
import { interceptors } from '../../workflows/refuse-early-queries.js';

type Activate = NonNullable<NonNullable<ReturnType<typeof interceptors>['internals']>[number]['activate']>;
type Activation = Parameters<Activate>[0]['activation'];

const FIRED = [{ fireTimer: { seq: 1 } }];
const ASKED = [{ queryWorkflow: { queryId: 'legacy_query', queryType: 'progress' } }];

describe('a run takes in nothing ahead of its Workflow Task', () => {
  it('when a Query comes with events that no Workflow Task has brought', () => {
    const activate = run();
    activate(at(1, 3, []));
    activate(at(2, 8, FIRED));
    assert.throws(() => activate(at(2, 10, FIRED)), { message: EARLY_QUERY });
  });

  it('when a Query comes with a Workflow Task that another Worker has begun', () => {
    const activate = run();
    activate(at(1, 3, [], { isReplaying: true }));
    activate(at(2, 8, FIRED));
    assert.throws(() => activate(at(2, 8, ASKED)), { message: EARLY_QUERY });
  });

  it('and is another than one that was queried between its Workflow Tasks', () => {
    const activate = run();
    activate(at(1, 3, []));
    // What its last Workflow Task led to is history, too, and no news to it.
    activate(at(1, 6, ASKED));
    activate(at(2, 9, FIRED));
    activate(at(2, 9, ASKED));
    activate(at(3, 14, FIRED));
  });

  it('and is another than one that is queried a while after its first Workflow Task since a replay', () => {
    let nowMs = 3_599_000;
    const activate = run(() => nowMs);
    activate(at(1, 3, [], { isReplaying: true }));
    activate(at(2, 8, FIRED));
    nowMs = 500; // Of the next hour.
    assert.throws(() => activate(at(2, 8, ASKED)), { message: EARLY_QUERY });
    nowMs = 3_598_000;
    assert.throws(() => activate(at(2, 8, ASKED)), { message: EARLY_QUERY }, 'the clock was set back');
    nowMs = 1_000;
    activate(at(2, 8, ASKED));
  });

  it('and is another than one that was replayed for a Query', () => {
    const activate = run();
    activate(at(1, 3, [], { isReplaying: true }));
    activate(at(2, 8, FIRED, { isReplaying: true }));
    activate(at(2, 8, ASKED));
  });

  it('and is another than one whose Workflow Task brings a Query', () => {
    const activate = run();
    activate(at(1, 3, [], { isReplaying: true }));
    activate(at(2, 8, FIRED));
    activate(at(2, 8, [{ queryWorkflow: { queryId: '1', queryType: 'progress' } }]));
  });

  it('and is another than one whose Workflow Task took several turns', () => {
    const activate = run();
    activate(at(1, 3, []));
    activate(at(2, 9, FIRED));
    activate(at(2, 9, []));
    activate(at(2, 9, FIRED));
    activate(at(3, 14, FIRED));
  });

  it("and is another than one that is replayed while a server's clock stood still", () => {
    const activate = run();
    activate(at(2, 3, [], { isReplaying: true }));
    activate(at(2, 9, FIRED, { isReplaying: true }));
    activate(at(3, 14, FIRED));
  });
});

/** A run's activation from its beginning to its end, which tells whether what stands after our part of it was reached. */
function run(nowMs?: () => number): (activation: Activation) => void {
  const [internals] = interceptors(nowMs).internals ?? [];
  assert.ok(internals);
  return (activation) => {
    let isPassedOn = false;
    internals.activate?.({ activation, batchIndex: 0 }, () => void (isPassedOn = true));
    assert.ok(isPassedOn);
    internals.concludeActivation?.({ commands: [] }, (input) => input);
  };
}

function at(
  atSeconds: number,
  historyLength: number,
  jobs: NonNullable<Activation['jobs']>,
  { isReplaying = false } = {},
): Activation {
  return { timestamp: { seconds: atSeconds as never, nanos: 0 }, historyLength, jobs, isReplaying };
}

describe('real time in a Workflow', () => {
  it('is that of the hour, in milliseconds', () => {
    const awayMs = msBetween(Date.now() % 3_600_000, realTimeMs());
    assert.ok(awayMs >= 0 && awayMs < 1_000, String(awayMs));
  });
});
