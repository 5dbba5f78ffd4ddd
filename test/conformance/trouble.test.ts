import { after, describe, it } from 'node:test';
import { simulatedConnections, startStack } from '../harness.js';
import { startSimulator, type RunningSimulator } from '../../simulator/start-simulator.js';
import { openAnother, openClouds, type Cloud } from './clouds.js';
import { always, askedOnce, closeWhenNothingRuns, play, proven, type End, type Story } from './play.js';

/** Longer than any poll of these tests, so that a look does see the task canceling. */
const task = { delays: { cancelingMs: 800 } };
/** What is right when an answer proves nothing: to fail as not understood, or to go on until the deadline. */
const unproven = always('Provider.unrecognized', 'unproven');
const unrecognized = always('Provider.unrecognized');

const ON = ['cancel', 'look'] as const;
const MALFORMED = ['truncated', 'wrongTypes', 'empty'] as const;
/** Codes that no vendor documents, among them some that a careless reader takes for absence, or for a lack of rights. */
const UNKNOWN_ERRORS = [
  [400, 'MoonPhaseError'],
  [404, 'MoonNotFound'],
  [403, 'MoonForbidden'],
] as const;

const STORIES: readonly Story[] = [
  // Troubles that pass. The calls that hang go first: each takes as long as the adapter's own timeout.
  ...ON.flatMap((on): Story[] => [
    {
      name: `hangs on the ${on}`,
      task,
      faults: [{ on, kind: 'hang', times: 1 }],
      ends: proven,
      effects: 1,
    },
    {
      name: `is throttled on the ${on}`,
      task,
      faults: [{ on, kind: 'throttle', times: 3, retryAfterMs: 100 }],
      ends: proven,
      effects: 1,
    },
    {
      name: `answers the ${on} with its own 5xx`,
      task,
      faults: [{ on, kind: 'error', times: 3 }],
      ends: proven,
      effects: 1,
    },
    ...[500, 502, 503, 504].map((status) => ({
      name: `has a proxy that answers the ${on} with a ${status} page`,
      task,
      faults: [{ on, kind: 'html' as const, status, times: 2 }],
      ends: proven,
      effects: 1 as const,
    })),
    {
      name: `resets the ${on}`,
      task,
      faults: [{ on, kind: 'reset', times: 2 }],
      ends: proven,
      effects: 1,
    },
  ]),
  {
    name: 'hangs after the effect of the cancel',
    task: { delays: { cancelingMs: 15_000 } },
    faults: [{ on: 'cancel', kind: 'hang', afterEffect: true, times: 1 }],
    ends: proven,
    asks: askedOnce,
    effects: 1,
  },
  ...(['reset', 'html', 'error'] as const).map((kind): Story => ({
    name: `loses the reply to the cancel after its effect (${kind})`,
    task,
    faults: [{ on: 'cancel', kind, afterEffect: true, times: 1 }],
    ends: proven,
    asks: askedOnce,
    effects: 1,
  })),
  {
    name: 'answers the cancel late',
    task,
    faults: [{ on: 'cancel', kind: 'latency', ms: 1_000, afterEffect: true }],
    ends: proven,
    asks: [1, 1],
    effects: 1,
  },

  // Troubles that do not pass: nothing is made of what cannot be understood.
  ...UNKNOWN_ERRORS.flatMap(([status, code]): Story[] => [
    {
      name: `answers the cancel with ${status} ${code}`,
      faults: [{ on: 'cancel', kind: 'error', status, code, times: 'always' }],
      ends: unrecognized,
      asks: [1, 1],
      effects: 0,
    },
    {
      name: `answers a look with ${status} ${code}`,
      faults: [{ on: 'look', kind: 'error', status, code, times: 'always' }],
      ends: unrecognized,
      asks: [0, 0],
      effects: 0,
    },
    {
      name: `answers a look after the ask with ${status} ${code}`,
      faults: [{ on: 'look', kind: 'error', status, code, times: 'always', afterAsk: true }],
      lasts: true,
      // Once the vendor was asked, one strange answer ends nothing.
      ends: always('unproven'),
      effects: 1,
    },
  ]),
  ...MALFORMED.flatMap((body): Story[] => [
    {
      name: `answers looks with a body that is ${body}`,
      faults: [{ on: 'look', kind: 'malformed', body, times: 'always' }],
      lasts: true,
      ends: unproven,
      asks: [0, 0],
      effects: 0,
    },
    {
      name: `answers looks after the ask with a body that is ${body}`,
      faults: [{ on: 'look', kind: 'malformed', body, times: 'always', afterAsk: true }],
      lasts: true,
      ends: unproven,
      effects: 1,
    },
  ]),
  ...[200, 404].flatMap((status): Story[] => [
    {
      name: `has a proxy that answers every look with a ${status} page`,
      faults: [{ on: 'look', kind: 'html', status, times: 'always' }],
      lasts: true,
      ends: unproven,
      asks: [0, 0],
      effects: 0,
    },
    {
      name: `has a proxy that answers every cancel with a ${status} page`,
      faults: [{ on: 'cancel', kind: 'html', status, times: 'always' }],
      lasts: true,
      ends: unproven,
      effects: 0,
    },
    {
      name: `has a proxy that answers every look after the ask with a ${status} page`,
      faults: [{ on: 'look', kind: 'html', status, times: 'always', afterAsk: true }],
      lasts: true,
      ends: unproven,
      asks: [1, 1],
      effects: 1,
    },
  ]),
  {
    name: 'is away until the deadline',
    faults: [{ on: 'look', kind: 'html', status: 503, times: 'always' }],
    lasts: true,
    ends: always('unproven' satisfies End),
    asks: [0, 0],
    effects: 0,
  },
];

const stack = await startStack({ connect: simulatedConnections });
const clouds = await openClouds(stack.simulator, stack.connections);
const simulators: RunningSimulator[] = [];
const scenes = new Map(await Promise.all(clouds.map(async (cloud) => [cloud, await stage(cloud)] as const)));
await stack.startWorker([...scenes.values()].flat().map(({ on }) => on.connection));

describe('a vendor that', { concurrency: true }, () => {
  after(async () => {
    try {
      await closeWhenNothingRuns(stack);
    } finally {
      // One that is left open keeps the process, and with it the whole run.
      await Promise.all(simulators.map((simulator) => simulator.close()));
    }
  });

  for (const [{ definition }, told] of scenes) {
    describe(definition.id, { concurrency: 20 }, () => {
      for (const { story, on } of told) it(story.name ?? '', async () => void (await play(stack, on, story)));
    });
  }
});

/** Where each story is told: in the cloud that all share, or in one of its own. */
async function stage(cloud: Cloud): Promise<{ readonly story: Story; readonly on: Cloud }[]> {
  return Promise.all(
    STORIES.map(async (story, number) => {
      const onLooks = story.faults?.some(({ on }) => on === 'look') === true;
      if (!onLooks) return { story, on: cloud };
      const simulator = await startSimulator();
      simulators.push(simulator);
      return { story, on: await openAnother(cloud, simulator, `${cloud.connection.name}-${number}`) };
    }),
  );
}
