import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { describe, it } from 'node:test';
import type { JournalCall } from '../../simulator/journal.js';
import { taskKey, type Evidence, type Target, type Told, type Truth, type VendorFacts } from './evidence.js';
import { INVARIANTS, judge, type InvariantName } from './invariants.js';

const RUN = '0199aaaa-0000-7000-8000-000000000001';
const LANE_RUN = '0199aaaa-0000-7000-8000-000000000002';
const ASKED_AT = '2026-11-21T12:00:00.000Z';
const CANCELING_MS = 3_000;
const SEEN_AT = '2026-11-21T12:00:03.500Z';
const SECRET = 'a secret that nobody may tell';

const token = (run: string, uri: string) => createHash('sha256').update(`${run}\n${uri}\n1`).digest('hex');

const single: Target = {
  trigger: 'single',
  uri: 'vendor://here/1',
  provider: 'vendor',
  id: '1',
  story: 'cancels',
};
const inCampaign: Target = { ...single, trigger: 'campaign', uri: 'vendor://here/2', id: '2' };
const erasable: Target = {
  ...inCampaign,
  uri: 'eraser://here/3',
  provider: 'eraser',
  id: '3',
  story: 'finishes meanwhile',
};

const toldOf = ({ trigger, uri }: Target, tokens: readonly string[] = []): Told => ({
  trigger,
  uri,
  word: 'canceled',
  lastState: 'CANCELED',
  lastSeenAt: SEEN_AT,
  tokens,
  ...(trigger === 'single' && { runId: RUN }),
});

const canceled: Truth = {
  state: 'canceled',
  word: 'CANCELED',
  cancelRequestedAt: ASKED_AT,
  cancelingMs: CANCELING_MS,
};
const finished: Truth = {
  state: 'completed',
  word: 'SUCCESS',
  cancelingMs: CANCELING_MS,
  endsAtMs: Date.parse(ASKED_AT),
};

const vendor: VendorFacts = {
  cancel: 'Cancel',
  quotas: { Cancel: { calls: 10, perMs: 1_000 } },
  throttledCode: 'TooMany',
  cancelLeaves: 'record',
  tellsNoFailure: false,
};

const ask = (number: number, { id, uri, provider }: Target, run: string): JournalCall => ({
  number,
  at: ASKED_AT,
  provider,
  operation: 'Cancel',
  requestId: `r${number}`,
  status: 200,
  taskIds: [id],
  token: token(run, uri),
  effect: true,
});

/** A scenario in which all is well: one single cancellation, and a campaign of two. */
const GOOD: Evidence = {
  targets: [single, inCampaign, erasable],
  told: [
    toldOf(single, [token(RUN, single.uri)]),
    toldOf(inCampaign, [token(LANE_RUN, inCampaign.uri)]),
    { ...toldOf(erasable), word: 'completed' },
  ],
  truths: new Map([
    [taskKey(single), canceled],
    [taskKey(inCampaign), canceled],
    [taskKey(erasable), finished],
  ]),
  vendors: new Map([
    ['vendor', vendor],
    ['eraser', { ...vendor, cancelLeaves: 'nothing' }],
  ]),
  calls: [ask(1, single, RUN), ask(2, inCampaign, LANE_RUN)],
  effects: [
    { provider: 'vendor', operation: 'Cancel', task: '1', token: token(RUN, single.uri), count: 1 },
    { provider: 'vendor', operation: 'Cancel', task: '2', token: token(LANE_RUN, inCampaign.uri), count: 1 },
  ],
  counted: [
    { trigger: 'campaign', targets: 2, states: { waiting: 2 } },
    { trigger: 'campaign', targets: 2, states: { canceled: 1, completed: 1 } },
  ],
  laneRuns: new Map([['campaign', [LANE_RUN]]]),
  texts: [{ where: 'a log', text: Buffer.from('all is well') }],
  secrets: [SECRET],
  running: new Map([['quota/here', 'shareQuota']]),
  unreplayed: [],
  replayed: 3,
  falls: [],
  jams: 0,
};

const [toldSingle, toldInCampaign, toldErasable] = GOOD.told as [Told, Told, Told];
const retold = (told: Told) => ({ told: [told, toldInCampaign, toldErasable] });
const called = (...more: readonly Partial<JournalCall>[]) => ({
  calls: [...GOOD.calls, ...more.map((each, place) => ({ ...ask(3 + place, single, RUN), ...each }))],
});

const tooMany = (count: number) =>
  Array.from({ length: count }, () => ({ errorCode: 'TooMany', effect: false }));

