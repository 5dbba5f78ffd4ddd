import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { TRY_WITHIN_MS, type CredentialRequest, type TryOutcome } from '../../contract/credential-turn.js';
import {
  forgetHolder,
  lastTryAtMs,
  newCredentialLedger,
  refusedNow,
  takeTurn,
} from '../../workflows/credential-ledger.js';

const STARTED_AT = 1_800_000_000_000;
const FIRST_MS = 30_000;
const LONGEST_MS = 300_000;
const refusal = { code: 'BadSignature', message: 'no', requestId: 'r-1' };

/** A ledger with a clock, and holders that ask and tell. */
function newWorld() {
  const ledger = newCredentialLedger();
  const world = {
    ledger,
    nowMs: STARTED_AT,
    send: (request: CredentialRequest) => takeTurn(ledger, request, world.nowMs),
    ask: (holder: string) => world.send({ holder, is: 'asking' }),
    tell: (holder: string, is: TryOutcome) =>
      world.send(
        is === 'refused'
          ? { holder, is, refusal, cooldowns: { firstMs: FIRST_MS, longestMs: LONGEST_MS } }
          : { holder, is },
      ),
    pass: (ms: number) => void (world.nowMs += ms),
    leave: (holder: string) => forgetHolder(ledger, holder, world.nowMs),
  };
  return world;
}

/** One whose only try was just refused. */
function refusedWorld(by = 'w1') {
  const world = newWorld();
  world.ask(by);
  world.tell(by, 'refused');
  return world;
}

