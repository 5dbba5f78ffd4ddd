import assert from 'node:assert/strict';
import { describe, it, mock, type TestContext } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import type { ApplicationFailure } from '@temporalio/common';
import { MockActivityEnvironment } from '@temporalio/testing';
import { createLiveConnection } from '../../activities/live-connection.js';
import {
  ProveTargets,
  type ProveTargetsInput,
  type ProveTargetsOutput,
} from '../../activities/prove-targets.js';
import type { TargetState } from '../../contract/campaign.js';
import type { Observation } from '../../contract/observation.js';
import { awsFsx } from '../../providers/aws-fsx/index.js';
import { ProviderError, type Provider, type ProviderDefinition } from '../../providers/provider.js';
import { keptLog } from './kept-log.js';
import { ledgerKeeper } from './ledger-keeper.js';

const AT_MS = Date.parse('2026-11-22T00:00:00Z');
const EVERY_MS = 10_000;
/** As long as a task that was asked once may seem active: twelve polls. */
const OVERDUE_MS = 120_000;
const TARGETS = ['task-0', 'task-1', 'task-2'];

type Look = Observation['state'] | 'canceled' | 'failed';
type Answer = Observation | ProviderError;

function seen(look: Look, afterMs = 0): Observation {
  const observedAt = new Date(AT_MS + afterMs).toISOString();
  const told = { rawState: look.toUpperCase(), observedAt, requestId: 'r-1' };
  if (look === 'canceled') return { ...told, state: 'ended', end: 'canceled' };
  if (look === 'failed') return { ...told, state: 'ended', end: 'failed', message: 'It broke.' };
  return look === 'ended' ? { ...told, state: 'ended', end: 'completed' } : { ...told, state: look };
}

interface Story extends Partial<ProveTargetsInput> {
  readonly cancelLeaves?: ProviderDefinition['cancelLeaves'];
  readonly readsMayBeOld?: true;
  readonly everyMs?: number;
  readonly lookTakesMs?: number;
  readonly connectFails?: ProviderError;
}

interface Attempt {
  /** Since the wait began. */
  readonly afterMs?: number;
  /** Since the wait began; when the Activity was scheduled. */
  readonly scheduledMs?: number;
  /** How long after it was due it begins, by the Worker's clock. */
  readonly lateMs?: number;
  readonly kept?: unknown;
}

/** The Activity, of a cloud whose answers are given attempt by attempt; what it has kept for the next is handed on as JSON. */
function proving(t: TestContext, story: Story = {}) {
  const {
    cancelLeaves = 'record',
    readsMayBeOld,
    everyMs = EVERY_MS,
    lookTakesMs = 0,
    connectFails,
    ...more
  } = story;
  let answers: readonly Answer[] = [];
  const lookedAt: string[][] = [];
  const provider: Provider = {
    observeBatchSize: 50,
    observedPerCall: 1,
    async observe(tasks, { onSeen }) {
      lookedAt.push(tasks.map(({ taskId = '' }) => taskId));
      if (lookTakesMs > 0) await sleep(lookTakesMs);
      return tasks.map(({ taskId = '' }, index) => {
        const answer = answers[TARGETS.indexOf(taskId)] ?? assert.fail(`nobody said anything of ${taskId}`);
        if (answer instanceof ProviderError) throw answer;
        onSeen?.(index, answer);
        return answer;
      });
    },
    cancel: () => assert.fail('it only looks'),
    check: () => assert.fail('it only looks'),
    close: () => {},
  };
  const definition: ProviderDefinition = {
    ...(awsFsx as unknown as ProviderDefinition),
    cancelLeaves,
    ...(readsMayBeOld && { readsMayBeOld }),
    connect: () => (connectFails === undefined ? Promise.resolve(provider) : Promise.reject(connectFails)),
  };
  const connection = {
    name: 'prod',
    provider: definition,
    settings: {},
    pacing: [{ everyMs }] as const,
    quotas: {},
  };
  const live = createLiveConnection(connection, {
    keeper: ledgerKeeper().keeper,
    holder: 'w1',
    logger: keptLog().logger,
  });
  t.after(() => live.close());
  const states = more.states ?? ['asked'];
  const input: ProveTargetsInput = {
    connection: 'prod',
    provider: 'aws-fsx',
    fields: ['taskId'],
    targets: TARGETS.slice(0, states.length),
    states,
    refused: [],
    waitingSinceMs: AT_MS,
    asks: 1,
    sliceMs: 60_000,
    ...more,
  };
  const attempt = async (looks: readonly Answer[], given: Attempt = {}) => {
    const { afterMs = 0, scheduledMs = 0, lateMs = 0, kept } = given;
    answers = looks;
    t.mock.timers.reset();
    t.mock.timers.enable({ apis: ['Date'], now: AT_MS + afterMs + lateMs });
    const environment = new MockActivityEnvironment({
      heartbeatDetails: kept,
      scheduledTimestampMs: AT_MS + scheduledMs,
      currentAttemptScheduledTimestampMs: AT_MS + afterMs,
    });
    let told = '';
    environment.on('heartbeat', (details: unknown) => (told = JSON.stringify(details)));
    const ended = await environment
      .run(() => new ProveTargets(live, input).run())
      .then(
        (output) => ({ output: output as ProveTargetsOutput }),
        (thrown: unknown) => ({ failure: thrown as ApplicationFailure }),
      );
    const { changes, ...rest } = JSON.parse(told) as ProveTargetsOutput;
    return {
      output: undefined,
      failure: undefined,
      ...ended,
      kept: { changes, ...rest },
      rows: new Map(changes),
    };
  };
  /** What looks at the first target, each so many milliseconds after the wait began, have made of it in the end. */
  const stateAfter = async (...looks: readonly (readonly [Look, afterMs: number])[]) => {
    let kept: unknown;
    let state: TargetState | undefined;
    for (const [look, afterMs] of looks) {
      const told = await attempt([seen(look, afterMs)], { afterMs, kept });
      kept = told.kept;
      state = told.rows.get(0)?.state;
    }
    return state;
  };
  return { attempt, stateAfter, lookedAt };
}

