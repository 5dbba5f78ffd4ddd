import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { JournalCall } from '../../simulator/journal.js';
import {
  taskKey,
  type Evidence,
  type Span,
  type Target,
  type TextKind,
  type Told,
  type Truth,
} from './evidence.js';
import {
  ask,
  ASKED_AT,
  canceled,
  erasable,
  finished,
  GOOD,
  inCampaign,
  LANE_RUN,
  RUN,
  SECRET,
  single,
  token,
} from './good-evidence.js';
import { INVARIANTS, judge, type InvariantName } from './invariants.js';

const [toldSingle, toldInCampaign, toldErasable] = GOOD.told as [Told, Told, Told];
const retold = (told: Told) => ({ told: [told, toldInCampaign, toldErasable] });
const called = (...more: readonly Partial<JournalCall>[]) => ({
  calls: [...GOOD.calls, ...more.map((each, place) => ({ ...ask(3 + place, single, RUN), ...each }))],
});

const truly = (target: Target, truth: Truth) => ({
  truths: new Map([...GOOD.truths, [taskKey(target), truth]]),
});
const erase = (at: string) =>
  called({ provider: 'eraser', taskIds: ['3'], token: token(LANE_RUN, erasable.uri), at });
/** An ask again, which has no effect. */
const again: Partial<JournalCall> = { effect: false };
const againInCampaign = { ...again, taskIds: [inCampaign.id], token: token(LANE_RUN, inCampaign.uri) };
const bare: JournalCall = { ...without(ask(3, single, RUN), 'token'), ...again };
const askedAtMs = Date.parse(ASKED_AT);
const DURING: Span = { fromMs: askedAtMs - 1_000, untilMs: askedAtMs + 1_000 };
/** An answer of the HTTP service at that time. */
function failed({
  status = 503,
  struck = [],
}: {
  status?: number;
  struck?: readonly Span[];
}): Partial<Evidence> {
  return { failures: [{ status, what: `GET /v1/x is answered ${status}`, atMs: askedAtMs }], struck };
}
/** A single that runs on, and is told to have been refused. */
const refused: Partial<Evidence> = {
  ...truly(single, { state: 'running', word: 'EXECUTING' }),
  ...retold({ ...toldSingle, word: 'refused' }),
};
const begunTwice = (id: string, type: string) => ({
  begun: new Map([...GOOD.begun, [id, { type, count: 2 }]]),
});
const written = (text: string | Buffer) => ({
  texts: [...GOOD.texts, { kind: 'log', where: 'a log', text } as const],
});
const unwritten = (kind: TextKind) => ({ texts: GOOD.texts.filter((each) => each.kind !== kind) });
/** Those of tasks that are gone, whose Worker may have died with the asks. */
function lostSightOf(...targets: readonly Target[]): Partial<Evidence> {
  return {
    targets: [single, inCampaign, ...targets],
    truths: new Map([
      ...GOOD.truths,
      ...targets.map((target) => [taskKey(target), { ...canceled, word: '(gone)' }] as const),
    ]),
    told: [
      toldSingle,
      toldInCampaign,
      ...targets.map(({ uri }) => ({
        ...without(toldErasable, 'lastState'),
        uri,
        word: 'unproven',
        note: 'NeverSeen: it is not there',
      })),
    ],
    calls: [...GOOD.calls, ...targets.map((target, place) => ask(3 + place, target, LANE_RUN))],
  };
}
const lost = lostSightOf(erasable);

const cutOffAt = (atMs: number): Span => ({ fromMs: atMs, untilMs: atMs });

/** One of a campaign that was aborted. */
const leftAlone: Partial<Evidence> = {
  targets: [single, { ...inCampaign, mayBeLeftAlone: true }, erasable],
  told: [toldSingle, { ...toldInCampaign, word: 'left-alone' }, toldErasable],
  counted: [{ trigger: 'campaign', targets: 2, states: { 'left-alone': 1, completed: 1 } }],
};
const unasked: Partial<Evidence> = {
  ...truly(inCampaign, { state: 'running', word: 'EXECUTING' }),
  calls: GOOD.calls.slice(0, 1),
  effects: GOOD.effects.slice(0, 1),
};