describe('the credential ledger', () => {
  it('lets one holder try first, and all call once it is accepted', () => {
    const { ask, tell } = newWorld();
    assert.equal(ask('w1').may, 'try');
    assert.deepEqual(ask('w2'), { may: 'wait', restMs: 500 });
    assert.equal(ask('w1').may, 'try', 'its answer may have been lost');
    assert.deepEqual(tell('w1', 'accepted'), { may: 'call', restMs: 0 });
    for (const holder of ['w1', 'w2', 'w3']) assert.deepEqual(ask(holder), { may: 'call', restMs: 0 });
  });

  it('gives the right to another when its holder has died, has left, or told nothing', () => {
    const { ask, tell, pass, leave } = newWorld();
    ask('w1');
    pass(TRY_WITHIN_MS - 1);
    assert.equal(ask('w2').may, 'wait');
    pass(1);
    assert.equal(ask('w2').may, 'try');
    leave('w2');
    assert.equal(ask('w3').may, 'try');
    tell('w3', 'unmade');
    assert.equal(ask('w4').may, 'try');
    tell('w4', 'unclear');
    assert.equal(ask('w5').may, 'wait', 'a vendor that is out is not tried without a pause');
    pass(500);
    assert.equal(ask('w5').may, 'try');
  });

  it('takes the right from nobody, and pauses nothing, for what another has to tell', () => {
    const { ask, tell } = newWorld();
    assert.equal(tell('w2', 'unclear').may, 'try');
    ask('w1');
    tell('w2', 'unclear');
    assert.deepEqual([ask('w3').may, ask('w1').may], ['wait', 'try']);
  });

  it('opens once, whoever is refused meanwhile, and is told by the first', () => {
    const { tell, ask, ledger, nowMs } = newWorld();
    for (const holder of ['w1', 'w2', 'w3']) tell(holder, 'accepted');
    const news = ['w1', 'w2', 'w1', 'w3'].map((holder) => tell(holder, 'refused').news);
    assert.deepEqual(news, ['refused', undefined, undefined, undefined]);
    const { version, ...refused } = refusedNow(ledger, nowMs)!;
    assert.deepEqual(refused, { refusal, cooldownMs: FIRST_MS, restMs: FIRST_MS });
    assert.deepEqual(ask('w9'), { may: 'nothing', restMs: FIRST_MS, refused: { ...refused, version } });
  });

  it('allows one try after each pause, twice as long each time up to a longest', () => {
    const { ask, tell, pass } = refusedWorld();
    for (const cooldownMs of [30_000, 60_000, 120_000, 240_000, 300_000, 300_000]) {
      pass(cooldownMs - 1);
      assert.deepEqual([ask('w1').may, ask('w2').restMs], ['nothing', 1]);
      pass(1);
      assert.deepEqual([ask('w2').may, ask('w1').may], ['try', 'wait']);
      const { may, news } = tell('w2', 'refused');
      assert.deepEqual([may, news], ['nothing', undefined]);
    }
  });

  it('leaves as long a pause after a try that told nothing, and none after one that was not made', () => {
    const { ask, tell, pass } = refusedWorld();
    pass(FIRST_MS);
    ask('w1');
    assert.equal(tell('w1', 'unclear').restMs, FIRST_MS);
    pass(FIRST_MS);
    ask('w1');
    assert.equal(tell('w1', 'unmade').may, 'try');
  });

  it('takes a refusal for that of the try only when no other tries', () => {
    const { ask, tell, pass } = refusedWorld();
    pass(FIRST_MS);
    ask('w2');
    const { may, restMs, refused } = tell('w1', 'refused');
    assert.deepEqual([may, restMs, refused?.restMs], ['wait', 500, 0], 'its call was under way before');
    pass(TRY_WITHIN_MS);
    assert.equal(tell('w2', 'refused').restMs, 2 * FIRST_MS, 'its right has ended, and nobody else has one');
  });

  it('numbers refusals by the clock, and those of one millisecond one after the other', () => {
    const { ask, tell, pass, leave } = newWorld();
    const version = (holder: string) => tell(holder, 'refused').refused?.version;
    assert.equal(version('w1'), STARTED_AT);
    leave('w1');
    assert.equal(version('w2'), STARTED_AT + 1);
    tell('w3', 'refused');
    pass(2 * FIRST_MS);
    ask('good');
    tell('good', 'accepted');
    const nowMs = STARTED_AT + 2 * FIRST_MS;
    assert.deepEqual([version('w2'), version('w3')], [nowMs, nowMs + 1], 'of strays, too');
  });

  it('believes only who was to try that it is accepted, and has it told once', () => {
    const { ask, tell, pass } = refusedWorld();
    assert.equal(tell('w2', 'accepted').may, 'nothing', 'its call was under way before');
    pass(FIRST_MS);
    ask('w1');
    assert.equal(tell('w1', 'accepted').news, 'accepted');
    assert.equal(tell('w1', 'accepted').news, undefined);
    assert.equal(ask('w2').may, 'call');
  });

  it('holds back one Worker alone that is refused while another is accepted', () => {
    const { ask, tell, pass, ledger, nowMs } = refusedWorld('old');
    pass(FIRST_MS);
    ask('new');
    tell('new', 'accepted');
    assert.equal(ask('old').may, 'try', 'it may have another by now');
    assert.equal(tell('old', 'refused').news, 'stray');
    assert.deepEqual([ask('new').may, refusedNow(ledger, nowMs)], ['call', undefined]);
    assert.deepEqual([ask('old').may, ask('old').restMs], ['nothing', 2 * FIRST_MS]);
    pass(2 * FIRST_MS);
    ask('old');
    assert.equal(tell('old', 'refused').news, undefined, 'told already');
    pass(4 * FIRST_MS);
    ask('old');
    assert.equal(tell('old', 'accepted').news, 'accepted');
    assert.equal(ask('old').may, 'call');
  });

  it('leaves a stray as long a pause after a try that told nothing, and forgets it when it stays away', () => {
    const { ask, tell, pass, ledger } = refusedWorld('old');
    pass(FIRST_MS);
    ask('new');
    tell('new', 'accepted');
    tell('old', 'refused');
    pass(2 * FIRST_MS);
    assert.deepEqual([ask('old').may, tell('old', 'unclear').restMs], ['try', 2 * FIRST_MS]);
    pass(2 * FIRST_MS + 2 * 60_000 - 1);
    ask('new');
    assert.deepEqual(Object.keys(ledger.strays), ['old']);
    pass(1);
    ask('new');
    assert.deepEqual(ledger.strays, {});
  });

  it('counts a stray among those that are refused when the other is refused, too', () => {
    const { ask, tell, pass, ledger } = refusedWorld('old');
    pass(FIRST_MS);
    ask('new');
    tell('new', 'accepted');
    assert.equal(tell('new', 'refused').news, 'refused');
    assert.equal(tell('old', 'refused').news, undefined);
    assert.deepEqual(ledger.refused?.by, ['new', 'old']);
  });

  it('lets another try at once when all that were refused have left', () => {
    const { ask, tell, leave } = refusedWorld();
    tell('w2', 'refused');
    leave('w1');
    assert.equal(ask('w3').may, 'nothing');
    leave('w2');
    assert.equal(ask('w3').may, 'try');
    assert.equal(tell('w3', 'refused').restMs, 2 * FIRST_MS, 'the pauses go on growing');
  });

  it('is needed for as long as somebody may come back', () => {
    const { ledger, tell, pass, ask, nowMs } = refusedWorld();
    assert.equal(lastTryAtMs(ledger), nowMs + FIRST_MS);
    pass(FIRST_MS);
    ask('w1');
    tell('w1', 'accepted');
    assert.equal(lastTryAtMs(ledger), 0);
  });

  it('stays small and plain JSON, however many come and go', () => {
    const { ledger, ask, tell, pass } = newWorld();
    for (let n = 0; n < 1_000; n++) {
      ask(`bad${n}`);
      tell(`bad${n}`, 'refused');
      pass(LONGEST_MS);
      ask(`good${n}`);
      tell(`good${n}`, 'accepted');
    }
    assert.ok(JSON.stringify(ledger).length < 2_000, JSON.stringify(ledger));
    assert.deepEqual(JSON.parse(JSON.stringify(ledger)), ledger);
  });
});

