import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { withBeats, type LaneBeat } from '../../client/live-progress.js';
import type { CampaignProgress, StateCounts, TargetState } from '../../contract/campaign.js';

const STATES: readonly TargetState[] = [
  'waiting',
  'open',
  'asked',
  'answered',
  'canceling',
  'canceled',
  'refused',
];
const NO_CALLS = { asks: 0, looks: 0, throttled: 0 };

function progress(byConnection: readonly StateCounts[]): CampaignProgress {
  const connections = byConnection.map((states, index) => ({
    connection: `c${index}`,
    provider: 'some-cloud',
    targets: sum(states),
    states,
    calls: NO_CALLS,
  }));
  const targets = connections.reduce((all, each) => all + each.targets, 0);
  const lanes = { numbers: [1], running: [1], ended: 0 };
  const told = { id: 'a', phase: 'running' as const, reason: 'a test', createdAtMs: 0, problems: [] };
  return { ...told, targets, states: {}, calls: NO_CALLS, connections, lanes };
}

function sum(states: StateCounts): number {
  return Object.values(states).reduce((all, count) => all + count, 0);
}

const ASKING = ['waiting'] as const;
const PROVING = ['asked', 'answered', 'canceling', 'open'] as const;

function beat(from: readonly TargetState[], states: readonly TargetState[], asks = 0): LaneBeat {
  const changes = states.map((state, place) => [place, { state }] as const);
  return { connection: 'c0', from, beat: { changes, calls: { ...NO_CALLS, asks } } };
}

describe('live progress', () => {
  it('moves what was asked since, and adds the calls', () => {
    const live = withBeats(progress([{ waiting: 5 }]), [beat(ASKING, ['asked', 'asked', 'canceled'], 2)]);
    assert.deepEqual(live.states, { waiting: 2, asked: 2, canceled: 1 });
    assert.deepEqual(live.calls, { asks: 2, looks: 0, throttled: 0 });
    assert.deepEqual(live.connections[0]?.states, live.states);
  });

  it('moves what was proven since, and lets what is still on the way be', () => {
    const before = progress([{ asked: 1, canceling: 2, waiting: 1 }]);
    const live = withBeats(before, [beat(PROVING, ['canceled', 'canceled', 'canceling'])]);
    assert.deepEqual(live.states, { canceling: 1, waiting: 1, canceled: 2 });
  });

  it('always adds up, whatever the heartbeats say', () => {
    const counts = fc.dictionary(fc.constantFrom(...STATES), fc.nat(20), { noNullPrototype: true });
    const beats = fc.array(
      fc.record({
        connection: fc.constantFrom('c0', 'c1', 'elsewhere'),
        from: fc.constantFrom<readonly TargetState[]>(ASKING, PROVING),
        beat: fc.record({
          changes: fc.array(fc.constantFrom(...STATES).map((state) => [0, { state }] as const)),
          calls: fc.constant(NO_CALLS),
        }),
      }),
    );
    fc.assert(
      fc.property(fc.array(counts, { minLength: 1, maxLength: 2 }), beats, (byConnection, given) => {
        const before = progress(byConnection);
        const live = withBeats(before, given);
        assert.equal(sum(live.states), before.targets);
        for (const { states, targets } of live.connections) {
          assert.equal(sum(states), targets);
          assert.ok(Object.values(states).every((count) => count >= 0));
        }
      }),
    );
  });
});