// Delays are what the pacing says, not a tenth more or less.
mock.method(Math, 'random', () => 0.5);

describe('what one look makes of a target', () => {
  const table: readonly (readonly [state: TargetState, look: Look, becomes: TargetState | undefined])[] = [
    ['asked', 'canceled', 'canceled'],
    ['asked', 'ended', 'completed'],
    ['asked', 'failed', 'failed'],
    ['asked', 'active', undefined],
    ['asked', 'canceling', undefined],
    ['asked', 'unknown', undefined],
    ['asked', 'inaccessible', undefined],
    ['asked', 'absent', undefined],
    ['answered', 'canceled', 'canceled'],
    ['answered', 'active', undefined],
    ['canceling', 'canceled', 'canceled'],
    ['canceling', 'active', undefined],
    ['open', 'canceled', 'canceled'],
    ['open', 'active', 'waiting'],
    ['open', 'canceling', undefined],
    ['open', 'unknown', undefined],
    ['open', 'absent', undefined],
  ];
  for (const [state, look, becomes] of table)
    it(`one that is ${state} and seen ${look}: ${becomes ?? 'nothing'}`, async (t) => {
      assert.equal(await proving(t, { states: [state] }).stateAfter([look, 0]), becomes);
    });

  const refusals: typeof table = [
    ['answered', 'active', 'refused'],
    ['answered', 'inaccessible', 'refused'],
    ['answered', 'canceling', 'canceling'],
    ['answered', 'unknown', 'answered'],
    ['answered', 'canceled', 'canceled'],
    ['answered', 'absent', undefined],
    ['asked', 'unknown', undefined],
    ['open', 'active', 'refused'],
  ];
  for (const [state, look, becomes] of refusals)
    it(`one that was refused, is ${state} and seen ${look}: ${becomes ?? 'nothing'}`, async (t) => {
      assert.equal(await proving(t, { states: [state], refused: [0] }).stateAfter([look, 0]), becomes);
    });

  it('takes the refusal of one target for none of another', async (t) => {
    const { attempt } = proving(t, { states: ['answered', 'answered'], refused: [1] });
    const { rows } = await attempt([seen('active'), seen('active')]);
    assert.deepEqual([rows.get(0), rows.get(1)?.state], [undefined, 'refused']);
  });

  it('tells of a refusal in a state that nobody knows once, by its first look', async (t) => {
    const { attempt } = proving(t, { states: ['answered'], refused: [0] });
    const first = await attempt([seen('unknown', 1)]);
    const second = await attempt([seen('unknown', 2)], { kept: first.kept });
    for (const { rows } of [first, second])
      assert.deepEqual(rows.get(0), {
        state: 'answered',
        rawState: 'UNKNOWN',
        seenAtMs: AT_MS + 1,
        seenBy: 'r-1',
      });
  });

  it('tells how it was seen, and what the vendor says of an end', async (t) => {
    const { output } = await proving(t, { states: ['asked', 'asked'] }).attempt([
      seen('canceled', 5),
      seen('failed', 6),
    ]);
    assert.deepEqual(output, {
      changes: [
        [0, { state: 'canceled', rawState: 'CANCELED', seenAtMs: AT_MS + 5, seenBy: 'r-1' }],
        [
          1,
          {
            state: 'failed',
            code: 'FAILED',
            message: 'It broke.',
            rawState: 'FAILED',
            seenAtMs: AT_MS + 6,
            seenBy: 'r-1',
          },
        ],
      ],
      calls: { asks: 0, looks: 2, throttled: 0 },
      gone: [],
      ended: [],
      seen: [],
    });
  });
});

