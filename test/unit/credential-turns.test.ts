import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { ConnectionKeeper } from '../../activities/connection-keeper.js';
import { CredentialTurns } from '../../activities/credential-turns.js';
import { ledgerKeeper } from './ledger-keeper.js';
import { passTimeFast } from './pass-time-fast.js';

/** What one process asks and tells, with the names and times of its requests. */
function turnsOf(instead: Partial<ConnectionKeeper> = {}) {
  const kept = ledgerKeeper();
  const startedAtMs = performance.now();
  const sent: string[] = [];
  const heard: ConnectionKeeper = { ...kept.keeper, ...instead };
  const turns = new CredentialTurns('prod', 'w1', {
    ...heard,
    credential: (connection, request, id) => {
      sent.push(`${performance.now() - startedAtMs} ${connection} ${id} ${request.is}`);
      return heard.credential(connection, request, id);
    },
  });
  return { turns, sent, keeper: kept.keeper, asked: kept.asked };
}

describe('what a process asks and tells of a credential', () => {
  passTimeFast();

  it('is sent under its own name, each request with another', async () => {
    const { turns, sent, asked } = turnsOf();
    assert.equal(turns.hasAsked, false);
    assert.equal((await turns.ask()).may, 'try');
    assert.equal(turns.hasAsked, true);
    assert.equal((await turns.tell({ is: 'accepted' })).may, 'call');
    assert.deepEqual(sent, ['0 prod w1:1 asking', '0 prod w1:2 accepted']);
    assert.deepEqual(asked, [
      { holder: 'w1', is: 'asking' },
      { holder: 'w1', is: 'accepted' },
    ]);
  });

  it('is told each second until it is heard, as one request', async () => {
    const { turns, sent, keeper } = turnsOf();
    keeper.down = true;
    const telling = turns.tell({ is: 'unclear' });
    setTimeout(() => (keeper.down = false), 1_500);
    await telling;
    assert.deepEqual(sent, ['0 prod w1:1 unclear', '1000 prod w1:1 unclear', '2000 prod w1:1 unclear']);
  });

  it('is heard in its order: nothing is asked before what was told is heard', async () => {
    const { turns, sent, keeper } = turnsOf();
    keeper.down = true;
    const telling = [turns.tell({ is: 'unclear' }), turns.tell({ is: 'accepted' })];
    const asking = turns.ask();
    setTimeout(() => (keeper.down = false), 500);
    assert.equal((await asking).may, 'call');
    await Promise.all(telling);
    assert.deepEqual(sent, [
      '0 prod w1:1 unclear',
      '1000 prod w1:1 unclear',
      '1000 prod w1:2 accepted',
      '1000 prod w1:3 asking',
    ]);
  });

  it('is not asked where what was told is not heard in five seconds, and says why', async () => {
    const { turns, keeper, asked } = turnsOf();
    keeper.down = true;
    const startedAtMs = performance.now();
    const telling = turns.tell({ is: 'unclear' });
    await assert.rejects(turns.ask(), { message: 'Temporal is away' });
    assert.equal(performance.now() - startedAtMs, 5_000);
    assert.ok(asked.every(({ is }) => is === 'unclear'));
    keeper.down = false;
    await telling;

    const silent = turnsOf({ credential: () => new Promise(() => {}) });
    void silent.turns.tell({ is: 'unclear' });
    await assert.rejects(silent.turns.ask(), { message: 'it has not answered yet' });
    const odd = turnsOf({ credential: () => Promise.reject('out') });
    void odd.turns.tell({ is: 'unclear' }).catch(() => {});
    await assert.rejects(odd.turns.ask(), { message: 'out' });
    odd.turns.close();
  });

  it('is given up after a minute, and the next is asked as ever', async () => {
    const { turns, sent, keeper } = turnsOf();
    keeper.down = true;
    await assert.rejects(turns.tell({ is: 'unclear' }), /Temporal is away/);
    assert.equal(sent.length, 61);
    assert.equal(sent.at(-1), '60000 prod w1:1 unclear');
    keeper.down = false;
    assert.equal((await turns.ask()).may, 'try');
    assert.equal(sent.at(-1), '60000 prod w1:2 asking');
  });

  it('is told no more when it closes', async () => {
    const { turns, sent, keeper } = turnsOf();
    keeper.down = true;
    const telling = turns.tell({ is: 'unclear' });
    setTimeout(() => turns.close(), 1_500);
    await assert.rejects(telling, { name: 'AbortError' });
    assert.equal(sent.length, 2);
  });
});