/** For each invariant, what must offend it, and it alone. */
const OFFENCES: Readonly<Record<InvariantName, Readonly<Record<string, Partial<Evidence>>>>> = {
  'every target has exactly one verdict': {
    'one has none': { told: [toldInCampaign, toldErasable] },
    'one has two': { told: [toldSingle, toldSingle, toldInCampaign, toldErasable] },
    'nobody asked for one': { told: [...GOOD.told, { ...toldSingle, uri: 'vendor://here/9' }] },
  },
  'no verdict claims an end that the cloud has not reached': {
    'it runs on': {
      truths: new Map([...GOOD.truths, [taskKey(single), { ...canceled, state: 'running' }]]),
    },
    'it is canceling yet': {
      truths: new Map([...GOOD.truths, [taskKey(single), { ...canceled, state: 'canceling' }]]),
    },
    'it was told too early': retold({ ...toldSingle, lastSeenAt: '2026-11-21T12:00:02.999Z' }),
    'nobody says when it was seen': retold(without(toldSingle, 'lastSeenAt')),
    'another end': retold({ ...toldSingle, word: 'completed' }),
    'it is there, and told to be missing': retold({ ...toldSingle, word: 'not-found' }),
    'the waiting ended before the task': retold({ ...toldSingle, word: 'unproven' }),
    'it ended in an error': retold({ ...toldSingle, word: 'Provider.unrecognized' }),
    'the simulator does not know it': { truths: new Map([...GOOD.truths].slice(1)) },
  },
  'an answer that cannot be read costs one target at most': {
    'two of one': {
      ...called({ fault: 'malformed' }),
      told: [{ ...toldSingle, word: 'errored' }, { ...toldInCampaign, word: 'errored' }, toldErasable],
    },
  },
  'no task is changed twice': {
    'under one token': { effects: GOOD.effects.map((effect) => ({ ...effect, count: 2 })) },
    'three times, the last of which erased it': {
      truths: new Map([...GOOD.truths, [taskKey(erasable), { ...finished, word: '(gone)' }]]),
      effects: [...GOOD.effects, { provider: 'eraser', operation: 'Cancel', task: '3', count: 3 }],
    },
    'under two': { effects: [...GOOD.effects, { ...GOOD.effects[0]!, token: 'another' }] },
  },
  'no record of an ended task is erased': {
    'long after its end': called({
      provider: 'eraser',
      taskIds: ['3'],
      token: token(LANE_RUN, erasable.uri),
      at: '2026-11-21T12:00:30.000Z',
    }),
  },
  'every ask carries the right token': {
    'of another task': called({ token: token(RUN, inCampaign.uri) }),
    'of another run': called({ token: token('another', single.uri) }),
    'told and not right': retold({ ...toldSingle, tokens: [token(RUN, single.uri), 'made up'] }),
  },
  'counts add up': {
    'not amid it': {
      counted: [{ trigger: 'campaign', targets: 2, states: { waiting: 1 } }, GOOD.counted[1]!],
    },
    'not with what is reported': {
      counted: [{ trigger: 'campaign', targets: 2, states: { canceled: 2 } }],
    },
    'not with what was given': {
      counted: [{ trigger: 'campaign', targets: 3, states: { canceled: 2, completed: 1 } }],
    },
  },
  'no secret is told': {
    'in a text': { texts: [{ where: 'a history', text: `{"message":"${SECRET}"}` }] },
    'amid bytes': { texts: [{ where: 'a database', text: Buffer.from(`\0\x01${SECRET}\xff`) }] },
  },
  'no Workflow is left running without reason': {
    'a cancellation': { running: new Map([['cancel/vendor/here/1', 'cancelTask']]) },
    'a lane': { running: new Map([['campaign/c/lane/1', 'campaignLane']]) },
  },
  'quotas are kept': {
    'too many calls': called(...tooMany(3)),
    'more than a network can have held up': { ...called(...tooMany(11)), jams: 1 },
  },
  'every history replays': {
    'one does not': { unreplayed: ['cancel/vendor/here/1: Nondeterminism'] },
    'none was tried': { replayed: 0 },
  },
  'no process falls': { 'a Worker ends by itself': { falls: ['worker-1 ended with 1'] } },
};

describe('the invariants of test:chaos', () => {
  it('have nothing against a scenario in which all is well', () => {
    assert.deepEqual(judge(GOOD), []);
  });

  it('take throttling for a breach only where nobody scripted it', () => {
    const scripted = tooMany(3).map((each) => ({ ...each, fault: 'throttle' as const }));
    assert.deepEqual(judge({ ...GOOD, ...called(...scripted) }), []);
  });

  it('let a network let through at once what it has held up for a second', () => {
    assert.deepEqual(judge({ ...GOOD, ...called(...tooMany(10)), jams: 1 }), []);
  });

  it('let a task that never ends be unproven', () => {
    const stuck = { ...single, story: 'is stuck' } as const;
    const evidence: Evidence = {
      ...GOOD,
      targets: [stuck, inCampaign, erasable],
      truths: new Map([...GOOD.truths, [taskKey(single), { ...canceled, state: 'canceling' }]]),
      ...retold({ ...toldSingle, word: 'unproven' }),
    };
    assert.deepEqual(judge(evidence), []);
  });

  for (const [name, offences] of Object.entries(OFFENCES))
    describe(name, () => {
      for (const [what, change] of Object.entries(offences))
        it(`bites: ${what}`, () => {
          const wrongs = INVARIANTS[name as InvariantName]({ ...GOOD, ...change });
          assert.ok(wrongs.length > 0);
          assert.ok(judge({ ...GOOD, ...change }).some((wrong) => wrong.startsWith(`${name}: `)));
        });
    });
});

function without<T extends object, Name extends keyof T>(from: T, name: Name): Omit<T, Name> {
  const { [name]: _, ...rest } = from;
  return rest;
}