describe('a target that is still active after it was asked', () => {
  const askedAgain: readonly (readonly [
    what: string,
    story: Story,
    afterMs: number,
    becomes: TargetState | undefined,
  ])[] = [
    ['not before twelve polls', {}, OVERDUE_MS - 1, undefined],
    ['after twelve polls', {}, OVERDUE_MS, 'waiting'],
    ['not after twelve polls, when it was the second time', { asks: 2 }, 2 * OVERDUE_MS - 1, undefined],
    ['after twice as many, when it was the second time', { asks: 2 }, 2 * OVERDUE_MS, 'waiting'],
    ['never, where looks may be old', { readsMayBeOld: true }, 9 * OVERDUE_MS, undefined],
    ['never, when nothing more is asked', { asksNoMore: true }, 9 * OVERDUE_MS, undefined],
  ];
  for (const [what, story, afterMs, becomes] of askedAgain)
    it(`is asked again ${what}`, async (t) => {
      assert.equal(await proving(t, story).stateAfter(['active', afterMs]), becomes);
    });

  const unanswered: typeof askedAgain = [
    ['at once', {}, 0, 'waiting'],
    ['at once, also where looks may be old', { readsMayBeOld: true }, 0, 'waiting'],
    ['not at once, when nothing more is asked', { asksNoMore: true }, OVERDUE_MS - 1, undefined],
    ['in the end, when nothing more is asked', { asksNoMore: true }, OVERDUE_MS, 'waiting'],
  ];
  for (const [what, story, afterMs, becomes] of unanswered)
    it(`is asked again ${what}, when no answer had come`, async (t) => {
      assert.equal(await proving(t, { ...story, states: ['open'] }).stateAfter(['active', afterMs]), becomes);
    });

  it('is asked again for no other state that it is seen in', async (t) => {
    for (const look of ['canceling', 'unknown', 'inaccessible'] as const)
      assert.equal(await proving(t).stateAfter([look, 9 * OVERDUE_MS]), undefined, look);
  });
});

describe('an end, where a cancel leaves nothing', () => {
  for (const state of ['asked', 'open'] as const)
    it(`has to last for three polls, of one that is ${state}`, async (t) => {
      const { stateAfter } = proving(t, { cancelLeaves: 'nothing', states: [state] });
      const last = 3 * EVERY_MS;
      assert.equal(await stateAfter(['canceled', 0]), undefined);
      assert.equal(await stateAfter(['canceled', 5], ['canceled', 5 + last - 1]), undefined);
      assert.equal(await stateAfter(['canceled', 5], ['canceled', 5 + last]), 'canceled');
      assert.equal(
        await stateAfter(['canceled', 5], ['canceled', 15_000], ['canceled', 5 + last]),
        'canceled',
      );
    });

  it('counts at once, of one that this campaign has not asked', async (t) => {
    for (const state of ['answered', 'canceling'] as const)
      assert.equal(
        await proving(t, { cancelLeaves: 'nothing', states: [state] }).stateAfter(['ended', 0]),
        'completed',
      );
  });

  it('is kept in mind for the next attempt', async (t) => {
    const { kept } = await proving(t, { cancelLeaves: 'nothing' }).attempt([seen('canceled', 7)]);
    assert.deepEqual('ended' in kept && kept.ended, [[0, AT_MS + 7]]);
  });
});

