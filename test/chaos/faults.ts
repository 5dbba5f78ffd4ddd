import type { FaultRequest } from '../../simulator/control-requests.js';
import type { Postgresql } from '../postgres/postgresql.js';
import { deploy, replace } from './deploy.js';
import type { Fault } from './fault.js';
import { networkFaults } from './network-faults.js';
import type { Strike } from './plan.js';
import type { Rig } from './rig.js';
import { singleToCome, untilMet } from './scripted-faults.js';
import { QUIESCE } from './site.js';
import type { DatabaseName } from './temporal-server.js';
import type { Place } from './worker-place.js';

/** Calls in a row that a cloud spoils, of each vendor, and one of a single. */
function spoiled(what: string, fault: FaultRequest, on: 'all' | 'ask'): Fault {
  return {
    what,
    lastsMs: [1_000, 2_000],
    strikesUpTo: on === 'ask' ? 0.4 : 0.7,
    begin: async (stage) => {
      const { simulator } = stage.rig;
      for (const { definition, simulated } of stage.vendors) {
        const provider = definition.id;
        const match = { provider, ...(on === 'ask' && { operation: simulated.operations.cancel }) };
        const single = await singleToCome(stage, provider);
        // Its own comes first: after an ask that has had its effect there may be none that could meet it.
        if (single !== undefined)
          await simulator.fault({ ...fault, times: 1, match: { ...match, taskIds: [single] } });
        await simulator.fault({ ...fault, match });
      }
      return async () => {};
    },
  };
}

/** More than any vendor allows: AWS five minutes, Alibaba Cloud and Huawei Cloud fifteen. */
const WRONG_BY_MS = 20 * 60_000;

/** Two of them at once add up, and each takes back its own. */
function skewed(what: string, skewMs: number): Fault {
  return {
    what: `${what}, and right again later`,
    lastsMs: [3_000, 8_000],
    begin: async ({ rig }) => {
      await rig.simulator.skewClock(skewMs);
      return () => rig.simulator.skewClock(-skewMs);
    },
  };
}

function postgresqlAway(what: string, how: 'stop' | 'kill'): Fault {
  return {
    what,
    lastsMs: [500, 6_000],
    ofPostgresql: true,
    cutsOff: true,
    begin: async ({ rig }) => {
      const postgresql = postgresqlOf(rig);
      await postgresql[how]();
      return () => postgresql.start();
    },
  };
}

