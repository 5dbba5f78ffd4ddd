import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { PAUSE_UPDATE, RESUME_UPDATE } from '../../contract/names.js';
import { SimulatorControl } from '../../simulator/control-client.js';
import type { FaultRequest } from '../../simulator/control-requests.js';
import { startSimulator, type RunningSimulator } from '../../simulator/start-simulator.js';
import { SECRET_ENV, simulatedConnection, startStack, type Stack } from '../harness.js';
import { replayAll } from '../replay-all.js';
import {
  asFsxTargets,
  checkEffects,
  fsxAsks,
  fsxTargets,
  most,
  playCampaign,
  type PlayedCampaign,
} from './campaign-play.js';

const CANCEL = 'CancelDataRepositoryTask';
/** One for each test: a connection in trouble slows down all that use it. */
const CONNECTIONS = Array.from({ length: 12 }, (_, place) => `sim-${place}`);

describe('a campaign in trouble', { timeout: 120_000, concurrency: true }, () => {
  let stack: Stack;
  let otherCloud: RunningSimulator;
  let other: SimulatorControl;

  before(async () => {
    otherCloud = await startSimulator();
    other = new SimulatorControl(otherCloud.endpoint);
    stack = await startStack({
      everyMs: 200,
      connect: (cloud, everyMs) => [
        ...CONNECTIONS.map((name) => ({ ...simulatedConnection(cloud, everyMs), name })),
        { ...simulatedConnection(otherCloud, everyMs), name: 'other' },
      ],
    });
    await stack.startWorker();
  });
  after(async () => {
    try {
      await replayAll(stack);
    } finally {
      await stack.close();
    }
    await otherCloud.close();
  });

  const unused = [...CONNECTIONS];
  const targets = (paths: readonly string[]) => asFsxTargets(paths, unused.pop());

  async function seeded(count: number, ...faults: readonly FaultRequest[]): Promise<readonly string[]> {
    const { paths } = await fsxTargets(stack, { count });
    for (const fault of faults)
      await stack.simulator.fault({ ...fault, match: { operation: CANCEL, taskIds: [...paths] } });
    return paths;
  }

  const storms: [string, readonly FaultRequest[]][] = [
    ['throttled calls', [{ kind: 'throttle', times: 15, retryAfterMs: 100 }]],
    ['the vendor’s own errors', [{ kind: 'error', afterCalls: 10, times: 4 }]],
    ['the pages of a proxy', [{ kind: 'html', status: 502, afterCalls: 20, times: 4 }]],
    ['connections that break', [{ kind: 'reset', afterCalls: 30, times: 4 }]],
    ['calls that are not answered', [{ kind: 'hang', ms: 1_000, times: 3 }]],
  ];
  for (const [what, faults] of storms)
    it(`comes through ${what}`, async () => {
      const paths = await seeded(80, ...faults);
      const { result } = await (await playCampaign(stack, [targets(paths)], {}, 40)).end();
      assert.deepEqual(result.verdicts, { canceled: 80 });
      checkEffects(await fsxAsks(stack, paths));
    });

  it('does not ask again where only the answer was lost', async () => {
    const paths = await seeded(
      60,
      { kind: 'reset', afterEffect: true, times: 3 },
      { kind: 'html', afterEffect: true, afterCalls: 20, times: 3 },
    );
    const { result } = await (await playCampaign(stack, [targets(paths)])).end();
    assert.deepEqual(result.verdicts, { canceled: 60 });
    assert.equal(most(await fsxAsks(stack, paths)), 1);
  });

  for (const [what, fault, state, code] of [
    [
      'an error nobody knows',
      { kind: 'error', status: 400, code: 'MoonPhaseError' },
      'errored',
      'MoonPhaseError',
    ],
    [
      'no permission',
      { kind: 'error', status: 400, code: 'AccessDeniedException' },
      'refused',
      'AccessDeniedException',
    ],
  ] as const)
    it(`cancels all others when there is ${what} for one`, async () => {
      const paths = await seeded(200);
      const poisoned = paths[77] ?? '';
      const match = { operation: CANCEL, taskIds: [poisoned] };
      await stack.simulator.fault({ ...fault, times: 'always', match });
      const { result, rows } = await (await playCampaign(stack, [targets(paths)], {}, 100)).end();
      assert.deepEqual(result.verdicts, { canceled: 199, [state]: 1 });
      const row = rows.get(poisoned);
      assert.deepEqual([row?.state, row?.code], [state, code]);
      assert.equal(most(await fsxAsks(stack, paths)), 1);
    });

  it('proves all others when one can never be asked, and gives that one up', async () => {
    const paths = await seeded(60);
    const poisoned = paths[7] ?? '';
    const match = { operation: CANCEL, taskIds: [poisoned] };
    await stack.simulator.fault({ kind: 'reset', times: 'always', match });
    const campaign = await playCampaign(stack, [targets(paths)], {
      options: { deadlineAfterMs: 20_000 },
    });
    const { rows, result } = await campaign.end();
    assert.deepEqual(result.verdicts, { canceled: 59, unproven: 1 });
    assert.equal(rows.get(poisoned)?.state, 'unproven');
  });

  it('holds a connection that nothing may be asked on, and the others go on', async () => {
    const held = (await other.seed({ provider: 'aws-fsx', state: 'running', count: 30 })).map(({ id }) => id);
    await other.fault({
      kind: 'error',
      status: 400,
      code: 'AccessDeniedException',
      times: 'always',
      match: { operation: CANCEL },
    });
    const free = await seeded(60);
    const campaign = await playCampaign(stack, [asFsxTargets(held, 'other'), targets(free)], {}, 30);
    const now = await campaign.until(
      ({ connections, states }) =>
        states.canceled === 60 && connections.some(({ held: why }) => why !== undefined),
    );
    const [connection] = now.connections;
    assert.deepEqual(
      [connection?.connection, connection?.held?.kind, connection?.held?.code, connection?.states],
      ['other', 'denied', 'AccessDeniedException', { waiting: 30 }],
    );

    await other.clearFaults();
    await tryAgain(campaign);
    const { result } = await campaign.end();
    assert.deepEqual(result.verdicts, { canceled: 90 });
  });

  /** A hold is tried again by itself, too: after a minute. */
  async function tryAgain(campaign: PlayedCampaign): Promise<void> {
    await campaign.ask(PAUSE_UPDATE);
    await campaign.until(({ phase }) => phase === 'paused');
    await campaign.ask(RESUME_UPDATE);
  }
});

