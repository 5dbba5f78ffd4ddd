import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { keepProblems, laneEnded, newLedger, openLane } from '../../workflows/campaign-ledger.js';
import { describeCampaign } from '../../workflows/describe-campaign.js';
import { describeLane } from '../../workflows/describe-lane.js';
import { describeLedger } from '../../workflows/describe-ledger.js';
import { newLane } from '../../workflows/lane.js';
import { lease, newLedger as newQuotaLedger } from '../../workflows/quota-ledger.js';

const NOW = Date.parse('2026-11-22T03:00:00Z');
const REFUSED = {
  kind: 'unauthenticated',
  retryAfterMs: 1,
  code: 'Bad|Key',
  message: 'no | such *key*\nat all',
} as const;

/** The Temporal UI runs a table's cells together; a list it shows as one. */
function checkReadable(details: string): void {
  assert.doesNotMatch(details, /^\s*\|/m, 'a table');
  assert.doesNotMatch(details, /undefined|NaN|\[object/);
  for (const [, before = ''] of details.matchAll(/^(.+)\n- /gm))
    assert.match(before, /^- /, 'a list begins after an empty line');
}

describe('current details in the Temporal UI', () => {
  it('of a campaign: why, how far on each connection, what became of the targets, what went wrong', () => {
    const ledger = newLedger({ waves: [{ count: 1 }] }, NOW);
    const open = (connection: string, targets: number) =>
      openLane(ledger, { connection, provider: 'p', targets, fields: ['id'] });
    const calls = { asks: 3, looks: 4, throttled: 1 };
    open('a', 4);
    open('b', 1);
    Object.assign(ledger, { phase: 'running', startedAtMs: NOW, nextWaveAtMs: NOW + 60_000 });
    laneEnded(ledger, ledger.lanes[0]!, { states: { canceled: 3, refused: 1 }, calls, problems: [] });
    ledger.lanes[1]!.report = { ...ledger.lanes[1]!.report, held: REFUSED };
    keepProblems(ledger, [{ subject: 'p://a/1', code: 'X', message: 'it *will* not', atMs: NOW }]);
    const details = describeCampaign({
      id: 'spring',
      input: { reason: 'INC-1', requestedBy: 'ada' },
      ledger,
      end: undefined,
    });
    checkReadable(details);
    for (const line of [
      '## Campaign `spring`',
      '- **Reason**: INC-1',
      '- **Requested by**: ada',
      '- **Started to ask**: 2026-11-22T03:00:00.000Z',
      '- **Wave**: 1 of 2, up to 1 targets; the next begins at 2026-11-22T03:01:00.000Z',
      '- **`a`**: 4 of 4 targets have ended, 0 to go',
      String.raw`- **${'`b`'}**: 0 of 1 targets have ended, 1 to go. **Nothing is asked for now**: ${'`Bad|Key`'}: no \| such \*key\* at all`,
      '- **canceled**: 3 (60 %)',
      '- **waiting**: 1 (20 %)',
      String.raw`- **${'`p://a/1`'}**: ${'`X`'}: it \*will\* not`,
    ])
      assert.ok(details.split('\n').includes(line), `${line}\nis not in\n${details}`);
  });

  it('of a campaign that was stopped: not that all is asked', () => {
    const ledger = { ...newLedger({}, NOW), phase: 'proving' } as const;
    const told = (stopping?: object) =>
      describeCampaign({
        id: 'spring',
        input: { reason: 'x' },
        ledger: { ...ledger, ...stopping },
        end: undefined,
      });
    assert.match(told(), /^All is asked; /m);
    assert.match(
      told({ stopping: { end: 'aborted', note: 'by ada' } }),
      /^\*\*Asks no more\*\*; .* by ada$/m,
    );
  });

  it('of a lane: its targets by their states', () => {
    const input = { campaign: 'spring', lane: 2, connection: 'a', provider: 'p', fields: ['id'], targets: 3 };
    const lane = { ...newLane({ ...input, reason: 'INC-1' }), held: REFUSED };
    const details = describeLane(lane);
    checkReadable(details);
    assert.match(details, /^Lane 2 of campaign `spring`: 3 targets of `a`, not loaded yet\.$/m);
    assert.match(details, /^- \*\*waiting\*\*: 3$/m);
    assert.match(details, /^\*\*Nothing is asked for now\*\*: /m);
  });

  it('of quotas: each Worker, its share and what it wants', () => {
    const ledger = newQuotaLedger();
    const need = { quota: { calls: 120, perMs: 60_000 }, demand: 40 };
    for (let round = 0; round < 3; round++)
      for (const holder of ['1@one', '2`|two'])
        lease(ledger, { holder, operations: { CancelTask: need } }, NOW + round * 5_000);
    const details = describeLedger('a', ledger);
    checkReadable(details);
    assert.match(details, /^\*\*CancelTask\*\*: 120 calls in 60 s; divided: \d/m);
    assert.match(details, /^- \*\*`1@one`\*\*: [\d.]+ a second; it wants to make 40 calls in ten seconds$/m);
    assert.match(details, /^- \*\*`2'\|two`\*\*: /m);
  });
});
