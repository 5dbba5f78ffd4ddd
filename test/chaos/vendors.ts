import { ALL_PROVIDERS } from '../../providers/all.js';
import type { ProviderDefinition } from '../../providers/provider.js';
import type { Quota } from '../../providers/quota.js';
import type { SimulatedProvider } from '../../simulator/simulated-provider.js';
import type { Random } from './random.js';

/** A provider of the registry, and what the chaos has to know of its cloud. */
export interface Vendor {
  readonly definition: ProviderDefinition;
  readonly simulated: SimulatedProvider;
  readonly about: AboutVendor;
}

interface AboutVendor {
  /** Of a campaign's targets. */
  readonly share: number;
  /** What is answered to a credential that was revoked. */
  readonly revoked: { readonly status: number; readonly code: string };
  /** A task that failed has the state of one that finished. */
  readonly tellsNoFailure?: true;
  /** Its cancel has an idempotency token. */
  readonly takesToken?: true;
  /** Seeds a task that refuses to be canceled while its subtasks run. */
  readonly subtasks?: Readonly<Record<string, unknown>>;
  /** Of the simulator's switches: what may be true of the cloud, and changes nothing of what is judged. */
  readonly switches: Readonly<Record<string, readonly unknown[]>>;
}

/** What each cloud does where documents leave it open, by provider. */
export type Readings = Readonly<
  Record<string, { readonly refreshMs: number; readonly switches: Readonly<Record<string, unknown>> }>
>;

/** Half of the clouds show states as they are, the others as they were so long ago. */
const REFRESH_MS = [0, 0, 1_000, 3_000] as const;
const ANY_ORDER = ['oldestFirst', 'newestFirst'] as const;
const EMPTY_LISTS = ['array', 'object', 'absent', 'null', 'text'] as const;
const OF_SFS_TURBO = {
  errorShape: ['errCode', 'error_code', 'error'],
  deleteOfDeleting: ['accept', 'SFS.TURBO.0011'],
  endTimeOfDoing: ['empty', 'absent', 'null', 'present'],
  listOrder: ANY_ORDER,
} as const;

const ABOUT: Readonly<Record<string, AboutVendor>> = {
  'aws-fsx': {
    share: 0.4,
    revoked: { status: 400, code: 'UnrecognizedClientException' },
    switches: {
      cancelOfCanceling: ['accept', 'BadRequest'],
      cancelOfCanceled: ['DataRepositoryTaskEnded', 'accept', 'BadRequest'],
      unknownIdInBatch: ['fail', 'omit'],
      listOrder: ANY_ORDER,
    },
  },
  'alibaba-cpfs': {
    share: 0.2,
    revoked: { status: 404, code: 'InvalidAccessKeyId.NotFound' },
    takesToken: true,
    subtasks: { runningSubtasks: 1, subtaskMs: 4_000 },
    switches: {
      cancelOfCanceling: ['accept', 'InvalidStatus.ResourceMismatch'],
      emptyList: EMPTY_LISTS,
      errorMsgOfNone: ['absent', 'empty'],
      lastNextToken: ['absent', 'empty'],
      listOrder: [...ANY_ORDER, 'byId'],
      shortPages: [false, true],
    },
  },
  'alibaba-domain': {
    share: 0.2,
    revoked: { status: 404, code: 'InvalidAccessKeyId.NotFound' },
    tellsNoFailure: true,
    switches: {
      cancelOfCanceling: ['accept', 'ParameterIllegal'],
      codesAs: ['number', 'string'],
      detailOfOne: ['array', 'object'],
      emptyList: EMPTY_LISTS,
      listOrder: [...ANY_ORDER, 'byTaskNo'],
      successBody: ['requestId', 'envelope'],
    },
  },
  'huawei-sfs-turbo-data': {
    share: 0.1,
    revoked: { status: 401, code: 'APIGW.0301' },
    switches: { ...OF_SFS_TURBO, absentStatus: [400, 404], count: ['total', 'page'] },
  },
  'huawei-sfs-turbo-dir-usage': {
    share: 0.1,
    revoked: { status: 401, code: 'APIGW.0301' },
    switches: OF_SFS_TURBO,
  },
};

/** All together: a campaign of two thousand asks for ten seconds and more, so that what strikes it strikes it in the middle. */
const ASKS_PER_SECOND = 200;
/** Where the vendor documents a quota for looks, which a simulator keeps: that, in a second in place of a minute. */
const LOOK_PER_MS = 1_000;

export async function loadVendors(): Promise<Vendor[]> {
  return Promise.all(
    ALL_PROVIDERS.map(async (definition) => {
      const about = ABOUT[definition.id];
      if (about === undefined) throw new Error(`test/chaos/vendors.ts does not know ${definition.id}.`);
      return { definition, about, simulated: await definition.simulate() };
    }),
  );
}

/** What the simulator enforces, and what Quiesce is told that it does. */
export function quotasOf({ definition, simulated, about }: Vendor): Record<string, Quota> {
  const documented = Object.entries(definition.operations).flatMap(([operation, quota]) =>
    quota === null ? [] : [[operation, { ...quota, perMs: LOOK_PER_MS }] as const],
  );
  const ask = { calls: about.share * ASKS_PER_SECOND, perMs: 1_000 };
  return { ...Object.fromEntries(documented), [simulated.operations.cancel]: ask };
}

/** One of what each may be. */
export function drawReadings(random: Random): Readings {
  return Object.fromEntries(
    Object.entries(ABOUT).map(([provider, { switches }]) => {
      const refreshMs = random.pick(REFRESH_MS);
      const drawn = Object.entries(switches).map(([name, values]) => [name, random.pick(values)] as const);
      return [provider, { refreshMs, switches: Object.fromEntries(drawn) }];
    }),
  );
}