const plans = fc.array(
  fc.record({
    holder: fc.constantFrom('a', 'b', 'c'),
    act: fc.oneof(
      { weight: 6, arbitrary: fc.constant('call' as const) },
      {
        weight: 1,
        arbitrary: fc.constantFrom('mend' as const, 'spoil' as const, 'die' as const, 'leave' as const),
      },
    ),
    waitMs: fc.oneof(fc.nat(2_000), fc.nat(40_000), fc.nat(400_000)),
    answerMs: fc.nat(20_000),
  }),
  { minLength: 1, maxLength: 80, size: 'max' },
);

describe('a credential that all holders share', () => {
  it('is tried by one at a time, never before a pause is over, and is told of once, whatever happens', () => {
    fc.assert(
      fc.property(plans, (plan) => {
        const world = newWorld();
        let isGood = true;
        let tries: { holder: string; isAlone: boolean; endsAtMs: number; wasGood: boolean }[] = [];
        let pauseEndsAtMs = 0;
        const news: string[] = [];
        const settle = (toMs: number) => {
          for (const each of tries.filter(({ endsAtMs }) => endsAtMs <= toMs)) {
            world.nowMs = Math.max(world.nowMs, each.endsAtMs);
            const answer = world.tell(each.holder, each.wasGood ? 'accepted' : 'refused');
            if (answer.news !== undefined) news.push(answer.news);
            const refused = refusedNow(world.ledger, world.nowMs);
            if (!each.wasGood && refused !== undefined) pauseEndsAtMs = world.nowMs + refused.restMs;
          }
          tries = tries.filter(({ endsAtMs }) => endsAtMs > toMs);
          world.nowMs = Math.max(world.nowMs, toMs);
        };
        for (const { holder, act, waitMs, answerMs } of plan) {
          if (act === 'mend') isGood = true;
          else if (act === 'spoil') isGood = false;
          else if (act === 'die') tries = tries.filter((each) => each.holder !== holder);
          else if (act === 'leave') {
            tries = tries.filter((each) => each.holder !== holder);
            world.leave(holder);
            if (refusedNow(world.ledger, world.nowMs)?.restMs === 0) pauseEndsAtMs = world.nowMs;
          } else if (!tries.some((each) => each.holder === holder)) {
            const { may } = world.ask(holder);
            // Who alone is refused tries by itself, beside those that are accepted.
            const isAlone = may === 'try' && !world.ledger.isAccepted;
            if (isAlone) {
              assert.deepEqual(
                tries.filter((each) => each.isAlone),
                [],
                'two try at once',
              );
              assert.ok(world.nowMs >= pauseEndsAtMs, 'tried in a pause');
            }
            if (may === 'try' || may === 'call')
              tries.push({ holder, isAlone, endsAtMs: world.nowMs + answerMs, wasGood: isGood });
          }
          settle(world.nowMs + waitMs);
        }
        // One that is its own Worker's fault may come between.
        const told = news.filter((each) => each !== 'stray');
        for (const [index, each] of told.entries())
          if (each === 'refused') assert.notEqual(told[index + 1], 'refused', news.join());
      }),
    );
  });
});
