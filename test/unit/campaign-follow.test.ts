import assert from 'node:assert/strict';
import { describe, it, type TestContext } from 'node:test';
import { stripVTControlCharacters } from 'node:util';
import { followCampaign } from '../../cli/campaign/follow-campaign.js';
import type { CliError } from '../../cli/cli-error.js';
import { EXIT } from '../../cli/exit-codes.js';
import { createTerminal } from '../../cli/terminal.js';
import type { CampaignHandle, LiveProgress } from '../../client/index.js';

const SEEN: LiveProgress = {
  id: 'spring',
  phase: 'running',
  reason: 'a test',
  createdAtMs: 0,
  targets: 1,
  states: { asked: 1 },
  calls: { asks: 1, looks: 0, throttled: 0 },
  connections: [],
  lanes: { numbers: [1], running: [1], ended: 0 },
  problems: [],
  stalled: [],
  atMs: 0,
};
const NO_TEMPORAL = { ...SEEN, noWorker: true, noTemporal: true } as const;
const NO_WORKER = { ...SEEN, noWorker: true } as const;
const DONE = { ...SEEN, phase: 'ended', end: 'done', states: { canceled: 1 } } as const;

const times = (count: number, look: LiveProgress) => Array.from({ length: count }, () => look);

/** Follows a campaign that is looked at every ten seconds, and looks like this. */
async function follow({ mock }: TestContext, looks: readonly LiveProgress[]) {
  mock.timers.enable({ apis: ['Date'] });
  let taken = 0;
  const handle = {
    id: 'spring',
    async *watch() {
      for (const look of looks) {
        taken += 1;
        yield look;
        mock.timers.tick(10_000);
      }
      throw new Error('It is still being followed.');
    },
  } as unknown as CampaignHandle;
  const text = { out: '' };
  const terminal = createTerminal({ write: (more: string) => (text.out += more) }, { write: () => true }, {});
  const context = { terminal, env: {}, cwd: '/', exitCode: 0 };
  const thrown = await followCampaign(handle, context, 'text').catch((error: unknown) => error);
  return { thrown, taken, text, context };
}

describe('following a campaign while nobody answers', () => {
  it('is given up when Temporal has not answered for a minute, with the exit code that says so', async (context) => {
    const { thrown, taken, text } = await follow(context, [SEEN, ...times(20, NO_TEMPORAL)]);
    assert.equal((thrown as CliError).exitCode, EXIT.unreachable);
    assert.match(String(thrown), /Temporal no longer answers\. .*campaign watch spring/s);
    assert.equal(taken, 8);
    assert.match(text.out, /Temporal does not answer/);
    assert.doesNotMatch(text.out, /Worker/);
  });

  it('goes on when Temporal answers again in time, and for as long as it is Workers that are missing', async (context) => {
    const away = times(6, NO_TEMPORAL);
    const { thrown, context: told } = await follow(context, [
      SEEN,
      ...away,
      SEEN,
      ...away,
      ...times(60, NO_WORKER),
      ...away,
      DONE,
    ]);
    assert.equal(thrown, undefined);
    assert.equal(told.exitCode, EXIT.ok);
  });
});

describe('following a campaign on a terminal', () => {
  it('redraws a bar for each connection, the rate and what is left of the time', async ({ mock }) => {
    mock.timers.enable({ apis: ['Date', 'setInterval'] });
    const at = (asks: number, atMs: number): LiveProgress => {
      const states = { canceled: asks, waiting: 100 - asks };
      const calls = { asks, looks: 1, throttled: 0 };
      const part = { connection: 'prod', provider: 'p', targets: 100, states, calls };
      return { ...SEEN, targets: 100, states, calls, connections: [part], startedAtMs: 0, atMs };
    };
    const looks = [at(0, 0), at(20, 10_000), at(40, 20_000)];
    const drawn: string[] = [];
    const handle = {
      id: 'spring',
      async *watch() {
        for (const look of looks) {
          yield look;
          mock.timers.tick(10_000);
        }
        yield { ...at(100, 30_000), phase: 'ended', end: 'done' };
      },
    } as unknown as CampaignHandle;
    const sink = { isTTY: true, columns: 100, write: (more: string) => Boolean(drawn.push(more)) };
    const terminal = createTerminal(sink, sink, { LANG: 'C.UTF-8', NO_COLOR: '1', TERM: 'xterm' });
    await followCampaign(handle, { terminal, env: {}, cwd: '/', exitCode: 0 }, 'text');
    const text = stripVTControlCharacters(drawn.join(''));
    assert.match(text, /prod +█+[^█\n]* 40%  40 of 100/);
    assert.match(text, /asks 2\/s/);
    assert.match(text, /about 30s left/);
    assert.ok(
      drawn.some((each) => each.includes('\u001b[')),
      'it is drawn over what stood there',
    );
  });
});