describe('a campaign with a credential that the vendor does not accept', { timeout: 120_000 }, () => {
  it('is held with the vendor’s own word for it, asks nobody in vain, and goes on once it is mended', async () => {
    const stack = await startStack({
      everyMs: 200,
      cooldowns: { firstCooldownMs: 1_000, longestCooldownMs: 2_000 },
    });
    const right = process.env[SECRET_ENV.secret];
    process.env[SECRET_ENV.secret] = 'not+the/secret';
    try {
      await stack.startWorker();
      const { paths } = await fsxTargets(stack, { count: 120 });
      const campaign = await playCampaign(stack, [asFsxTargets(paths)], {}, 20);
      const { connections, states } = await campaign.until(({ connections: all }) =>
        all.some(({ held }) => held !== undefined),
      );
      assert.deepEqual(states, { waiting: 120 });
      assert.deepEqual(
        [connections[0]?.held?.kind, connections[0]?.held?.code],
        ['unauthenticated', 'InvalidSignatureException'],
      );
      process.env[SECRET_ENV.secret] = right;
      const { result } = await campaign.end();
      assert.deepEqual(result.verdicts, { canceled: 120 });
      const refused = (await stack.simulator.calls()).filter(({ status }) => status === 400);
      assert.ok(refused.length <= 10, `${refused.length} calls with a bad credential`);
      assert.equal(most(await fsxAsks(stack, paths)), 1);
    } finally {
      process.env[SECRET_ENV.secret] = right;
      await stack.close();
    }
  });
});