const tooMany = (count: number) =>
  Array.from({ length: count }, () => ({ operation: 'Look', errorCode: 'TooMany', effect: false }));

/** For each invariant, what must offend it, and it alone. */
const OFFENCES: Readonly<Record<InvariantName, Readonly<Record<string, Partial<Evidence>>>>> = {
  'every target has exactly one verdict': {
    'one has none': { told: [toldInCampaign, toldErasable] },
    'one has two': { told: [toldSingle, toldSingle, toldInCampaign, toldErasable] },
    'nobody asked for one': { told: [...GOOD.told, { ...toldSingle, uri: 'vendor://here/9' }] },
  },
  'no verdict claims an end that the cloud has not reached': {
    'it runs on': truly(single, { state: 'running', word: 'EXECUTING' }),
    'it was asked, and is told to have been left alone': leftAlone,
    'it was left alone though nobody aborted its campaign': {
      ...leftAlone,
      ...unasked,
      targets: GOOD.targets,
    },
    'it is canceling yet': truly(single, { state: 'canceling', word: 'CANCELING' }),
    'it was told too early': retold({ ...toldSingle, lastSeenAt: '2026-11-21T12:00:02.999Z' }),
    'it finished, and was told so too early': {
      told: [toldSingle, toldInCampaign, { ...toldErasable, lastSeenAt: '2026-11-21T11:59:59.999Z' }],
    },
    'it failed, and was told so too early': {
      ...truly(single, { ...canceled, state: 'failed' }),
      ...retold({ ...toldSingle, word: 'failed', lastSeenAt: '2026-11-21T12:00:02.999Z' }),
    },
    'it finished before it vanished, and was told so too early': {
      ...truly(erasable, { ...finished, word: '(gone)' }),
      told: [
        toldSingle,
        toldInCampaign,
        { ...toldErasable, word: 'deleted', lastSeenAt: '2026-11-21T11:59:59.999Z' },
      ],
    },
    'the cloud does not say when it ended': truly(single, without(canceled, 'endedAtMs')),
    'nobody says when it was seen': retold(without(toldSingle, 'lastSeenAt')),
    'another end': retold({ ...toldSingle, word: 'completed' }),
    'it is there, and told to be missing': retold({ ...toldSingle, word: 'not-found' }),
    'the waiting ended before the task': retold({ ...toldSingle, word: 'unproven' }),
    'it ended in an error': retold({ ...toldSingle, word: 'Provider.unrecognized' }),
    'an answer that cannot be read was of another': {
      ...called({ fault: 'malformed', taskIds: [inCampaign.id] }),
      ...retold({ ...toldSingle, word: 'errored' }),
    },
    'it would have cancelled, and is told refused': refused,
    'its record is there, and told to be deleted': {
      ...truly(erasable, canceled),
      told: [toldSingle, toldInCampaign, { ...toldErasable, word: 'deleted' }],
    },
    'its vendor keeps records, and it is told to be deleted': {
      ...truly(single, { ...canceled, word: '(gone)' }),
      ...retold({ ...toldSingle, word: 'deleted' }),
    },
    'the simulator does not know it': { truths: new Map([...GOOD.truths].slice(1)) },
  },
  'an answer that cannot be read costs one target at most': {
    'two of one': {
      ...called({ fault: 'malformed' }),
      told: [{ ...toldSingle, word: 'errored' }, { ...toldInCampaign, word: 'errored' }, toldErasable],
    },
  },
  'few targets are lost sight of, and only with an attempt that was cut off': {
    'where none was cut off': lost,
    'asked long before any was cut off': { ...lost, cutOffs: [cutOffAt(askedAtMs + 5_000)] },
    'asked long after any was cut off': { ...lost, cutOffs: [cutOffAt(askedAtMs - 31_000)] },
    'never asked': { ...lost, calls: GOOD.calls, cutOffs: [cutOffAt(askedAtMs)] },
    'more than one can have asked and not told of': {
      ...lost,
      cutOffs: [cutOffAt(askedAtMs)],
      vendors: new Map([
        ...GOOD.vendors,
        ['eraser', { ...GOOD.vendors.get('eraser')!, quotas: { Cancel: { calls: 0, perMs: 1_000 } } }],
      ]),
    },
    'more than three quarters of all': {
      ...lostSightOf(
        ...['3', '4', '5', '6', '7'].map((id) => ({ ...erasable, id, uri: `eraser://here/${id}` })),
      ),
      cutOffs: [cutOffAt(askedAtMs)],
    },
  },
  'a trigger that is sent again is done once': {
    'a cancellation is begun twice': begunTwice('cancel/vendor/here/1', 'cancelTask'),
    'a campaign is begun twice': begunTwice('campaign/c', 'cancelCampaign'),
    'a lane begins two for one target': begunTwice('cancel/vendor/here/2', 'cancelTask'),
    'nothing is begun': { begun: new Map() },
    'nobody has triggered it': { triggers: new Map() },
  },
  'no task is changed twice': {
    'under one token': { effects: GOOD.effects.map((effect) => ({ ...effect, count: 2 })) },
    'three times, the last of which erased it': {
      truths: new Map([...GOOD.truths, [taskKey(erasable), { ...finished, word: '(gone)' }]]),
      effects: [...GOOD.effects, { provider: 'eraser', operation: 'Cancel', task: '3', count: 3 }],
    },
    'under two': { effects: [...GOOD.effects, { ...GOOD.effects[0]!, token: 'another' }] },
  },
  'what a vendor has accepted is not asked again': {
    'where nothing was cut off': called(again),
    'accepted long before anything was cut off': { ...called(again), cutOffs: [cutOffAt(askedAtMs + 5_000)] },
    'accepted long after anything was cut off': { ...called(again), cutOffs: [cutOffAt(askedAtMs - 31_000)] },
    'more often than it can have been cut off': {
      ...called(again, again),
      cutOffs: [cutOffAt(askedAtMs)],
      targets: [...GOOD.targets, ...['5', '6'].map((id) => ({ ...single, id, uri: `vendor://here/${id}` }))],
    },
    'more than three quarters of all': {
      ...called(again, again, againInCampaign),
      cutOffs: [cutOffAt(askedAtMs), cutOffAt(askedAtMs)],
    },
    'it was accepted at the second ask': {
      calls: [
        { ...GOOD.calls[0]!, status: null, fault: 'reset' },
        GOOD.calls[1]!,
        ...called(again, again).calls.slice(2),
      ],
    },
  },
  'no record of an ended task is erased': {
    'long after its end': erase('2026-11-21T12:00:30.000Z'),
    'at once, though it had ended before anybody looked': {
      ...erase('2026-11-21T12:00:00.001Z'),
      targets: [single, inCampaign, { ...erasable, story: 'has finished' }],
    },
  },
  'every ask carries the right token': {
    'of another task': called({ token: token(RUN, inCampaign.uri) }),
    'of another run': called({ token: token('another', single.uri) }),
    none: { calls: [...GOOD.calls, bare] },
    'of which a single tells nothing': retold({ ...toldSingle, tokens: [] }),
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
  'an abort leaves alone what was not asked': {
    'it asked for all the same': { aborted: ['campaign'] },
  },
  'no secret is told': {
    'in a text': written(`{"message":"${SECRET}"}`),
    'amid bytes': written(Buffer.from(`\0\x01${SECRET}\xff`)),
    'in a URL': written(`https://here/?key=${encodeURIComponent(SECRET)}`),
    ...Object.fromEntries(
      ['', 'a', 'ab', 'abc'].map((before) => [
        `in base64, after ${before.length} bytes`,
        written(Buffer.from(`${before}${SECRET}, and more`).toString('base64')),
      ]),
    ),
  },
  'the search for secrets has seen everything': {
    'no database': unwritten('database'),
    'no history': unwritten('history'),
    'no answers': unwritten('answer'),
    'no logs': unwritten('log'),
    'no log of a Worker that is there': { services: [...GOOD.services, 'worker-2'] },
    'a log of the HTTP service with nothing of its own': {
      texts: GOOD.texts.map((each) => (each.where === 'logs/api.log' ? { ...each, text: '\n' } : each)),
    },
    'no metrics': unwritten('metrics'),
    'the metrics of one Worker, and another answers nothing': {
      texts: [...GOOD.texts, { kind: 'metrics', where: 'another port', text: 'Not Found' }],
    },
    'databases of nobody': {
      texts: [...unwritten('database').texts, { kind: 'database', where: 'a file', text: Buffer.alloc(9) }],
    },
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
  'the HTTP service fails nobody without a fault': {
    'there was none': failed({}),
    'it is over for long': failed({ struck: [{ fromMs: askedAtMs - 40_000, untilMs: askedAtMs - 31_000 }] }),
    'it is to come': failed({ struck: [{ fromMs: askedAtMs + 1, untilMs: askedAtMs + 1_000 }] }),
    'the service itself has failed': failed({ status: 500, struck: [DURING] }),
  },
  'no fault strikes a link that nothing goes through': {
    'nothing goes through it': { idleLinks: ['temporal-for-api (api-temporal cut)'] },
  },
};

describe('the invariants of test:chaos', () => {
  it('let the HTTP service fail while a fault lasts, and for a while after', () => {
    assert.deepEqual(judge({ ...GOOD, ...failed({ struck: [DURING] }) }), []);
    const shortBefore = { fromMs: askedAtMs - 40_000, untilMs: askedAtMs - 29_000 };
    assert.deepEqual(judge({ ...GOOD, ...failed({ struck: [shortBefore] }) }), []);
  });

  it('have nothing against a scenario in which all is well', () => {
    assert.deepEqual(judge(GOOD), []);
    assert.deepEqual(judge({ ...GOOD, ...leftAlone, ...unasked, aborted: ['campaign'] }), []);
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
      ...truly(single, { state: 'canceling', word: 'CANCELING' }),
      ...retold({ ...toldSingle, word: 'unproven' }),
    };
    assert.deepEqual(judge(evidence), []);
  });

  it('let a few be lost sight of with an attempt that was cut off', () => {
    assert.deepEqual(judge({ ...GOOD, ...lost, counted: [], cutOffs: [cutOffAt(askedAtMs + 3_000)] }), []);
  });

  it('let what an attempt that was cut off has asked be asked once more', () => {
    assert.deepEqual(judge({ ...GOOD, ...called(again), cutOffs: [cutOffAt(askedAtMs + 3_000)] }), []);
  });

  it('let what was not answered be asked until it is', () => {
    const [first, second] = GOOD.calls as [JournalCall, JournalCall];
    const unanswered: JournalCall = { ...first, status: null, fault: 'reset' };
    assert.deepEqual(judge({ ...GOOD, calls: [unanswered, second, ...called(again).calls.slice(2)] }), []);
  });

  it('let a task be refused whose vendor does not cancel it', () => {
    const targets = [{ ...single, story: 'is refused' } as const, inCampaign, erasable];
    assert.deepEqual(judge({ ...GOOD, ...refused, targets }), []);
  });

  it('let a lane begin a cancellation of its own', () => {
    const begun = new Map([...GOOD.begun, ['cancel/vendor/here/2', { type: 'cancelTask', count: 1 }]]);
    assert.deepEqual(judge({ ...GOOD, begun }), []);
  });

  it('let a vendor that takes no token be asked without', () => {
    const vendors = new Map([...GOOD.vendors].map(([id, facts]) => [id, { ...facts, takesToken: false }]));
    const calls = GOOD.calls.map((call) => without(call, 'token'));
    assert.deepEqual(judge({ ...GOOD, vendors, calls }), []);
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