describe('absence', () => {
  for (const [cancelLeaves, lastsMs] of [
    ['nothing', 8_000],
    ['record', 24_001], // A fraction above three of them: such a product is not exact.
  ] as const) {
    it(`has to last for ${lastsMs} ms, where a cancel leaves ${cancelLeaves === 'record' ? 'a record' : cancelLeaves}`, async (t) => {
      const { stateAfter } = proving(t, { cancelLeaves });
      assert.equal(await stateAfter(['absent', 9 * OVERDUE_MS]), undefined);
      assert.equal(await stateAfter(['absent', 3], ['absent', 3 + lastsMs - 2]), undefined);
      assert.equal(await stateAfter(['absent', 3], ['absent', 3 + lastsMs]), 'deleted');
      assert.equal(await stateAfter(['absent', 3], ['absent', 4], ['absent', 3 + lastsMs]), 'deleted');
    });

    it(`begins anew after each look that shows more, where a cancel leaves ${cancelLeaves}`, async (t) => {
      const { stateAfter } = proving(t, { cancelLeaves });
      for (const look of ['active', 'canceling', 'unknown', 'inaccessible'] as const)
        assert.equal(await stateAfter(['absent', 0], [look, 1], ['absent', lastsMs]), undefined, look);
    });
  }

  it('of one that no look has ever shown proves nothing', async (t) => {
    const { attempt } = proving(t, { unseen: [0] });
    const { kept } = await attempt([seen('absent')]);
    const { output } = await attempt([seen('absent', EVERY_MS * 3)], { kept });
    assert.deepEqual(output?.changes, [
      [
        0,
        {
          state: 'unproven',
          code: 'NeverSeen',
          message: 'It is not there, and whether it was asked before a Worker broke off is not known.',
          seenAtMs: AT_MS + EVERY_MS * 3,
          seenBy: 'r-1',
        },
      ],
    ]);
  });

  it('proves its end, once a look has shown it; that what it belongs to is closed shows nothing', async (t) => {
    const gone = [
      ['absent', 1],
      ['absent', 1 + EVERY_MS * 3],
    ] as const;
    const { stateAfter } = proving(t, { unseen: [0] });
    for (const look of ['active', 'canceling', 'unknown'] as const)
      assert.equal(await stateAfter([look, 0], ...gone), 'deleted', look);
    assert.equal(await stateAfter(['inaccessible', 0], ...gone), 'unproven');
  });

  it('of another target is no absence of this one, and what is kept for the next attempt says which', async (t) => {
    const { attempt } = proving(t, { states: ['asked', 'asked', 'asked'], unseen: [0, 1] });
    const { kept } = await attempt([seen('absent', 1), seen('active', 2), seen('absent', 3)]);
    assert.deepEqual(kept, {
      changes: [],
      calls: { asks: 0, looks: 3, throttled: 0 },
      gone: [
        [0, AT_MS + 1],
        [2, AT_MS + 3],
      ],
      ended: [],
      seen: [1],
    });
    const later = EVERY_MS * 3;
    const { output } = await attempt([seen('absent', later), seen('absent', later), seen('absent', later)], {
      kept,
      afterMs: 60_000,
    });
    assert.deepEqual(
      output?.changes.map(([place, { state }]) => [place, state]),
      [
        [0, 'unproven'],
        [2, 'deleted'],
      ],
    );
    assert.equal(output?.calls.looks, 6);
  });
});