const TABLE = {
  'worker killed': {
    what: 'SIGKILL of a Worker; it is started again',
    lastsMs: [500, 6_000],
    cutsOff: true,
    ofOneWorker: 'or all',
    begin: async ({ rig }, strike) => {
      const struck = placesOf(rig, strike);
      await Promise.all(struck.map(({ part }) => part.down('SIGKILL')));
      return () => Promise.all(struck.map(({ part }) => part.up()));
    },
  },
  'worker frozen': {
    what: 'SIGSTOP of a Worker for longer than any heartbeat may be late, then SIGCONT: another has taken over meanwhile, unless all stood still',
    lastsMs: [16_000, 25_000],
    leastWorkers: 2,
    cutsOff: true,
    ofOneWorker: 'or all',
    begin: async ({ rig }, strike) => {
      const struck = placesOf(rig, strike);
      for (const { part } of struck) part.send('SIGSTOP');
      return async () => struck.forEach(({ part }) => part.send('SIGCONT'));
    },
  },
  'api killed': {
    what: 'SIGKILL of the HTTP service; it is started again',
    lastsMs: [500, 4_000],
    begin: async ({ rig }) => {
      await rig.api.down('SIGKILL');
      return () => rig.api.up();
    },
  },
  'temporal killed': {
    what: 'SIGKILL of the Temporal server, its database kept; it is started again',
    lastsMs: [500, 6_000],
    cutsOff: true,
    begin: async ({ rig }) => {
      await rig.temporal.kill();
      return () => rig.temporal.start();
    },
  },
  'postgresql restarted': postgresqlAway('PostgreSQL ends its connections and is started again', 'stop'),
  'postgresql killed': postgresqlAway(
    'SIGKILL of all processes of PostgreSQL; it is started again, and recovers what it had committed',
    'kill',
  ),
  throttled: spoiled(
    'each vendor answers 40 calls with "too many"',
    { kind: 'throttle', times: 40, retryAfterMs: 500 },
    'all',
  ),
  '5xx': spoiled(
    'each vendor answers 10 calls with an error of its own',
    { kind: 'error', times: 10 },
    'all',
  ),
  html: spoiled(
    'a proxy before each vendor answers 10 calls with a page of HTML',
    { kind: 'html', status: 502, times: 10 },
    'all',
  ),
  'reply lost': spoiled(
    '10 asks of each vendor have their effect, and the connection is reset before the answer',
    { kind: 'reset', afterEffect: true, times: 10 },
    'ask',
  ),
  'reply late': spoiled(
    '5 asks of each vendor have their effect, and are never answered',
    { kind: 'hang', afterEffect: true, times: 5 },
    'ask',
  ),
  'reply spoiled': spoiled(
    '10 answers of each vendor are cut off amid their JSON',
    { kind: 'malformed', body: 'truncated', times: 10 },
    'all',
  ),
  'credential revoked': {
    what: 'every vendor refuses the credential, and accepts it again later',
    lastsMs: [3_000, 8_000],
    strikesUpTo: 0.7,
    begin: async ({ rig, vendors, isOver }) => {
      const numbers = await Promise.all(
        vendors.map(({ definition, about }) =>
          rig.simulator.fault({
            kind: 'error',
            ...about.revoked,
            times: 'always',
            match: { provider: definition.id },
          }),
        ),
      );
      return async () => {
        await untilMet(rig.simulator, numbers, isOver);
        await Promise.all(numbers.map((number) => rig.simulator.clearFault(number)));
      };
    },
  },
  'vendor clock ahead': skewed('the clocks of all vendors are set twenty minutes ahead', WRONG_BY_MS),
  'vendor clock behind': skewed('the clocks of all vendors are set twenty minutes back', -WRONG_BY_MS),
  'disk full': {
    what: 'a Worker whose output goes to a disk that is full',
    lastsMs: [500, 1_000],
    ofOneWorker: 'always',
    begin: async ({ rig }, strike) => {
      const struck = placesOf(rig, strike);
      await Promise.all(
        struck.map(async (place) => {
          await place.part.down('SIGTERM');
          place.output = '/dev/full';
          await place.part.up();
        }),
      );
      return async () => {};
    },
  },
  deploy: {
    what: 'a Worker of a new build beside the old ones, of the version before; it becomes the current build, and they and the HTTP service are replaced',
    lastsMs: [3_000, 6_000],
    begin: async ({ rig }) => {
      await deploy(rig);
      return async () => {
        await Promise.all(rig.places.map(({ part }) => replace(part)));
        rig.versions.api = QUIESCE;
        await replace(rig.api);
      };
    },
  },
  ...networkFaults(),
} as const satisfies Record<string, Fault>;

export type FaultName = keyof typeof TABLE;
export const FAULTS: Readonly<Record<FaultName, Fault>> = TABLE;
export const FAULT_NAMES = Object.keys(FAULTS) as FaultName[];

/** Those that can strike where Temporal is on this. */
export function faultNamesOn(database: DatabaseName): readonly FaultName[] {
  return FAULT_NAMES.filter((name) => database === 'postgresql' || FAULTS[name].ofPostgresql !== true);
}

function postgresqlOf({ temporal: { postgresql } }: Rig): Postgresql {
  if (postgresql === undefined) throw new Error('This fault takes --postgres.');
  return postgresql;
}

function placesOf({ places }: Rig, { place }: Strike): readonly Place[] {
  return place === undefined ? places : places.slice(place, place + 1);
}