describe('an attempt', () => {
  const three: Story = { states: ['asked', 'waiting', 'asked'] };

  it('looks at those that were asked and have not ended, and says how many have', async (t) => {
    const { attempt, lookedAt } = proving(t, three);
    const { failure, kept } = await attempt([seen('canceled'), seen('active'), seen('active')]);
    assert.deepEqual([failure?.type, failure?.message], ['StillWaiting', '2 of 3 have ended']);
    await attempt([seen('active'), seen('active'), seen('canceled')], { kept });
    assert.deepEqual(lookedAt, [['task-0', 'task-2'], ['task-2']]);
  });

  it('tells what has ended when all have, or the slice is over', async (t) => {
    const { attempt } = proving(t, { states: ['asked', 'asked'] });
    const [one, none] = [
      [seen('canceled'), seen('active')],
      [seen('active'), seen('active')],
    ];
    const told = async (looks: readonly Answer[], afterMs: number) =>
      (await attempt(looks, { afterMs, scheduledMs: 5_000 })).output?.changes.length;
    assert.equal(await told([seen('canceled'), seen('ended')], 5_000), 2);
    assert.equal(await told(one, 64_999), undefined);
    assert.equal(await told(one, 65_000), 1);
    assert.equal(await told(none, 100_000), undefined);
  });

  it('that is to look once tells whatever it shows', async (t) => {
    const { output, failure } = await proving(t, { once: true }).attempt([seen('active')]);
    assert.deepEqual([output?.changes, failure], [[], undefined]);
    const { failure: another } = await proving(t, { once: false }).attempt([seen('active')]);
    assert.equal(another?.type, 'StillWaiting');
  });

  it('is followed by another at the pace, counted from its beginning', async (t) => {
    const { failure } = await proving(t, { lookTakesMs: 30 }).attempt([seen('active')]);
    const restMs = Number(failure?.nextRetryDelay);
    assert.ok(restMs < EVERY_MS - 20 && restMs > EVERY_MS - 1_500, `${restMs} ms`);
  });

  it('is followed by another at the pace, however late Temporal begins it', async (t) => {
    const { attempt } = proving(t);
    const restMs = async (lateMs: number) =>
      Number((await attempt([seen('active')], { lateMs })).failure?.nextRetryDelay);
    const [late, lost, early] = [await restMs(1_500), await restMs(60_000), await restMs(-60_000)];
    assert.ok(late <= EVERY_MS - 1_500 && late > 0.8 * EVERY_MS, `${late} ms`);
    assert.equal(lost, 0.8 * EVERY_MS, 'it rests, whatever the clocks say');
    assert.ok(early <= EVERY_MS && early > EVERY_MS - 1_500, `${early} ms`);
  });

  it('is not followed by another without a rest, however long it took', async (t) => {
    const { failure } = await proving(t, { everyMs: 50, lookTakesMs: 80 }).attempt([seen('active')]);
    assert.equal(failure?.nextRetryDelay, 40);
  });
});

describe('an attempt that is in trouble', () => {
  const two: Story = { states: ['asked', 'asked'] };

  it('keeps what it has seen, and is followed by another at the pace, or when the vendor says', async (t) => {
    for (const [retryAfterMs, delayMs] of [
      [undefined, EVERY_MS],
      [EVERY_MS - 1, EVERY_MS],
      [60_000, 60_000],
    ] as const) {
      const context = retryAfterMs === undefined ? {} : { retryAfterMs };
      const trouble = new ProviderError('throttled', 'Throttling', 'Slow down.', context);
      const { failure, kept, rows } = await proving(t, two).attempt([seen('canceled'), trouble]);
      assert.deepEqual([failure?.type, failure?.nextRetryDelay], ['Provider.throttled', delayMs]);
      assert.match(String(failure?.message), /^prod: Throttling: Slow down\. /);
      assert.deepEqual([rows.get(0)?.state, rows.get(1)], ['canceled', undefined]);
      assert.deepEqual(kept.calls, { asks: 0, looks: 2, throttled: 1 });
    }
  });

  for (const kind of ['invalid', 'unrecognized'] as const)
    it(`passes over a target whose own look is ${kind}`, async (t) => {
      const own = new ProviderError(kind, 'Odd', 'odd');
      const { failure, rows } = await proving(t, two).attempt([own, seen('canceled')]);
      assert.deepEqual([failure?.type, failure?.message], ['StillWaiting', '1 of 2 have ended']);
      assert.deepEqual([rows.get(0), rows.get(1)?.state], [undefined, 'canceled']);
    });

  for (const kind of ['denied', 'unauthenticated', 'unavailable'] as const)
    it(`is ${kind} where a look is`, async (t) => {
      const { failure, kept } = await proving(t, two).attempt([
        seen('active'),
        new ProviderError(kind, 'No', 'no'),
      ]);
      assert.deepEqual([failure?.type, failure?.nonRetryable], [`Provider.${kind}`, false]);
      assert.equal(kept.calls.throttled, 0);
    });

  it('is followed by another also where it could not begin for a reason that nobody knows', async (t) => {
    const connectFails = new ProviderError('unrecognized', 'Odd', 'odd');
    const { failure, kept } = await proving(t, { connectFails }).attempt([]);
    assert.deepEqual([failure?.type, failure?.nonRetryable], ['Provider.unrecognized', false]);
    assert.equal(kept.calls.looks, 0);
  });
});
